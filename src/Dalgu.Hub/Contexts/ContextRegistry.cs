using System.Collections.Concurrent;
using System.Text;
using System.Text.Json;

namespace Dalgu.Hub.Contexts;

/// <summary>The @contexts that this instance knows: the core ones, those of the desks, and those that it fetched. Parses each once. Thread-safe.</summary>
public sealed class ContextRegistry
{
    private readonly HubOptions options;
    private readonly ContextStore store;
    private readonly ConcurrentDictionary<string, LdContext> compiled = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, string> pinned = new(StringComparer.Ordinal);
    private readonly TimeProvider clock;

    internal ContextRegistry(HubOptions options, TimeProvider clock, Http.OutboundHttp outbound, Func<ValueTask<Tenant>>? home = null)
    {
        this.options = options;
        this.clock = clock;
        store = new(options, clock, new(options, outbound), home);
        store.Learned += Forget;
    }

    /// <summary>The documents that are kept.</summary>
    internal async ValueTask<ContextStore> StoreAsync()
    {
        await store.LoadAsync();
        return store;
    }

    /// <summary>Keeps an @context for a client of a tenant (clause 5.13.2).</summary>
    /// <exception cref="Problem">BadRequestData where it is no @context.</exception>
    internal async Task<StoredContext> HostAsync(Access.Principal who, string action, string tenant, JsonElement context)
    {
        Check(context, 0);
        return await store.PutAsync(who, action, ContextKind.Hosted, null, $"{{\"@context\":{context.GetRawText()}}}", tenant);
    }

    /// <summary>The one address of a context: its own, or that of a document made for it now, which this instance serves.</summary>
    /// <param name="context">The context.</param>
    /// <param name="who">For whom it is made.</param>
    /// <param name="origin">Scheme and authority under which this instance is addressed, such as <c>http://host:1026</c>.</param>
    internal async ValueTask<string> AddressOfAsync(LdContext context, Access.Principal who, string origin) => context.Address
        ?? origin + (await store.PutAsync(who, "contexts.create", ContextKind.ImplicitlyCreated, null, $"{{\"@context\":{Encoding.UTF8.GetString(context.Json.Span)}}}")).Path;

    /// <summary>Forgets what was compiled, since a document changed.</summary>
    internal void Forget() => compiled.Clear();

    /// <summary>Refuses what cannot be an @context, without fetching what it names.</summary>
    private static void Check(JsonElement context, int depth)
    {
        if (depth > 8) throw new Problem(ProblemKind.BadRequestData, "The @context nests more than 8 levels.");
        switch (context.ValueKind)
        {
            case JsonValueKind.String: break;
            case JsonValueKind.Array: foreach (var item in context.EnumerateArray()) Check(item, depth + 1); break;
            case JsonValueKind.Object:
                var builder = new Builder();
                builder.Add(context);
                builder.Resolve();
                break;
            default: throw new Problem(ProblemKind.BadRequestData, "The @context is neither an address, nor an object, nor an array of these.");
        }
    }

    /// <summary>The path under which this instance serves the @contexts of its desks.</summary>
    public const string Path = "/contexts/";

    /// <summary>The documents of the desks by file name.</summary>
    public IReadOnlyDictionary<string, string> Pinned => pinned;

    /// <summary>Makes a document part of this instance, served under <see cref="Path"/>.</summary>
    public void Pin(string fileName, string json) => pinned[fileName] = json;

    /// <summary>The context of an @context value: an address, an object of terms, or an array of both.</summary>
    /// <param name="value">The value, as JSON.</param>
    /// <param name="self">The authority (host and port) under which this instance is addressed, for its own documents.</param>
    /// <param name="cancel">Ends a fetch.</param>
    /// <exception cref="Problem">LdContextNotAvailable where a document cannot be had; BadRequestData where one is no @context.</exception>
    public ValueTask<LdContext> ResolveAsync(JsonElement value, string? self = null, CancellationToken cancel = default)
    {
        var key = value.GetRawText();
        return compiled.TryGetValue(key, out var known) ? new(Used(known)) : CompileAsync(key, value.Clone(), self, cancel);
    }

    private LdContext Used(LdContext context)
    {
        if (context.Documents.Length > 0)
        {
            var now = clock.GetUtcNow();
            foreach (var document in context.Documents) document.Use(now);
        }
        return context;
    }

