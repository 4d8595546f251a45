using System.Text;

namespace Dalgu.Testing.Hostile;

/// <summary>Bends requests: the grammar of JSON, the bytes, the parameters, the path, the headers. The same randomness bends alike.</summary>
public static class Mutation
{
    private static readonly string[] Methods = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE", "PURGE", "get"];
    private static readonly string[] Parameters = ["id", "type", "idPattern", "attrs", "q", "scopeQ", "georel", "geometry", "coordinates", "geoproperty", "datasetId", "options", "format", "pick", "omit", "lang", "limit", "offset", "count", "orderBy", "timerel", "timeAt", "endTimeAt", "timeproperty", "lastN", "aggrMethods", "aggrPeriodDuration", "local", "csf", "deleteAll", "details", "observedAt", "geometryProperty", "x", "", "TYPE", "jsonKeys"];

    /// <summary>Bends a request one to three times.</summary>
    public static void Bend(HostileRequest request, Random random)
    {
        request.IsValid = false;
        for (var times = random.Next(10) < 7 ? 1 : random.Next(2, 4); times > 0; times--)
            switch (random.Next(20))
            {
                case < 8 when request.Body is not null: request.Body = BendJson(request.Body, random); break;
                case < 11 when request.Body is not null: request.Body = BendBytes(request.Body, random); break;
                case < 12 when request.Body is not null: BendContext(request, random); break;
                case < 15: BendQuery(request, random); break;
                case 15: BendPath(request, random); break;
                case 16: Header(request, "Content-Type", Pick(random, Nasty.MediaTypes)); break;
                case 17: Header(request, "Accept", Pick(random, Nasty.MediaTypes)); break;
                case 18 when random.Next(2) == 0: Header(request, "Link", Pick(random, Nasty.Links)); break;
                case 18: Header(request, "NGSILD-Tenant", Pick(random, Nasty.Tenants)); break;
                default: BendRest(request, random); break;
            }
        foreach (var (_, value) in request.Headers) if (value.Any(c => c is < ' ' or > '~')) request.BreaksHttp = true;
        if (request.Query.Any(q => q.Value.Contains('\0') || q.Name.Contains('\0'))) request.BreaksHttp = true;
        if (request.Path.Length + request.Query.Sum(q => 4 + 3 * (Encoding.UTF8.GetByteCount(q.Name) + Encoding.UTF8.GetByteCount(q.Value))) > 8_000) request.BreaksHttp = true; // a line too long for the server
    }

    private static T Pick<T>(Random random, IReadOnlyList<T> from) => from[random.Next(from.Count)];

    private static void Header(HostileRequest request, string name, string value)
    {
        request.Headers.RemoveAll(h => h.Name == name);
        request.Headers.Add((name, value));
    }

    private static void BendRest(HostileRequest request, Random random)
    {
        switch (random.Next(6))
        {
            case 0:
                request.Method = Pick(random, Methods);
                if (request.Method == "get") request.BreaksHttp = true;
                break;
            case 1: request.Body = null; break;
            case 2 when request.Body is not null: request.Body = [.. request.Body, .. request.Body]; break;
            case 3 when request.Body is not null && random.Next(40) == 0:
                request.DeclaredLength = 17L * 1024 * 1024; // too large: refused before it is sent
                request.Body = [];
                break;
            case 4 when random.Next(30) == 0: request.Body = Encoding.UTF8.GetBytes("[" + new string('[', 200_000)); break;
            case 4 when random.Next(30) == 0: request.Body = Encoding.UTF8.GetBytes("{\"type\":\"Query\",\"entities\":[{\"type\":\"" + new string('(', 300_000) + "\"}]}"); break;
            default: request.Body = request.Body is null ? "{}"u8.ToArray() : []; break;
        }
    }

    private static void BendQuery(HostileRequest request, Random random)
    {
        if (request.Query.Count > 0 && random.Next(3) > 0)
        {
            var i = random.Next(request.Query.Count);
            request.Query[i] = random.Next(8) == 0 ? (Pick(random, Parameters), request.Query[i].Value) : (request.Query[i].Name, Text(random, request.Query[i].Value));
        }
        else request.Query.Add((Pick(random, Parameters), Text(random, "")));
    }

    private static string Text(Random random, string from)
    {
        if (from.Length == 0 || random.Next(3) > 0) return random.Next(200) == 0 ? new string((char)random.Next('(', 'z'), random.Next(4_000)) : Pick(random, Nasty.Texts);
        var text = new StringBuilder(from);
        for (var n = random.Next(1, 4); n > 0; n--)
        {
            var at = random.Next(text.Length + 1);
            if (at < text.Length && random.Next(2) == 0) text.Remove(at, 1);
            else text.Insert(at, (char)random.Next(0x20, 0x7f));
            if (text.Length == 0) break;
        }
        return text.ToString();
    }

