using System.Text.Json;

namespace Dalgu.Hub.Contexts;

/// <summary>How an @context came into the store of this instance (clause 5.13.1).</summary>
public enum ContextKind
{
    /// <summary>A client gave it to this instance to keep and to serve.</summary>
    Hosted,
    /// <summary>This instance fetched it from elsewhere.</summary>
    Cached,
    /// <summary>This instance made it, to have one address for an @context that came without.</summary>
    ImplicitlyCreated,
}

/// <summary>An @context document that this instance keeps, and how it is used. Thread-safe.</summary>
internal sealed class StoredContext(string id, ContextKind kind, string? address, string json, DateTime createdAt, string tenant = "")
{
    private long hits, lastUsage;

    /// <summary>Its name within this instance.</summary>
    public string Id => id;
    public ContextKind Kind => kind;
    /// <summary>Where a cached one was fetched from.</summary>
    public string? Address => address;
    /// <summary>The tenant that a hosted one was given to; empty for the default tenant. The other kinds are the instance's.</summary>
    public string Tenant => tenant;
    /// <summary>The document: an object with the member @context.</summary>
    public string Json => json;
    /// <summary>When it came, UTC.</summary>
    public DateTime CreatedAt => createdAt;
    public long Hits => Interlocked.Read(ref hits);
    /// <summary>When it was used last, UTC; null for never since the start.</summary>
    public DateTime? LastUsage => Interlocked.Read(ref lastUsage) is var ticks and > 0 ? new DateTime(ticks, DateTimeKind.Utc) : null;

    /// <summary>Whether operations on @contexts that are applied to a tenant find it (clause 5.5.10).</summary>
    /// <param name="of">The tenant's name; null for one that does not exist.</param>
    public bool IsSeenBy(string? of) => kind != ContextKind.Hosted || of == tenant;

    /// <summary>Counts a use.</summary>
    public void Use(DateTimeOffset now)
    {
        Interlocked.Increment(ref hits);
        Interlocked.Exchange(ref lastUsage, now.UtcTicks);
    }

    /// <summary>The path at which this instance serves it.</summary>
    public string Path => ContextStore.Path + Id;

    /// <summary>The stored form.</summary>
    public byte[] ToDocument() => JsonSerializer.SerializeToUtf8Bytes(new { kind = kind.ToString(), address, createdAt = createdAt.Ticks, json, tenant }, PlainJson.Options);

    /// <summary>Reads the stored form.</summary>
    public static StoredContext FromDocument(string id, byte[] body)
    {
        using var document = JsonDocument.Parse(body);
        var root = document.RootElement;
        return new(id, Enum.Parse<ContextKind>(root.GetProperty("kind").GetString()!), root.GetProperty("address").GetString(), root.GetProperty("json").GetString()!,
            new DateTime(root.GetProperty("createdAt").GetInt64(), DateTimeKind.Utc),
            root.TryGetProperty("tenant", out var tenant) ? tenant.GetString()! : ""); // those of before tenants had their own are the default tenant's
    }
}
