namespace Dalgu.Hub.Access;

/// <summary>A key by which a program speaks to the instance. The program holds the secret; here is only its hash.</summary>
/// <param name="Id">The hash of the key.</param>
/// <param name="Hint">The key's first characters, to tell it from others.</param>
/// <param name="Name">What the audit calls whoever uses it.</param>
/// <param name="Role">What it may do.</param>
/// <param name="Desks">The desks of an official's key.</param>
/// <param name="Tenants">The tenants that it may speak to, "" being the default one; none named means all.</param>
/// <param name="Created">When it was made, UTC.</param>
/// <param name="CreatedBy">Who made it.</param>
/// <param name="Expires">When it ceases to open, UTC; null for never.</param>
/// <param name="LastUsed">When it was last used, UTC, to the hour; null for never.</param>
/// <param name="Disabled">True where it opens nothing.</param>
public sealed record ApiKey(string Id, string Hint, string Name, Role Role, IReadOnlyList<string> Desks, IReadOnlyList<string> Tenants, DateTime Created, string CreatedBy, DateTime? Expires, DateTime? LastUsed, bool Disabled)
{
    /// <summary>Who acts when this key does.</summary>
    [System.Text.Json.Serialization.JsonIgnore]
    public Principal Principal => field ??= new("key:" + Name, Role, Desks);
}

/// <summary>The API keys of the instance. Thread-safe.</summary>
public sealed class ApiKeys(TimeProvider clock)
{
    private static readonly TimeSpan Grain = TimeSpan.FromHours(1);
    private readonly AccessDocuments<ApiKey> documents = new("keys", AccessJson.Default.ApiKey);
    private readonly SemaphoreSlim gate = new(1);
    private ApiKey? passing;

    /// <summary>All keys by name.</summary>
    public IReadOnlyList<ApiKey> All => [.. documents.All.OrderBy(k => k.Name, StringComparer.Ordinal)];

    internal Task LoadAsync(Tenant tenant, CancellationToken cancel) => documents.LoadAsync(tenant, cancel);

    /// <summary>Makes a key and returns its secret, which nothing shows again.</summary>
    /// <exception cref="Problem">Where the name is taken or malformed, a desk is missing, or the expiry is past.</exception>
    public async Task<(ApiKey Key, string Secret)> AddAsync(Principal by, string name, Role role, IReadOnlyList<string> desks, IReadOnlyList<string> tenants, DateTime? expires)
    {
        name = Accounts.RequireName(name);
        Accounts.RequireRole(role, desks);
        var now = clock.GetUtcNow().UtcDateTime;
        if (expires <= now) throw new Problem(ProblemKind.BadRequestData, $"The expiry {Timestamp.Format(expires.Value)} is past; name a later one.");
        await gate.WaitAsync();
        try
        {
            if (documents.All.Any(k => k.Name == name && !k.Disabled)) throw new Problem(ProblemKind.AlreadyExists, $"A key \"{name}\" exists; disable it or choose another name.");
            var secret = Secrets.NewKey("dlg_");
            var key = new ApiKey(Secrets.NameOf(secret), secret[..8], name, role, desks, tenants, Timestamp.Milliseconds(now), by.Name, expires, null, false);
            await documents.WriteAsync(by, "access.key-created", "urn:dalgu:key:" + name, (key.Id, key));
            return (key, secret);
        }
        finally
        {
            gate.Release();
        }
    }

    /// <summary>Makes a key that lives as long as this process, for its own command line; returns its secret.</summary>
    public string Lend(string name)
    {
        var secret = Secrets.NewKey("dlg_");
        passing = new ApiKey(Secrets.NameOf(secret), "", name, Role.Administrator, [], [], clock.GetUtcNow().UtcDateTime, "dalgu", null, clock.GetUtcNow().UtcDateTime, false);
        return secret;
    }

    /// <summary>The open key of a secret; null where there is none.</summary>
    public ApiKey? Find(string? secret)
    {
        if (!Secrets.IsPlausible(secret)) return null;
        var id = Secrets.NameOf(secret!);
        var key = documents.Find(id) ?? (passing?.Id == id ? passing : null);
        return key is { Disabled: false } && !(key.Expires <= clock.GetUtcNow().UtcDateTime) ? key : null;
    }

    /// <summary>The open key of a name that was made by a time; null where there is none.</summary>
    internal ApiKey? Present(string name, DateTime by)
    {
        foreach (var key in documents.All)
            if (key.Name == name && !key.Disabled && key.Created <= by && !(key.Expires <= clock.GetUtcNow().UtcDateTime)) return key;
        return null;
    }

    /// <summary>Notes that a key is in use; writes it only when the note is an hour old.</summary>
    public void Touch(ApiKey key)
    {
        var now = clock.GetUtcNow().UtcDateTime;
        if (ReferenceEquals(key, passing) || key.LastUsed is { } last && now - last < Grain) return;
        documents.Touch(key.Principal, "access.key-used", "urn:dalgu:key:" + key.Name, key.Id, key, key with { LastUsed = now });
    }

    /// <summary>Closes a key for good.</summary>
    /// <exception cref="Problem">ResourceNotFound where there is none of the name that is open.</exception>
    public Task DisableAsync(Principal by, string name)
    {
        var key = documents.All.FirstOrDefault(k => k.Name == name && !k.Disabled)
            ?? throw new Problem(ProblemKind.ResourceNotFound, $"There is no open key \"{Iri.Shorten(name)}\".");
        return ChangeAsync(by, "access.key-disabled", key.Id, k => k with { Disabled = true });
    }

    private async Task ChangeAsync(Principal by, string action, string id, Func<ApiKey, ApiKey> change)
    {
        await gate.WaitAsync();
        try
        {
            if (documents.Find(id) is { } key) await documents.WriteAsync(by, action, "urn:dalgu:key:" + key.Name, (id, change(key)));
        }
        finally
        {
            gate.Release();
        }
    }
}
