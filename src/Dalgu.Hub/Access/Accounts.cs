namespace Dalgu.Hub.Access;

/// <summary>A person's account. Its name is its identity.</summary>
/// <param name="Name">Letters, digits, dot, dash, underscore; 2–64 characters; lower case.</param>
/// <param name="DisplayName">What people call them.</param>
/// <param name="Role">What they may do.</param>
/// <param name="Desks">The desks of an official.</param>
/// <param name="Password">The password's hash; null until one is set.</param>
/// <param name="Created">When the account was made, UTC.</param>
/// <param name="Disabled">True where it may not sign in.</param>
public sealed record Account(string Name, string DisplayName, Role Role, IReadOnlyList<string> Desks, PasswordHash? Password, DateTime Created, bool Disabled)
{
    /// <summary>Who acts when this person does.</summary>
    public Principal Principal() => new(Name, Role, Desks);
}

/// <summary>The accounts of the instance, kept in its default tenant. Thread-safe.</summary>
public sealed class Accounts(TimeProvider clock)
{
    private readonly AccessDocuments<Account> documents = new("accounts", AccessJson.Default.Account);
    private readonly SemaphoreSlim gate = new(1);

    /// <summary>All accounts by name.</summary>
    public IReadOnlyList<Account> All => [.. documents.All.OrderBy(a => a.Name, StringComparer.Ordinal)];

    /// <summary>True where nobody can sign in yet.</summary>
    public bool IsEmpty => documents.All.Count == 0;

    /// <summary>The account of a name; null where there is none.</summary>
    public Account? Find(string? name) => name is null ? null : documents.Find(Normal(name));

    internal Task LoadAsync(Tenant tenant, CancellationToken cancel) => documents.LoadAsync(tenant, cancel);

    /// <summary>Makes an account.</summary>
    /// <exception cref="Problem">Where the name is taken or malformed, a desk is missing or the password is poor.</exception>
    public async Task<Account> AddAsync(Principal by, string name, string displayName, Role role, IReadOnlyList<string> desks, string? password)
    {
        name = RequireName(name);
        RequireRole(role, desks);
        if (password is not null) PasswordHash.RequireGood(password, name);
        var hash = password is null ? null : await PasswordHash.OfAsync(password);
        await gate.WaitAsync();
        try
        {
            if (documents.Find(name) is not null) throw new Problem(ProblemKind.AlreadyExists, $"An account \"{name}\" exists; choose another name.");
            var account = new Account(name, string.IsNullOrWhiteSpace(displayName) ? name : Iri.Shorten(displayName.Trim()), role, desks, hash, Timestamp.Milliseconds(clock.GetUtcNow().UtcDateTime), false);
            await documents.WriteAsync(by, "access.account-created", About(name), (name, account));
            return account;
        }
        finally
        {
            gate.Release();
        }
    }

    /// <summary>Sets a new password.</summary>
    /// <exception cref="Problem">Where there is no such account or the password is poor.</exception>
    public async Task SetPasswordAsync(Principal by, string name, string password)
    {
        var account = Require(name);
        PasswordHash.RequireGood(password, account.Name);
        var hash = await PasswordHash.OfAsync(password);
        await ChangeAsync(by, "access.password-set", name, a => a with { Password = hash });
    }

    /// <summary>Closes an account, or opens it again.</summary>
    /// <exception cref="Problem">Where there is no such account, or it is the last administrator's.</exception>
    public Task SetDisabledAsync(Principal by, string name, bool disabled) =>
        ChangeAsync(by, disabled ? "access.account-disabled" : "access.account-enabled", name, account =>
            disabled && account is { Role: Role.Administrator, Disabled: false } && documents.All.Count(a => a is { Role: Role.Administrator, Disabled: false }) == 1
                ? throw new Problem(ProblemKind.Conflict, $"\"{account.Name}\" is the only administrator; add another one first.")
                : account with { Disabled = disabled });

    /// <summary>The account whose name and password these are; null where there is none. Takes the same time for both.</summary>
    public async Task<Account?> SignInAsync(string name, string password, CancellationToken cancel = default)
    {
        var account = Find(name);
        var usable = account is { Disabled: false, Password: not null } ? account : null;
        return await PasswordHash.VerifyAsync(usable?.Password, password, cancel) ? usable : null;
    }

    internal Task RecordAsync(Principal who, string action, string name) => documents.RecordAsync(who, action, About(name));

    /// <summary>The account of a name.</summary>
    /// <exception cref="Problem">ResourceNotFound where there is none.</exception>
    public Account Require(string name) => Find(name) ?? throw new Problem(ProblemKind.ResourceNotFound, $"There is no account \"{Iri.Shorten(name)}\".");

    /// <summary>The form in which a name is kept.</summary>
    /// <exception cref="Problem">BadRequestData where it is malformed.</exception>
    public static string RequireName(string? name)
    {
        var normal = Normal(name ?? "");
        if (normal.Length is < 2 or > 64 || normal.Any(c => !char.IsLetterOrDigit(c) && c is not ('.' or '-' or '_')))
            throw new Problem(ProblemKind.BadRequestData, $"The name \"{Iri.Shorten(name)}\" is not valid; write 2 to 64 letters, digits, dots, dashes or underscores.");
        return normal;
    }

    internal static void RequireRole(Role role, IReadOnlyList<string> desks)
    {
        if (role is not (Role.Reader or Role.Official or Role.Operator or Role.Administrator))
            throw new Problem(ProblemKind.BadRequestData, "The role is none of reader, official, operator, administrator.");
        if (role == Role.Official && desks.Count == 0) throw new Problem(ProblemKind.BadRequestData, "An official needs a desk; name at least one.");
        if (role != Role.Official && desks.Count > 0) throw new Problem(ProblemKind.BadRequestData, $"Only an official has desks; the role is {role.ToString().ToLowerInvariant()}.");
    }

    private async Task ChangeAsync(Principal by, string action, string name, Func<Account, Account> change)
    {
        await gate.WaitAsync();
        try
        {
            var account = change(Require(name));
            await documents.WriteAsync(by, action, About(account.Name), (account.Name, account));
        }
        finally
        {
            gate.Release();
        }
    }

    private static string About(string name) => "urn:dalgu:account:" + name;

    private static string Normal(string name) => name.Trim().Normalize().ToLowerInvariant();
}
