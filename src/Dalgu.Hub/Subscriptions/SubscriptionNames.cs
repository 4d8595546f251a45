using System.Text;
using System.Text.Json.Nodes;
using Dalgu.Hub.Contexts;
using Dalgu.Hub.Entities;

namespace Dalgu.Hub.Subscriptions;

/// <summary>Turns the names in a subscription's body into IRIs and back: entity types, attributes, the geo property. What is no name stays as it is.</summary>
internal static class SubscriptionNames
{
    /// <summary>The body with IRIs in place of names.</summary>
    public static JsonObject Expand(JsonObject body, LdContext context) => Map(body, name =>
    {
        if (!Iri.IsAbsolute(name)) EntityJsonReader.CheckName(name);
        return context.Expand(name);
    });

    /// <summary>The body with the names of a context in place of IRIs.</summary>
    public static JsonObject Compact(JsonObject body, LdContext context) => Map(body, context.Compact);

    private static JsonObject Map(JsonObject body, Func<string, string> name)
    {
        var mapped = body.DeepClone().AsObject();
        if (mapped["entities"] is JsonArray entities)
            foreach (var selector in entities)
                if (selector is JsonObject one && Text(one["type"]) is { } type) one["type"] = Selection(type, name);
        Each(mapped, "watchedAttributes", name);
        foreach (var list in (ReadOnlySpan<string>)["expandValues", "jsonKeys"])
        {
            Each(mapped, list, name);
            if (Text(mapped[list]) is { } text && text != EntityJsonReader.Null) mapped[list] = string.Join(',', text.Split(',').Select(n => name(n.Trim())));
        }
        if (mapped["geoQ"] is JsonObject geo && Text(geo["geoproperty"]) is { } property) geo["geoproperty"] = name(property);
        if (mapped["notification"] is JsonObject notification)
            foreach (var list in (ReadOnlySpan<string>)["attributes", "pick", "omit"]) Each(notification, list, name);
        return mapped;
    }

    private static void Each(JsonObject of, string member, Func<string, string> name)
    {
        if (of[member] is not JsonArray list) return;
        for (var i = 0; i < list.Count; i++)
            if (Text(list[i]) is { } text && text is not ("id" or "type" or "scope")) list[i] = name(text);
    }

    /// <summary>A type selection with each of its names mapped.</summary>
    private static string Selection(string text, Func<string, string> name)
    {
        var mapped = new StringBuilder();
        for (var at = 0; at < text.Length;)
        {
            if (text[at] is ',' or '|' or ';' or '(' or ')')
            {
                mapped.Append(text[at++]);
                continue;
            }
            var start = at;
            while (at < text.Length && text[at] is not (',' or '|' or ';' or '(' or ')')) at++;
            var one = text[start..at].Trim();
            mapped.Append(one is "" or "*" ? one : name(one));
        }
        return mapped.ToString();
    }

    /// <summary>What the words of a q expression stand for in a context, as far as it is not what they stand for anyway.</summary>
    public static Dictionary<string, string> Terms(string q, LdContext context)
    {
        var terms = new Dictionary<string, string>(StringComparer.Ordinal);
        for (var at = 0; at < q.Length;)
        {
            var start = at;
            while (at < q.Length && (char.IsLetterOrDigit(q[at]) || q[at] is '_' or '-' or ':' or '/' or '#')) at++;
            if (at == start)
            {
                at++;
                continue;
            }
            var word = q[start..at];
            var iri = context.Expand(word);
            if (iri != CoreContext.Instance.Expand(word)) terms[word] = iri;
            // A compact name is expanded by its prefix, which the whole word hides.
            if (word.IndexOf(':') is var colon and > 0 && context.Expand(word[..colon]) is var prefix && prefix != CoreContext.Instance.Expand(word[..colon])) terms[word[..colon]] = prefix;
        }
        return terms;
    }

    private static string? Text(JsonNode? node) => node is JsonValue value && value.TryGetValue(out string? text) ? text : null;
}