    private static void BendPath(HostileRequest request, Random random)
    {
        request.Path = random.Next(3) == 0 ? request.Path + Pick(random, (string[])["%00", "/", "%20", "%FF", "/attrs", "x", "%2F", "%", "%zz", "%E2%80%AE", new string('x', 3000), new string('x', 9000)]) : Pick(random, Nasty.Paths);
        if (request.Path.Contains("%00", StringComparison.Ordinal) || request.Path.Length > 8000 || request.Path.Contains('?')) request.BreaksHttp = true;
    }

    private static void BendContext(HostileRequest request, Random random)
    {
        var text = Encoding.UTF8.GetString(request.Body!);
        var brace = text.IndexOf('{', StringComparison.Ordinal);
        if (brace < 0) return;
        var member = $"\"@context\":{Pick(random, Nasty.Contexts)}";
        var empty = text.AsSpan(brace + 1).TrimStart().StartsWith("}");
        request.Body = Encoding.UTF8.GetBytes(text.Insert(brace + 1, empty ? member : member + ","));
        if (random.Next(4) > 0) Header(request, "Content-Type", "application/ld+json");
    }

    private static byte[] BendBytes(byte[] body, Random random)
    {
        if (body.Length == 0) return [(byte)random.Next(256)];
        var at = random.Next(body.Length);
        var bytes = body.ToList();
        switch (random.Next(7))
        {
            case 0: bytes[at] ^= (byte)(1 << random.Next(8)); break;
            case 1: bytes.Insert(at, (byte)random.Next(256)); break;
            case 2: bytes.RemoveRange(at, Math.Min(random.Next(1, 20), bytes.Count - at)); break;
            case 3: bytes.RemoveRange(at, bytes.Count - at); break;
            case 4: bytes.InsertRange(at, bytes.GetRange(at, Math.Min(random.Next(1, 60), bytes.Count - at))); break;
            case 5: bytes.InsertRange(at, Pick<byte[]>(random, [[0xff], [0xc0, 0x80], [0xed, 0xa0, 0x80], [0xf4, 0x90, 0x80, 0x80], [0xe2, 0x82], [0xef, 0xbb, 0xbf], [0]])); break;
            default: bytes[at] = (byte)random.Next(256); break;
        }
        return [.. bytes];
    }

    /// <summary>Replaces, doubles or drops a token of JSON.</summary>
    private static byte[] BendJson(byte[] body, Random random)
    {
        var text = Encoding.UTF8.GetString(body);
        var tokens = Tokens(text);
        if (tokens.Count == 0) return Encoding.UTF8.GetBytes(Pick(random, Nasty.Values));
        var (start, length, isKey) = Pick(random, tokens);
        var (before, token, after) = (text[..start], text.Substring(start, length), text[(start + length)..]);
        var next = random.Next(12) switch
        {
            0 => "",
            1 => token + "," + token,
            2 when isKey => token + ":" + Pick(random, Nasty.Values) + "," + token, // the member twice
            _ => isKey ? Pick(random, Nasty.Keys) : Pick(random, Nasty.Values),
        };
        return Encoding.UTF8.GetBytes(before + next + after);
    }

    private static List<(int Start, int Length, bool IsKey)> Tokens(string text)
    {
        var tokens = new List<(int, int, bool)>();
        for (var i = 0; i < text.Length;)
        {
            var start = i;
            if (text[i] == '"')
            {
                for (i++; i < text.Length && text[i] != '"'; i++) if (text[i] == '\\') i++;
                i = Math.Min(text.Length, i + 1);
                tokens.Add((start, i - start, i < text.Length && text[i] == ':'));
            }
            else if (char.IsAsciiLetterOrDigit(text[i]) || text[i] == '-')
            {
                while (i < text.Length && (char.IsAsciiLetterOrDigit(text[i]) || text[i] is '-' or '+' or '.')) i++;
                tokens.Add((start, i - start, false));
            }
            else if (text[i] is '{' or '[' && Closing(text, i) is var end and > 0)
            {
                tokens.Add((start, end - start + 1, false));
                i++;
            }
            else i++;
        }
        return tokens;
    }

    private static int Closing(string text, int at)
    {
        var depth = 0;
        for (var i = at; i < text.Length; i++)
        {
            if (text[i] == '"') for (i++; i < text.Length && text[i] != '"'; i++) if (text[i] == '\\') i++;
            if (i >= text.Length) return -1;
            if (text[i] is '{' or '[') depth++;
            else if (text[i] is '}' or ']' && --depth == 0) return i;
        }
        return -1;
    }
}
