using System.Security.Cryptography;
using System.Text;
using Konscious.Security.Cryptography;

namespace Dalgu.Hub.Access;

/// <summary>A password as it is kept: Argon2id with its own salt and the parameters that made it, so that they can be raised later.</summary>
/// <param name="Salt">16 random bytes.</param>
/// <param name="Hash">32 bytes.</param>
/// <param name="MemoryKiB">Memory in KiB.</param>
/// <param name="Passes">Passes over the memory.</param>
/// <param name="Lanes">Lanes.</param>
public sealed record PasswordHash(byte[] Salt, byte[] Hash, int MemoryKiB, int Passes, int Lanes)
{
    /// <summary>The shortest password, in characters.</summary>
    public const int MinLength = 12;
    /// <summary>The longest password, in characters.</summary>
    public const int MaxLength = 256;

    // OWASP's first recommendation for Argon2id: 19 MiB, two passes, one lane.
    private const int MemoryNow = 19 * 1024, PassesNow = 2, LanesNow = 1;

    // Two hashes at a time: a flood of sign-ins waits instead of taking all memory and both cores.
    private static readonly SemaphoreSlim Room = new(2);
    private static readonly PasswordHash Nobody = new(new byte[16], new byte[32], MemoryNow, PassesNow, LanesNow);

    /// <summary>Hashes a password with a new salt.</summary>
    public static async Task<PasswordHash> OfAsync(string password, CancellationToken cancel = default)
    {
        var salt = RandomNumberGenerator.GetBytes(16);
        return new(salt, await ComputeAsync(password, salt, MemoryNow, PassesNow, LanesNow, cancel), MemoryNow, PassesNow, LanesNow);
    }

    /// <summary>True where the password is the one hashed. A null hash costs the same time and is false, so that an answer does not tell whether an account exists.</summary>
    public static async Task<bool> VerifyAsync(PasswordHash? kept, string password, CancellationToken cancel = default)
    {
        var against = kept ?? Nobody;
        if (password.Length > MaxLength) password = "";
        var hash = await ComputeAsync(password, against.Salt, against.MemoryKiB, against.Passes, against.Lanes, cancel);
        return CryptographicOperations.FixedTimeEquals(hash, against.Hash) && kept is not null;
    }

    /// <summary>Refuses a password that is too short, too long, or close to the account's name.</summary>
    /// <exception cref="Problem">BadRequestData with the rule that it breaks.</exception>
    public static void RequireGood(string? password, string name)
    {
        if (password is null || password.Length < MinLength)
            throw new Problem(ProblemKind.BadRequestData, $"The password is shorter than {MinLength} characters; choose a longer one, such as four words.");
        if (password.Length > MaxLength)
            throw new Problem(ProblemKind.BadRequestData, $"The password is longer than {MaxLength} characters; choose a shorter one.");
        if (password.Distinct().Count() < 5)
            throw new Problem(ProblemKind.BadRequestData, "The password repeats fewer than 5 different characters; choose one that is harder to guess.");
        if (password.Contains(name, StringComparison.OrdinalIgnoreCase) && password.Length - name.Length < MinLength)
            throw new Problem(ProblemKind.BadRequestData, "The password holds the account's name and little else; choose another one.");
    }

    private static async Task<byte[]> ComputeAsync(string password, byte[] salt, int memory, int passes, int lanes, CancellationToken cancel)
    {
        await Room.WaitAsync(cancel);
        try
        {
            return await Task.Run(() =>
            {
                using var argon = new Argon2id(Encoding.UTF8.GetBytes(password.Normalize(NormalizationForm.FormC)))
                {
                    Salt = salt, MemorySize = memory, Iterations = passes, DegreeOfParallelism = lanes,
                };
                return argon.GetBytes(32);
            }, cancel);
        }
        finally
        {
            Room.Release();
        }
    }
}