    /// <summary>The context of an address.</summary>
    /// <inheritdoc cref="ResolveAsync(JsonElement, string, CancellationToken)"/>
    public ValueTask<LdContext> ResolveAsync(string address, string? self = null, CancellationToken cancel = default)
    {
        if (CoreContext.IsCore(address)) return new(CoreContext.Instance);
        var key = JsonSerializer.Serialize(address, PlainJson.Options);
        return compiled.TryGetValue(key, out var known) ? new(Used(known)) : CompileAsync(key, JsonDocument.Parse(key).RootElement, self, cancel);
    }

    private async ValueTask<LdContext> CompileAsync(string key, JsonElement value, string? self, CancellationToken cancel)
    {
        var builder = new Builder();
        await store.LoadAsync();
        await AddAsync(builder, value, self, null, 0, cancel);
        if (!builder.HasOwn && builder.Vocabulary is null) return CoreContext.Instance;
        var context = new LdContext(builder.Resolve(), builder.Vocabulary, CoreContext.Instance, Encoding.UTF8.GetBytes(WithCore(value, builder.NestsCore))) { Address = OneAddress(value), Documents = [.. builder.Documents] };
        if (compiled.Count >= options.MaxContexts) compiled.Clear();
        return Used(compiled[key] = context);
    }

    private static string? OneAddress(JsonElement value)
    {
        if (value.ValueKind == JsonValueKind.String) return value.GetString();
        if (value.ValueKind != JsonValueKind.Array) return null;
        var own = value.EnumerateArray().Where(v => v.ValueKind != JsonValueKind.String || !CoreContext.IsCore(v.GetString()!)).ToList();
        return own is [{ ValueKind: JsonValueKind.String } only] ? only.GetString() : null;
    }

    /// <summary>The @context as answers name it: the user's, then the core one where no document of the user's brings it.</summary>
    private static string WithCore(JsonElement value, bool nestsCore)
    {
        var core = $"\"{CoreContext.Address}\"";
        if (nestsCore)
        {
            if (value.ValueKind != JsonValueKind.Array) return value.GetRawText();
            var own = value.EnumerateArray().Where(v => v.ValueKind != JsonValueKind.String || !CoreContext.IsCore(v.GetString()!)).Select(v => v.GetRawText()).ToList();
            return own.Count == 1 ? own[0] : $"[{string.Join(',', own)}]";
        }
        if (value.ValueKind != JsonValueKind.Array) return $"[{value.GetRawText()},{core}]";
        var parts = value.EnumerateArray().Where(v => v.ValueKind != JsonValueKind.String || !CoreContext.IsCore(v.GetString()!)).Select(v => v.GetRawText());
        return $"[{string.Join(',', parts.Append(core))}]";
    }

    private async ValueTask AddAsync(Builder builder, JsonElement value, string? self, string? basis, int depth, CancellationToken cancel)
    {
        if (depth > 8) throw new Problem(ProblemKind.BadRequestData, "The @context nests more than 8 documents.");
        switch (value.ValueKind)
        {
            case JsonValueKind.String:
                var address = value.GetString()!;
                if (CoreContext.IsCore(address))
                {
                    builder.NestsCore |= basis is not null;
                    return;
                }
                if (basis is not null && Uri.TryCreate(new Uri(basis), address, out var absolute)) address = absolute.AbsoluteUri;
                using (var document = Parse(address, await DocumentAsync(builder, address, self, cancel)))
                {
                    if (document.RootElement.ValueKind != JsonValueKind.Object || !document.RootElement.TryGetProperty("@context", out var inner))
                        throw new Problem(ProblemKind.BadRequestData, $"The document at \"{Iri.Shorten(address)}\" has no \"@context\".");
                    await AddAsync(builder, inner.Clone(), self, address, depth + 1, cancel);
                }
                return;
            case JsonValueKind.Array:
                foreach (var item in value.EnumerateArray()) await AddAsync(builder, item, self, basis, depth + 1, cancel);
                return;
            case JsonValueKind.Object: builder.Add(value); return;
            case JsonValueKind.Null: return;
            default: throw new Problem(ProblemKind.BadRequestData, "The @context is neither an address, nor an object, nor an array of these.");
        }
    }

    private JsonDocument Parse(string address, string json)
    {
        try
        {
            return StrictJson.Parse(Encoding.UTF8.GetBytes(json), new JsonDocumentOptions { MaxDepth = options.MaxJsonDepth });
        }
        catch (JsonException)
        {
            throw new Problem(ProblemKind.BadRequestData, $"The document at \"{Iri.Shorten(address)}\" is no JSON.");
        }
    }

