namespace Dalgu.Console.Display;

/// <summary>What people call the sources that the product runs itself. Others are called by the name of their account or key.</summary>
public sealed class SourceNames(IReadOnlyList<Desk> desks)
{
    /// <summary>The name to print for who writes.</summary>
    public string Of(string who)
    {
        if (who == Dalgu.Hub.Access.Principal.System.Name) return Texts.Itself.Current;
        foreach (var desk in desks)
            if (desk.Sources.TryGetValue(who, out var name)) return name.Current;
        return who;
    }
}
