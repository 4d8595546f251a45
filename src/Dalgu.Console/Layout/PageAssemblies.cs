using System.Reflection;

namespace Dalgu.Console.Layout;

/// <summary>The assemblies with pages beside the console's own: those of the desks, and those that the executable adds.</summary>
public sealed record PageAssemblies(IReadOnlyList<Assembly> Further)
{
    /// <summary>All of them, each once.</summary>
    public IReadOnlyList<Assembly> All(IReadOnlyList<Desk> desks) =>
        [.. desks.Select(d => d.GetType().Assembly).Concat(Further).Where(a => a != typeof(PageAssemblies).Assembly).Distinct()];
}
