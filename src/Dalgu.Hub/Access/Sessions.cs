namespace Dalgu.Hub.Access;

/// <summary>A signed-in browser. The cookie holds the secret; here is only its hash.</summary>
/// <param name="Id">The hash of the cookie's token.</param>
/// <param name="Account">The account's name.</param>
/// <param name="Created">When it began, UTC.</param>
/// <param name="LastUsed">When it was last used, UTC; up to ten minutes old.</param>
/// <param name="Address">The network address at the beginning.</param>
/// <param name="Client">What the browser calls itself, shortened.</param>
public sealed record Session(string Id, string Account, DateTime Created, DateTime LastUsed, string Address, string Client);

/// <summary>The sessions of the instance. They outlive a restart. Thread-safe.</summary>
public sealed class Sessions(HubOptions options, TimeProvider clock)
{
    /// <summary>How long a session lives at most, used or not.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromDays(7);

    private static readonly TimeSpan Grain = TimeSpan.FromMinutes(10);
    private readonly AccessDocuments<Session> documents = new("sessions", AccessJson.Default.Session);

    /// <summary>The living sessions of an account, latest first.</summary>
    public IReadOnlyList<Session> Of(string account) =>
        [.. documents.All.Where(s => s.Account == account && IsAlive(s)).OrderByDescending(s => s.LastUsed)];

    internal async Task LoadAsync(Tenant tenant, CancellationToken cancel)
    {
        await documents.LoadAsync(tenant, cancel);
        var dead = documents.All.Where(s => !IsAlive(s)).Select(s => (s.Id, (Session?)null)).ToArray();
        if (dead.Length > 0) await documents.WriteAsync(Principal.System, "access.sessions-expired", "urn:dalgu:sessions", dead);
    }

    /// <summary>Begins a session and returns the token for the cookie.</summary>
    public async Task<string> BeginAsync(Account account, string address, string client)
    {
        var token = Secrets.NewToken();
        var now = Now;
        var session = new Session(Secrets.NameOf(token), account.Name, now, now, address, Iri.Shorten(client));
        await documents.WriteAsync(account.Principal(), "access.sign-in", "urn:dalgu:account:" + account.Name, (session.Id, session));
        return token;
    }

    /// <summary>The living session of a cookie's token; null where there is none.</summary>
    public Session? Find(string? token)
    {
        if (!Secrets.IsPlausible(token)) return null;
        var session = documents.Find(Secrets.NameOf(token!));
        return session is not null && IsAlive(session) ? session : null;
    }

    /// <summary>Notes that a session is in use; writes it only when the note is ten minutes old.</summary>
    public void Touch(Session session)
    {
        var now = Now;
        if (now - session.LastUsed < Grain) return;
        documents.Touch(new Principal(session.Account, Role.Reader, []), "access.session-used", "urn:dalgu:account:" + session.Account, session.Id, session, session with { LastUsed = now });
    }

    /// <summary>Ends one session.</summary>
    public Task EndAsync(Principal by, Session session) =>
        documents.WriteAsync(by, "access.sign-out", "urn:dalgu:account:" + session.Account, (session.Id, null));

    /// <summary>Ends every session of an account but one.</summary>
    public async Task EndAllAsync(Principal by, string account, string? except = null)
    {
        var ended = documents.All.Where(s => s.Account == account && s.Id != except).Select(s => (s.Id, (Session?)null)).ToArray();
        if (ended.Length > 0) await documents.WriteAsync(by, "access.sessions-ended", "urn:dalgu:account:" + account, ended);
    }

    private bool IsAlive(Session session) => Now - session.LastUsed < options.SessionIdle && Now - session.Created < Longest;

    private DateTime Now => clock.GetUtcNow().UtcDateTime;
}
