namespace Dalgu.Hub.Access;

/// <summary>A one-time link that opens a page to set a password. The link holds the secret; here is only its hash.</summary>
/// <param name="Id">The hash of the link's token.</param>
/// <param name="Account">The account whose password it sets; null for the first administrator, who names the account too.</param>
/// <param name="Expires">When it ceases to open, UTC.</param>
public sealed record SignInLink(string Id, string? Account, DateTime Expires);

/// <summary>The one-time links of the instance: each opens once, within an hour. Thread-safe.</summary>
public sealed class SignInLinks(TimeProvider clock)
{
    /// <summary>How long a link opens.</summary>
    public static readonly TimeSpan Life = TimeSpan.FromHours(1);

    private readonly AccessDocuments<SignInLink> documents = new("links", AccessJson.Default.SignInLink);
    private readonly SemaphoreSlim gate = new(1);

    internal Task LoadAsync(Tenant tenant, CancellationToken cancel) => documents.LoadAsync(tenant, cancel);

    /// <summary>Makes a link and returns its token. Earlier links for the same account cease to open.</summary>
    public async Task<string> NewAsync(Principal by, string? account)
    {
        var token = Secrets.NewToken();
        var link = new SignInLink(Secrets.NameOf(token), account, clock.GetUtcNow().UtcDateTime + Life);
        await gate.WaitAsync();
        try
        {
            var old = documents.All.Where(l => l.Account == account).Select(l => (l.Id, (SignInLink?)null));
            await documents.WriteAsync(by, "access.link-created", "urn:dalgu:account:" + (account ?? "first"), [.. old, (link.Id, link)]);
            return token;
        }
        finally
        {
            gate.Release();
        }
    }

    /// <summary>The link of a token, unused and in time; null where there is none.</summary>
    public SignInLink? Find(string? token) =>
        Secrets.IsPlausible(token) && documents.Find(Secrets.NameOf(token!)) is { } link && clock.GetUtcNow().UtcDateTime < link.Expires ? link : null;

    /// <summary>Uses a link up, then does what it was for. Where that fails the link opens again; of two at once, one gets it.</summary>
    /// <exception cref="Problem">ResourceNotFound where the link is used, too old or was never made.</exception>
    public async Task<T> UseAsync<T>(string token, Func<SignInLink, Task<T>> act)
    {
        await gate.WaitAsync();
        try
        {
            var link = Find(token) ?? throw new Problem(ProblemKind.ResourceNotFound, "The link is used or older than an hour; ask an administrator for a new one, or run \"dalgu user link\".");
            var about = "urn:dalgu:account:" + (link.Account ?? "first");
            await documents.WriteAsync(Principal.System, "access.link-used", about, (link.Id, null));
            try
            {
                return await act(link);
            }
            catch (Problem)
            {
                await documents.WriteAsync(Principal.System, "access.link-returned", about, (link.Id, link));
                throw;
            }
        }
        finally
        {
            gate.Release();
        }
    }
}
