using Dalgu.Hub.Access;
using Dalgu.Hub.Storage;

namespace Dalgu.Hub;

/// <summary>The kernel of one instance: its tenants, its @contexts, its access policy. Thread-safe.</summary>
public sealed class CityHub(IStoreFactory stores, HubOptions options, AccessPolicy access, TimeProvider clock) : IAsyncDisposable
{
    /// <summary>The limits and switches.</summary>
    public HubOptions Options { get; } = options;
    /// <summary>Who may do what.</summary>
    public AccessPolicy Access { get; } = access;
    /// <summary>The clock of this instance.</summary>
    public TimeProvider Clock { get; } = clock;
    /// <summary>The tenants that exist; the default one's name is empty.</summary>
    public IReadOnlyList<string> Tenants => stores.Tenants();

    /// <summary>The tenant of a name, opened.</summary>
    /// <param name="name">The name; empty for the default tenant.</param>
    /// <param name="create">True makes it where it does not exist.</param>
    /// <param name="cancel">Ends the wait.</param>
    /// <exception cref="Problem">NonexistentTenant where there is none.</exception>
    public ValueTask<Tenant> TenantAsync(string name = "", bool create = false, CancellationToken cancel = default) => throw new NotImplementedException();

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => default;
}
