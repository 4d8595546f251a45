using System.Globalization;
using Microsoft.Extensions.Primitives;

namespace Dalgu.Hub.Http;

/// <summary>What a request prefers in its header Prefer (RFC 7240), as far as NGSI-LD knows it (clause 6.3.6).</summary>
internal static class Preferences
{
    /// <summary>The version of the specification that this interface follows.</summary>
    public static readonly (int Major, int Minor) Native = (1, 9);

    /// <summary>The version of the specification that the answer is to follow; null where none is preferred.</summary>
    public static (int Major, int Minor)? Version(StringValues prefer)
    {
        return Of(prefer, "ngsi-ld") is { } text ? ParseVersion(text) : null;
    }

    /// <summary>A version of the specification, such as 1.5; null where the text is none.</summary>
    public static (int Major, int Minor)? ParseVersion(string text)
    {
        var parts = text.Split('.');
        return parts.Length is 2 or 3 && int.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out var major) && int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out var minor)
            ? (major, minor) : null;
    }

    /// <summary>True where GeoJSON is to come without the @context inside.</summary>
    public static bool IsPlainBody(StringValues prefer) => Of(prefer, "body") == "json";

    /// <summary>The value of a preference; null where it is not stated. Names know no case, a value may stand in quotes, parameters of it are left out.</summary>
    private static string? Of(StringValues prefer, string name)
    {
        foreach (var header in prefer)
            foreach (var each in (header ?? "").Split(','))
            {
                var preference = each.Split(';')[0];
                var equals = preference.IndexOf('=', StringComparison.Ordinal);
                if (equals > 0 && preference.AsSpan(0, equals).Trim().Equals(name, StringComparison.OrdinalIgnoreCase)) return preference[(equals + 1)..].Trim().Trim('"').Trim();
            }
        return null;
    }
}
