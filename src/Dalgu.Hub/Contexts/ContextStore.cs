using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using Dalgu.Hub.Access;
using Dalgu.Hub.Storage;

namespace Dalgu.Hub.Contexts;

/// <summary>The @context documents of this instance (clause 5.13): hosted, cached, implicitly created. They are documents of the default tenant and in
/// memory. What cannot be fetched is not asked for again at once, and what many ask for at once is fetched once. Thread-safe.</summary>
internal sealed class ContextStore(HubOptions options, TimeProvider clock, ContextClient client, Func<ValueTask<Tenant>>? home)
{
    /// <summary>The path under which the documents are served.</summary>
    public const string Path = Http.NgsiLdRoutes.Root + "/jsonldContexts/";
    private const string Collection = "contexts";

    private readonly ConcurrentDictionary<string, StoredContext> byId = new(StringComparer.Ordinal), byAddress = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, (DateTimeOffset Until, Problem Fault)> missing = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, Lazy<Task<StoredContext>>> fetching = new(StringComparer.Ordinal);
    private readonly SemaphoreSlim loading = new(1);
    private volatile bool isLoaded;

    /// <summary>What stands for the core @context, which is built in.</summary>
    public StoredContext Core { get; } = new("core", ContextKind.Cached, CoreContext.Address, "{}", clock.GetUtcNow().UtcDateTime);

    /// <summary>Reads what was stored; once, and from then on what other nodes store.</summary>
    public async ValueTask LoadAsync()
    {
        if (isLoaded)
        {
            if (home is not null) await home();
            return;
        }
        await loading.WaitAsync();
        try
        {
            if (isLoaded) return;
            if (home is not null)
            {
                var tenant = await home();
                tenant.Watch(Collection, Take);
                await foreach (var document in tenant.DocumentsAsync(Collection)) Take(document);
            }
            isLoaded = true;
        }
        finally
        {
            loading.Release();
        }
    }

    /// <summary>Takes a document as it is stored, by this node or another; what was made of the one before is forgotten.</summary>
    private void Take(DocumentWrite document)
    {
        if (document.Body is { } body) Remember(StoredContext.FromDocument(document.Id, body));
        else if (byId.TryRemove(document.Id, out var gone) && gone.Address is { } address) byAddress.TryRemove(address, out _);
        Learned?.Invoke();
    }

    /// <summary>Raised when a document came, changed or went at another node.</summary>
    public event Action? Learned;

    private void Remember(StoredContext context)
    {
        byId[context.Id] = context;
        if (context.Address is { } address) byAddress[address] = context;
    }

    /// <summary>The documents that a tenant sees in order of their coming, the core one first.</summary>
    public IEnumerable<StoredContext> SeenBy(string? tenant) => byId.Values.Where(c => c.IsSeenBy(tenant)).OrderBy(c => c.CreatedAt).ThenBy(c => c.Id, StringComparer.Ordinal).Prepend(Core);

    /// <summary>The document of an id within this instance, or of the address that it was fetched from; null where there is none.</summary>
    public StoredContext? Find(string name)
    {
        if (CoreContext.IsCore(name) || name == Core.Id) return Core;
        var at = name.IndexOf(Path, StringComparison.Ordinal);
        return byAddress.GetValueOrDefault(name) ?? byId.GetValueOrDefault(at < 0 ? name : name[(at + Path.Length)..]);
    }

    /// <summary>The document at an address: kept, or fetched now.</summary>
    /// <exception cref="Problem">LdContextNotAvailable where it cannot be had.</exception>
    public async ValueTask<StoredContext> FetchAsync(Uri address, CancellationToken cancel)
    {
        var name = address.AbsoluteUri;
        if (byAddress.TryGetValue(name, out var known)) return known;
        if (missing.TryGetValue(name, out var fault))
        {
            if (fault.Until > clock.GetUtcNow()) throw new Problem(fault.Fault.Kind, fault.Fault.Message);
            missing.TryRemove(name, out _);
        }
        var task = fetching.GetOrAdd(name, n => new(() => FetchAnewAsync(n)));
        return await task.Value.WaitAsync(cancel);
    }

