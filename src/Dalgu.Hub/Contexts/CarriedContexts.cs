using System.Text.Encodings.Web;
using System.Text.Json;

namespace Dalgu.Hub.Contexts;

/// <summary>Well-known @contexts as this program carries them (Smart Data Models and others, <c>carried-contexts.txt</c>): for a place without network, where
/// they cannot be fetched. Elsewhere the document at the address itself counts, which may be newer.</summary>
internal static class CarriedContexts
{
    private static readonly Lazy<Dictionary<string, List<KeyValuePair<string, string>>>> Documents = new(Read);

    /// <summary>The document of an address; null where none is carried.</summary>
    public static string? Find(string address) =>
        Uri.TryCreate(address, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https" && uri.IsDefaultPort && Documents.Value.TryGetValue(uri.Host + uri.PathAndQuery, out var terms) ? Write(terms) : null;

    /// <summary>The addresses, without scheme.</summary>
    public static IReadOnlyCollection<string> Addresses => Documents.Value.Keys;

    private static string Write(List<KeyValuePair<string, string>> terms)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            json.WriteStartObject("@context"u8);
            foreach (var (term, iri) in terms) json.WriteString(term, iri);
            json.WriteEndObject();
            json.WriteEndObject();
        }
        return System.Text.Encoding.UTF8.GetString(buffer.GetBuffer(), 0, (int)buffer.Length);
    }

    private static Dictionary<string, List<KeyValuePair<string, string>>> Read()
    {
        var documents = new Dictionary<string, List<KeyValuePair<string, string>>>(StringComparer.Ordinal);
        List<KeyValuePair<string, string>> terms = [];
        var ofAddresses = false; // addresses that follow one another are those of one document
        var name = "";
        using var text = new StreamReader(typeof(CarriedContexts).Assembly.GetManifestResourceStream("carried-contexts.txt")!);
        while (text.ReadLine() is { } line)
        {
            if (line.StartsWith('#')) continue;
            if (line.StartsWith("@ ", StringComparison.Ordinal))
            {
                if (!ofAddresses) terms = [];
                documents.Add(line[2..], terms);
            }
            else if (line.StartsWith("> ", StringComparison.Ordinal)) name = line[2..];
            else
                foreach (var term in line.Split(' ')) terms.Add(new(term, name + term));
            ofAddresses = line[0] == '@';
        }
        return documents;
    }
}
