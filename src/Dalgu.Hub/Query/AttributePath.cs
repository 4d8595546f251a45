using System.Text.Json;
using Dalgu.Hub.Contexts;
using Dalgu.Hub.Entities;

namespace Dalgu.Hub.Query;

/// <summary>A path to a value: an attribute, sub-attributes behind dots, and keys of a compound value in brackets, such as
/// <c>address[city]</c> or <c>speed.observedAt</c> (clause 4.9). Immutable.</summary>
public sealed class AttributePath
{
    private readonly string[] names, keys;
    private readonly string text, last;

    private AttributePath(string text, string[] names, string last, string[] keys)
    {
        this.text = text;
        this.names = names;
        this.last = last;
        this.keys = keys;
    }

    /// <summary>The IRI of the attribute at the root.</summary>
    public string Root => names[0];

    /// <summary>The IRI of the attribute, or sub-attribute, whose value is meant.</summary>
    public string Target => names[^1];

    /// <summary>True where the path ends in all languages of a map: name[*].</summary>
    internal bool IsOfAllLanguages => keys is ["*"];

    /// <summary>True for the id of the entity itself.</summary>
    internal bool IsId => names.Length == 1 && keys.Length == 0 && last == "id";

    /// <summary>True where the path is that of an attribute's own value.</summary>
    internal bool IsAttribute => names.Length == 1 && keys.Length == 0 && last is not ("id" or "type" or "createdAt" or "modifiedAt");

    /// <summary>Reads a path, names expanded by a context.</summary>
    /// <exception cref="Problem">BadRequestData where the text is none.</exception>
    public static AttributePath Parse(string text, LdContext context)
    {
        var bracket = text.IndexOf('[');
        var path = bracket < 0 ? text : text[..bracket];
        string[] keys = [];
        if (bracket >= 0)
        {
            if (!text.EndsWith(']') || text.Length - bracket < 3) throw Bad();
            keys = text[(bracket + 1)..^1].Split('.', ']', '[');
            keys = [.. keys.Where(k => k.Length > 0)];
        }
        // A full IRI has dots of its own: it is one name.
        var parts = path.Contains("://", StringComparison.Ordinal) ? [path] : path.Split('.');
        var names = new string[parts.Length];
        for (var i = 0; i < parts.Length; i++)
        {
            if (parts[i].Length == 0) throw Bad();
            foreach (var c in parts[i]) if (c is ' ' or '"' or '\'' or '(' or ')' or '<' or '>' or '=' or ']') throw Bad();
            names[i] = context.ExpandAttribute(parts[i]);
        }
        return new(text, names, parts[^1], keys);

        Problem Bad() => new(ProblemKind.BadRequestData, $"\"{Iri.Shorten(text)}\" is not a valid attribute path; write a name, names joined by dots, or name[key].");
    }

    /// <summary>Calls a test with each value at the path until one passes. A value is UTF-8 JSON, or a time as a JSON string.</summary>
    public bool Any(Entity entity, ValueTest test)
    {
        if (names.Length == 1 && keys.Length == 0)
            switch (last)
            {
                case "id": return test.Passes(JsonSerializer.SerializeToUtf8Bytes(entity.Id));
                case "type":
                    foreach (var type in entity.Types) if (test.Passes(JsonSerializer.SerializeToUtf8Bytes(type))) return true;
                    return false;
                case "createdAt" when entity.Find(names[0]) is null: return test.Passes(Quoted(entity.CreatedAt));
                case "modifiedAt" when entity.Find(names[0]) is null: return test.Passes(Quoted(entity.ModifiedAt));
            }
        return entity.Find(names[0]) is { } attribute && Any(attribute, 1, test);
    }

    private bool Any(EntityAttribute attribute, int level, ValueTest test)
    {
        for (var i = 0; i < attribute.Instances.Count; i++)
            if (Any(attribute.Instances[i], level, test)) return true;
        return false;
    }

    private bool Any(AttributeInstance instance, int level, ValueTest test)
    {
        if (level == names.Length) return keys.Length == 0 ? test.Passes(instance) : AtKeys(instance, test);
        if (instance.SubAttributes is { } sub)
            foreach (var attribute in sub)
                if (attribute.Name == names[level] && Any(attribute, level + 1, test)) return true;
        if (level != names.Length - 1) return false;
        return last switch
        {
            "observedAt" => instance.ObservedAt is { } at && test.Passes(Quoted(at)),
            "createdAt" => test.Passes(Quoted(instance.CreatedAt)),
            "modifiedAt" => test.Passes(Quoted(instance.ModifiedAt)),
            "expiresAt" => instance.ExpiresAt is { } at && test.Passes(Quoted(at)),
            "unitCode" => instance.UnitCode is { } unit && test.Passes(JsonSerializer.SerializeToUtf8Bytes(unit)),
            "datasetId" => instance.DatasetId is { } dataset && test.Passes(JsonSerializer.SerializeToUtf8Bytes(dataset)),
            _ => false,
        };
    }

    private bool AtKeys(AttributeInstance instance, ValueTest test)
    {
        using var document = JsonDocument.Parse(instance.Value);
        return Descend(document.RootElement, 0, instance.Kind == AttributeKind.LanguageProperty, test);
    }

    private bool Descend(JsonElement value, int level, bool language, ValueTest test)
    {
        if (level == keys.Length) return test.Passes(System.Text.Encoding.UTF8.GetBytes(value.GetRawText()));
        if (value.ValueKind == JsonValueKind.Array)
        {
            foreach (var item in value.EnumerateArray()) if (Descend(item, level, language, test)) return true;
            return false;
        }
        if (value.ValueKind != JsonValueKind.Object) return false;
        if (keys[level] == "*" && language)
        {
            foreach (var member in value.EnumerateObject()) if (Descend(member.Value, level + 1, language, test)) return true;
            return false;
        }
        return value.TryGetProperty(keys[level], out var next) && Descend(next, level + 1, language, test);
    }

    /// <summary>The first value at the path as UTF-8 JSON, for sorting; null where there is none.</summary>
    public byte[]? First(Entity entity)
    {
        var keep = new FirstValue();
        Any(entity, keep);
        return keep.Value;
    }

    private sealed class FirstValue : ValueTest
    {
        public byte[]? Value { get; private set; }

        public override bool Passes(ReadOnlySpan<byte> json)
        {
            Value = json.ToArray();
            return true;
        }
    }

    private static byte[] Quoted(DateTime time) => System.Text.Encoding.ASCII.GetBytes($"\"{Timestamp.Format(time)}\"");

    /// <inheritdoc/>
    public override string ToString() => text;
}

/// <summary>A test of one value.</summary>
public abstract class ValueTest
{
    /// <summary>True where UTF-8 JSON passes.</summary>
    public abstract bool Passes(ReadOnlySpan<byte> json);

    /// <summary>True where an instance's value passes.</summary>
    public virtual bool Passes(AttributeInstance instance) => Passes(instance.Value.Span);
}
