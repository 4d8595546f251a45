using Dalgu.Hub.Storage;

namespace Dalgu.Store.Sqlite;

/// <summary>The stores of an instance in one folder: <c>city.db</c> for the default tenant, <c>tenants/NAME.db</c> for the others.
/// A file a tenant: each has its own writer, backup and end.</summary>
public sealed class SqliteStoreFactory(string folder) : IStoreFactory
{
    private string TenantFolder => Path.Combine(folder, "tenants");

    /// <inheritdoc/>
    public IStore Create(string tenant) => new SqliteStore(FileOf(tenant));

    /// <summary>The file of a tenant.</summary>
    public string FileOf(string tenant) => tenant.Length == 0 ? Path.Combine(folder, "city.db") : Path.Combine(TenantFolder, tenant + ".db");

    /// <inheritdoc/>
    public ValueTask RemoveAsync(string tenant, CancellationToken cancel = default)
    {
        // The file first: what is beside it means nothing without it.
        foreach (var suffix in (ReadOnlySpan<string>)["", "-wal", "-shm"]) File.Delete(FileOf(tenant) + suffix);
        return default;
    }

    /// <inheritdoc/>
    public IReadOnlyList<string> Tenants() =>
        ["", .. (Directory.Exists(TenantFolder) ? Directory.GetFiles(TenantFolder, "*.db") : []).Select(f => Path.GetFileNameWithoutExtension(f)!).Order(StringComparer.Ordinal)];
}
