namespace Dalgu.Bench;

/// <content>The hub over PostgreSQL.</content>
public sealed partial class HubBench
{
    /// <summary>The connection string of a server on which a database for the measurement may be made, or a schema where it is a Citus coordinator; null leaves the part out.</summary>
    public string? Store { get; init; }

    private async Task<IReadOnlyList<Figure>> PostgresAsync()
    {
        if (Store is null)
        {
            say("postgres is left out: name a server with --store");
            return [];
        }
        var folder = Directory.CreateTempSubdirectory("dalgu-bench-").FullName;
        var (database, drop) = PostgresProbe.NewDatabase(Store);
        try
        {
            await using var server = await ServeAsync(folder, ("DALGU_STORE", database));
            using var probe = new PostgresProbe(database);
            return [await BatchAsync(server, probe.Upsert, "unnest upserts by bare Npgsql" + (probe.IsSpread ? ", spread by Citus" : ""), 0.50, 0)];
        }
        finally
        {
            drop();
            Directory.Delete(folder, recursive: true);
        }
    }
}
