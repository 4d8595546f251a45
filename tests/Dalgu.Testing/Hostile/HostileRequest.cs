using System.Globalization;
using System.Text;

namespace Dalgu.Testing.Hostile;

/// <summary>A request that can be bent before it is sent.</summary>
public sealed class HostileRequest
{
    public required string Method { get; set; }
    /// <summary>The path below <c>/ngsi-ld/v1</c>, percent-encoded as it is sent.</summary>
    public required string Path { get; set; }
    /// <summary>Query parameters by name; values are not encoded yet.</summary>
    public List<(string Name, string Value)> Query { get; init; } = [];
    public List<(string Name, string Value)> Headers { get; init; } = [];
    public byte[]? Body { get; set; }
    /// <summary>What the request writes where it is accepted; a word that no other request holds.</summary>
    public string? Marker { get; init; }
    /// <summary>True where the bytes on the wire may be no HTTP at all, so that the server itself may refuse them without a body.</summary>
    public bool BreaksHttp { get; set; }
    /// <summary>True where nothing was bent: the request is to be accepted or answered 404 or 409.</summary>
    public bool IsValid { get; set; } = true;
    /// <summary>A length to declare in place of the true one.</summary>
    public long? DeclaredLength { get; set; }

    /// <summary>The bytes to send.</summary>
    public byte[] ToBytes(string authority, string key)
    {
        var text = new StringBuilder(512).Append(Method).Append(' ').Append("/ngsi-ld/v1").Append(Path);
        for (var i = 0; i < Query.Count; i++)
            text.Append(i == 0 ? '?' : '&').Append(Encode(Query[i].Name)).Append('=').Append(Encode(Query[i].Value));
        text.Append(" HTTP/1.1\r\nHost: ").Append(authority).Append("\r\nAuthorization: Bearer ").Append(key).Append("\r\n");
        foreach (var (name, value) in Headers) text.Append(name).Append(": ").Append(value).Append("\r\n");
        if (Body is not null || DeclaredLength is not null || Method is "POST" or "PUT" or "PATCH")
            text.Append("Content-Length: ").Append((DeclaredLength ?? Body?.Length ?? 0).ToString(CultureInfo.InvariantCulture)).Append("\r\n");
        text.Append("\r\n");
        var head = Encoding.UTF8.GetBytes(text.ToString());
        return Body is null ? head : [.. head, .. Body];
    }

    private static string Encode(string text)
    {
        var encoded = new StringBuilder(text.Length + 16);
        foreach (var b in Encoding.UTF8.GetBytes(text))
            if (b is > 0x20 and < 0x7f && b is not ((byte)'%' or (byte)'&' or (byte)'#' or (byte)'+' or (byte)'=')) encoded.Append((char)b);
            else encoded.Append('%').Append(b.ToString("X2", CultureInfo.InvariantCulture));
        return encoded.ToString();
    }

    /// <summary>The request for a message: enough to send it again.</summary>
    public override string ToString()
    {
        var body = Body is null ? "" : Encoding.UTF8.GetString(Body.AsSpan(0, Math.Min(Body.Length, 600)));
        return $"{Method} {Path[..Math.Min(Path.Length, 200)]}?{string.Join('&', Query.Select(q => $"{q.Name}={(q.Value.Length > 200 ? q.Value[..200] + "…" : q.Value)}"))} [{string.Join(", ", Headers)}] {body}";
    }
}
