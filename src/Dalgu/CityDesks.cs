using Dalgu.City;
using Dalgu.Console;
using Dalgu.Hub;
using Dalgu.Plan;

namespace Dalgu;

/// <summary>The desks of this program, in the order of the rail.</summary>
public static class CityDesks
{
    // A command reads one folder and ends; its lock ends with the process.
    private static readonly List<DataFolder> Taken = [];

    /// <summary>All desks.</summary>
    public static IReadOnlyList<Desk> All { get; } = [new CityDesk(), new PlanDesk(OpenAsync)];

    private static Task<CityHub> OpenAsync(string path, CancellationToken cancel)
    {
        cancel.ThrowIfCancellationRequested();
        var folder = DataFolder.Take(path);
        Taken.Add(folder);
        return Task.FromResult(CityHost.OpenHub(folder));
    }
}