    private async Task<StoredContext> FetchAnewAsync(string address)
    {
        try
        {
            // Nobody's own wait ends it: others may wait for the same. The client has a time limit.
            var json = await DownloadAsync(address);
            Require(address, json);
            if (byId.Count >= options.MaxContexts && byId.Values.Where(c => c.Kind == ContextKind.Cached).MinBy(c => c.LastUsage ?? c.CreatedAt) is { } oldest) await RemoveAsync(Principal.System, "contexts.forget", oldest);
            return await PutAsync(Principal.System, "contexts.cache", ContextKind.Cached, address, json);
        }
        catch (Problem fault)
        {
            if (missing.Count >= options.MaxContexts) missing.Clear();
            missing[address] = (clock.GetUtcNow().AddSeconds(30), fault);
            throw;
        }
        finally
        {
            fetching.TryRemove(address, out _);
        }
    }

    private async Task<string> DownloadAsync(string address)
    {
        try
        {
            return await client.FetchAsync(new Uri(address), CancellationToken.None);
        }
        catch (Problem fault) when (fault.Kind == ProblemKind.LdContextNotAvailable && CarriedContexts.Find(address) is { } carried)
        {
            return carried;
        }
    }

    /// <summary>Fetches a cached document anew; the old one stays where it cannot be had.</summary>
    public async Task ReloadAsync(Principal who, string action, StoredContext context, CancellationToken cancel)
    {
        var json = await client.FetchAsync(new Uri(context.Address!), cancel);
        Require(context.Address!, json);
        await PutAsync(who, action, ContextKind.Cached, context.Address, json);
    }

    /// <summary>Keeps a document, durably.</summary>
    /// <exception cref="Problem">TooManyResults where no more are kept.</exception>
    public async Task<StoredContext> PutAsync(Principal who, string action, ContextKind kind, string? address, string json, string tenant = "")
    {
        await LoadAsync();
        // What comes implicitly or from an address has one name, however often it comes.
        var id = kind == ContextKind.Hosted ? Guid.NewGuid().ToString() : Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(address ?? json)))[..32];
        if (kind == ContextKind.ImplicitlyCreated && byId.TryGetValue(id, out var known)) return known;
        if (kind != ContextKind.Cached && byId.Count >= options.MaxContexts)
            throw new Problem(ProblemKind.TooManyResults, $"This instance keeps {options.MaxContexts} @contexts and takes no more; delete some.");
        var context = new StoredContext(id, kind, address, json, Timestamp.Milliseconds(clock.GetUtcNow().UtcDateTime), tenant);
        try
        {
            await StoreAsync(who, action, id, context.ToDocument());
        }
        catch (Problem) when (kind == ContextKind.Cached)
        {
            // A read goes on where the store takes no writes: the document is fetched again after the next start.
        }
        Remember(context);
        return context;
    }

    private async Task StoreAsync(Principal who, string action, string id, byte[]? document)
    {
        if (home is null) return;
        await (await home()).WriteAsync(who, action, [], scope =>
        {
            scope.PutDocument(Collection, id, document);
            return true;
        });
    }

    private void Require(string address, string json)
    {
        try
        {
            using var document = StrictJson.Parse(Encoding.UTF8.GetBytes(json), new System.Text.Json.JsonDocumentOptions { MaxDepth = options.MaxJsonDepth });
            if (document.RootElement.ValueKind != System.Text.Json.JsonValueKind.Object || !document.RootElement.TryGetProperty("@context", out _))
                throw new Problem(ProblemKind.BadRequestData, $"The document at \"{Iri.Shorten(address)}\" has no \"@context\".");
        }
        catch (System.Text.Json.JsonException)
        {
            throw new Problem(ProblemKind.BadRequestData, $"The document at \"{Iri.Shorten(address)}\" is no JSON.");
        }
    }

    /// <summary>Forgets a document, durably.</summary>
    public async Task RemoveAsync(Principal who, string action, StoredContext context)
    {
        await StoreAsync(who, action, context.Id, null);
        byId.TryRemove(context.Id, out _);
        if (context.Address is { } address) byAddress.TryRemove(address, out _);
    }
}
