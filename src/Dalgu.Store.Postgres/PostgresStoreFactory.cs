namespace Dalgu.Store.Postgres;

/// <summary>The stores of an instance in one PostgreSQL database, which any number of nodes share.</summary>
public sealed class PostgresStoreFactory : ISharedStores, IAsyncDisposable
{
    private readonly PostgresDatabase database;
    private readonly Func<string, IStore> fileStore;

    /// <summary>The stores of a database.</summary>
    /// <param name="connection">A connection string of Npgsql's form.</param>
    /// <param name="fileStore">Makes the store in one file that a backup is written as.</param>
    /// <exception cref="ArgumentException">Where the connection string cannot be read.</exception>
    public PostgresStoreFactory(string connection, Func<string, IStore> fileStore)
    {
        database = new(connection);
        this.fileStore = fileStore;
    }

    /// <summary>Host, port and database, for messages: never the password.</summary>
    public string Label => database.Label;

    /// <summary>The database, for tests that have it take itself for a cluster's.</summary>
    internal PostgresDatabase Database => database;

    /// <inheritdoc/>
    public IStore Create(string tenant) => new PostgresStore(database, tenant, fileStore);

    /// <inheritdoc/>
    public IReadOnlyList<string> Tenants() => database.Tenants();

    /// <inheritdoc/>
    public ValueTask RemoveAsync(string tenant, CancellationToken cancel = default) => database.RemoveAsync(tenant, cancel);

    /// <inheritdoc/>
    public ValueTask<bool> HasDutyAsync(string duty, CancellationToken cancel = default) => database.Duties.HasAsync(duty, cancel);

    /// <inheritdoc/>
    public ValueTask LeaveDutyAsync(string duty) => database.Duties.LeaveAsync(duty);

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => database.DisposeAsync();
}
