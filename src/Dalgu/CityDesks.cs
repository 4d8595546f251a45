using Dalgu.Console;

namespace Dalgu;

/// <summary>The desks of this program, in the order of the rail.</summary>
public static class CityDesks
{
    /// <summary>All desks.</summary>
    public static IReadOnlyList<Desk> All { get; } = [];
}
