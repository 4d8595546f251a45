using Dalgu.Hub.Access;

namespace Dalgu.Console.Layout;

/// <summary>The rail: the desks' pages, then what belongs to the data, then what belongs to running the city.</summary>
public static class Rail
{
    private static readonly DeskPage[] Data =
    [
        new("/entities", Texts.Entities), new("/sources", Texts.Sources, Role.Reader),
    ];

    private static readonly DeskPage[] Operation =
    [
        new("/users", Texts.UsersAndKeys, Role.Administrator), new("/status", Texts.Status, Role.Operator), new("/about", Texts.About),
    ];

    /// <summary>A group of the rail; the desks' own has no title.</summary>
    public sealed record Group(BilingualText? Title, IReadOnlyList<DeskPage> Pages);

    /// <summary>The groups that a role sees.</summary>
    public static IEnumerable<Group> Of(IReadOnlyList<Desk> desks, Role role)
    {
        yield return new(null, [.. desks.SelectMany(d => d.Pages).Where(p => role >= p.Least)]);
        yield return new(Texts.Data, [.. Data.Where(p => role >= p.Least)]);
        yield return new(Texts.Operation, [.. Operation.Where(p => role >= p.Least)]);
    }

    /// <summary>True where an address is the page or lies below it.</summary>
    public static bool Holds(DeskPage page, string path) =>
        page.Path == "/" ? path == "/" : path == page.Path || path.StartsWith(page.Path + "/", StringComparison.Ordinal);
}