    private async ValueTask<string> DocumentAsync(Builder builder, string address, string? self, CancellationToken cancel)
    {
        if (!Uri.TryCreate(address, UriKind.Absolute, out var uri) || uri.Scheme is not ("http" or "https"))
            throw new Problem(ProblemKind.BadRequestData, $"The @context \"{Iri.Shorten(address)}\" is no http address.");
        if (uri.IsLoopback || string.Equals(uri.Authority, self, StringComparison.OrdinalIgnoreCase))
        {
            if (uri.AbsolutePath.StartsWith(Path, StringComparison.Ordinal) && pinned.TryGetValue(uri.AbsolutePath[Path.Length..], out var own)) return own;
            if (uri.AbsolutePath.StartsWith(ContextStore.Path, StringComparison.Ordinal) && (string.Equals(uri.Authority, self, StringComparison.OrdinalIgnoreCase) || store.Find(uri.AbsolutePath) is not null))
                return Own(uri.AbsolutePath);
        }
        return Found(await store.FetchAsync(uri, cancel));

        string Own(string path) => Found(store.Find(path) ?? throw new Problem(ProblemKind.LdContextNotAvailable, $"This instance has no @context \"{Iri.Shorten(path)}\"."));

        string Found(StoredContext found)
        {
            builder.Documents.Add(found);
            return found.Json;
        }
    }

    /// <summary>Gathers term definitions; later ones win.</summary>
    private sealed class Builder
    {
        private readonly Dictionary<string, string> raw = new(StringComparer.Ordinal);

        public string? Vocabulary { get; private set; }
        public bool NestsCore { get; set; }
        public bool HasOwn => raw.Count > 0;
        /// <summary>The kept documents that it is made of.</summary>
        public List<StoredContext> Documents { get; } = [];

        public void Add(JsonElement terms)
        {
            foreach (var term in terms.EnumerateObject())
            {
                if (term.Name == "@vocab") Vocabulary = term.Value.ValueKind == JsonValueKind.String ? Name(term.Value.GetString()!, "@vocab") : null;
                if (term.Name.StartsWith('@')) continue;
                if (term.Value.ValueKind == JsonValueKind.String) raw[term.Name] = term.Value.GetString()!;
                else if (term.Value.ValueKind == JsonValueKind.Object)
                {
                    if (term.Value.TryGetProperty("@context", out _)) throw new Problem(ProblemKind.BadRequestData, $"The @context gives \"{Iri.Shorten(term.Name)}\" an @context of its own, which NGSI-LD does not allow (clause 5.5.7).");
                    if (term.Value.TryGetProperty("@id", out var id) && id.ValueKind == JsonValueKind.String) raw[term.Name] = id.GetString()!;
                }
                else if (term.Value.ValueKind == JsonValueKind.Null) raw.Remove(term.Name);
                else throw new Problem(ProblemKind.BadRequestData, $"The @context defines \"{Iri.Shorten(term.Name)}\" by something that is neither an IRI nor an object.");
            }
        }

        public Dictionary<string, string> Resolve()
        {
            var resolved = new Dictionary<string, string>(StringComparer.Ordinal);
            foreach (var term in raw.Keys)
                if (IriOf(raw[term], 0) is { } iri) resolved[term] = Name(iri, term);
            return resolved;
        }

        /// <summary>An IRI that may become the name of a type or an attribute: what a store and a URL can hold.</summary>
        private static string Name(string iri, string term) => Iri.IsAbsolute(iri) || iri.EndsWith(':') && Iri.IsAbsolute(iri + "x") ? iri
            : throw new Problem(ProblemKind.BadRequestData, $"The @context defines \"{Iri.Shorten(term)}\" as \"{Iri.Shorten(iri)}\", which is no absolute IRI.");

        private string? IriOf(string value, int depth)
        {
            if (value.StartsWith('@') || depth > 8) return null; // an alias of a keyword names nothing
            var colon = value.IndexOf(':');
            if (colon < 0) return raw.TryGetValue(value, out var other) && other != value ? IriOf(other, depth + 1) : (Vocabulary ?? CoreContext.DefaultVocabulary) + value;
            if (value.AsSpan(colon + 1).StartsWith("//")) return value;
            var prefix = value[..colon];
            if (raw.TryGetValue(prefix, out var start) && start != value) return IriOf(start, depth + 1) + value[(colon + 1)..];
            var core = CoreContext.Instance.Expand(value);
            return core;
        }
    }
}
