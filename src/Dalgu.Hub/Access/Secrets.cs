using System.Buffers.Text;
using System.Numerics;
using System.Security.Cryptography;
using System.Text;

namespace Dalgu.Hub.Access;

/// <summary>Random secrets of 256 bits, and the SHA-256 under which they are known afterwards. The secret itself is never kept.</summary>
/// <remarks>A plain hash is enough for these: nobody guesses 256 random bits. A password needs <see cref="PasswordHash"/>.</remarks>
internal static class Secrets
{
    private const string Base62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

    /// <summary>A token for a cookie or an address: 43 characters of base64url.</summary>
    public static string NewToken() => Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32));

    /// <summary>A key that people copy by hand: the prefix and 43 characters of base62.</summary>
    public static string NewKey(string prefix)
    {
        var number = new BigInteger(RandomNumberGenerator.GetBytes(32), isUnsigned: true);
        var text = new char[43];
        for (var i = text.Length - 1; i >= 0; i--)
        {
            number = BigInteger.DivRem(number, 62, out var digit);
            text[i] = Base62[(int)digit];
        }
        return prefix + new string(text);
    }

    /// <summary>The name under which a secret is known: the SHA-256 of its text, in lower-case hexadecimal.</summary>
    public static string NameOf(string secret)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.UTF8.GetBytes(secret), hash);
        return Convert.ToHexStringLower(hash);
    }

    /// <summary>True where a text can be a token or key at all, so that a megabyte of header is not hashed.</summary>
    public static bool IsPlausible(string? secret) => secret is { Length: >= 40 and <= 64 };
}
