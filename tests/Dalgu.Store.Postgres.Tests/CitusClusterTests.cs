using Xunit;

namespace Dalgu.Store.Postgres.Tests;

/// <summary>What a cluster that is half set up lacks, and that the refusal says so.</summary>
public sealed class CitusClusterTests
{
    private static readonly CitusWorker Whole = new("worker-1:5432", null, ["plpgsql", "postgis"], ["citus", "postgis"]);
    private static readonly string[] Wanted = ["postgis"];

    private static (string, string)[] Spread => [.. Schema.Distributed.Select(t => (t.Table, t.Column))];

    [Fact]
    public void A_whole_cluster_lacks_nothing()
    {
        Assert.Null(CitusCluster.MissingWorker([Whole, Whole with { Name = "worker-2:5432" }], Wanted, installed: true));
        Assert.Null(CitusCluster.MissingTable(Spread.ToHashSet()));
    }

    [Fact]
    public void The_extension_without_workers_is_refused() =>
        Assert.Contains("no active worker; add the workers with citus_add_node", CitusCluster.MissingWorker([], Wanted, installed: false), StringComparison.Ordinal);

    [Fact]
    public void A_worker_that_does_not_answer_is_named_with_its_reason() =>
        Assert.Contains("worker-2:5432 does not answer: Connection refused. Start it", CitusCluster.MissingWorker([Whole, new("worker-2:5432", "Connection refused", [], [])], Wanted, installed: true), StringComparison.Ordinal);

    [Fact]
    public void A_worker_without_the_files_of_an_extension_is_named_before_the_extension_is_made()
    {
        var bare = Whole with { Name = "worker-2:5432", Available = ["plpgsql"], Installed = [] };
        Assert.Contains("worker-2:5432 has no files of the extension postgis", CitusCluster.MissingWorker([Whole, bare], Wanted, installed: false), StringComparison.Ordinal);
        Assert.Null(CitusCluster.MissingWorker([Whole, bare], [], installed: false)); // where the coordinator has none, places are boxes everywhere
    }

    [Fact]
    public void A_worker_that_lacks_an_extension_of_the_coordinator_is_named() =>
        Assert.Contains("worker-2:5432 lacks the extension postgis", CitusCluster.MissingWorker([Whole, Whole with { Name = "worker-2:5432", Installed = ["citus"] }], Wanted, installed: true), StringComparison.Ordinal);

    [Fact]
    public void Tables_that_are_older_than_the_extension_are_refused() =>
        Assert.Contains("older than that and lie on the coordinator alone", CitusCluster.MissingTable(new HashSet<(string, string)>()), StringComparison.Ordinal);

    [Fact]
    public void Each_table_that_is_not_spread_or_spread_by_another_column_is_named()
    {
        var found = Spread.ToHashSet();
        found.Remove(("audit", "number"));
        found.Remove(("place", "id"));
        found.Add(("place", "tenant"));
        Assert.Contains("not distributed: place by id, audit by number.", CitusCluster.MissingTable(found), StringComparison.Ordinal);
    }
}
