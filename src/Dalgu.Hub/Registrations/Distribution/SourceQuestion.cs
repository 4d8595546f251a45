using System.Buffers;
using System.Text.Json;
using Dalgu.Hub.Entities;
using Dalgu.Hub.Query;

namespace Dalgu.Hub.Registrations.Distribution;

/// <summary>What one source is asked: the question narrowed to what its registration says that it has (clause 4.3.6.1).</summary>
internal sealed record SourceQuestion(IReadOnlyList<EntitySelector> Selectors, IReadOnlyCollection<string>? Attributes)
{
    public static SourceQuestion Of(Registration registration, RegistrationQuestion question)
    {
        HashSet<string>? attributes = new(StringComparer.Ordinal);
        var selectors = new List<EntitySelector>();
        var isAny = false;
        foreach (var information in registration.Information)
        {
            if (!RegistrationMatch.Matches(information, question)) continue;
            if (information.Attributes is null) attributes = null;
            else attributes?.UnionWith(information.Attributes);
            isAny |= information.Entities.Count == 0;
            Narrow(information, question.Selectors, selectors);
        }
        if (isAny) selectors = [.. question.Selectors];
        IReadOnlyCollection<string>? wanted = question.Attributes is null ? attributes : attributes is null ? question.Attributes : [.. question.Attributes.Where(attributes.Contains)];
        return new(selectors, wanted);
    }

    private static void Narrow(RegistrationInformation information, IReadOnlyList<EntitySelector> asked, List<EntitySelector> selectors)
    {
        if (asked.Count == 0) asked = [new EntitySelector(null, null, null)];
        foreach (var selector in asked)
            foreach (var entity in information.Entities)
                if (RegistrationMatch.Matches(entity, selector)) Add(selectors, Narrow(entity, selector));
    }

    private static EntitySelector Narrow(EntityInfo entity, EntitySelector selector)
    {
        var types = entity.Types.Count == 0 ? selector.Types : selector.Types is null ? TypeSelection.AnyOf(entity.Types)
            : selector.Types.IsAnyOf ? TypeSelection.AnyOf([.. selector.Types.Mentioned.Where(entity.Types.Contains)]) : selector.Types;
        if (selector.Ids is { } ids) return new(types, [.. ids.Where(entity.CoversId)], null);
        return entity.Id is { } id ? new(types, [id], null) : new(types, null, selector.IdPattern ?? entity.IdPattern);
    }

    /// <summary>Adds a selector, or its ids to one of the same types.</summary>
    private static void Add(List<EntitySelector> selectors, EntitySelector next)
    {
        for (var i = 0; i < selectors.Count; i++)
        {
            var known = selectors[i];
            if (known.Types?.ToText(static n => n) != next.Types?.ToText(static n => n)) continue;
            if (known.Ids is { } a && next.Ids is { } b)
            {
                selectors[i] = known with { Ids = [.. a.Union(b, StringComparer.Ordinal)] };
                return;
            }
            if (known.Ids is null && next.Ids is null && known.IdPattern?.ToString() == next.IdPattern?.ToString()) return;
        }
        selectors.Add(next);
    }

    /// <summary>The same as questions of one selector each, which parameters can hold.</summary>
    public IEnumerable<SourceQuestion> Singles() => Selectors.Count < 2 ? [this] : Selectors.Select(s => this with { Selectors = [s] });

    /// <summary>The selector as parameters.</summary>
    public IEnumerable<(string, string)> SelectorParameters(SourceTarget target)
    {
        foreach (var parameter in TypeParameters(target)) yield return parameter;
        if (Selectors.Count == 0) yield break;
        if (Selectors[0].Ids is { } ids) yield return ("id", string.Join(',', ids));
        if (Selectors[0].IdPattern is { } pattern) yield return ("idPattern", pattern.ToString());
    }

    public IEnumerable<(string, string)> TypeParameters(SourceTarget target)
    {
        if (Selectors.Count > 0 && Selectors[0].Types is { } types) yield return ("type", types.ToText(target.Names.Compact));
    }

    public IEnumerable<(string, string)> AttributeParameters(SourceTarget target)
    {
        if (Attributes is { Count: > 0 }) yield return ("attrs", string.Join(',', Attributes.Select(target.Names.Compact)));
    }

    /// <summary>The question as a query body.</summary>
    public ReadOnlyMemory<byte> Body(SourceTarget target, SourceFilters filters)
    {
        var bytes = new ArrayBufferWriter<byte>();
        using var json = new Utf8JsonWriter(bytes, PlainJson.Writer);
        json.WriteStartObject();
        json.WriteString("type"u8, "Query"u8);
        if (Selectors.Count > 0)
        {
            json.WriteStartArray("entities"u8);
            foreach (var selector in Selectors) WriteSelector(json, selector, target);
            json.WriteEndArray();
        }
        if (Attributes is { Count: > 0 })
        {
            json.WriteStartArray("attrs"u8);
            foreach (var attribute in Attributes) json.WriteStringValue(target.Names.Compact(attribute));
            json.WriteEndArray();
        }
        filters.Write(json);
        if (target.SendsInline) EntityJsonWriter.WriteContext(json, target.Names);
        json.WriteEndObject();
        json.Flush();
        return bytes.WrittenMemory;
    }

    private static void WriteSelector(Utf8JsonWriter json, EntitySelector selector, SourceTarget target)
    {
        // A selector of a body has one id: an array is of later versions.
        foreach (var id in selector.Ids ?? [""])
        {
            json.WriteStartObject();
            if (selector.Types is { } types) json.WriteString("type"u8, types.ToText(target.Names.Compact));
            if (id.Length > 0) json.WriteString("id"u8, id);
            if (selector.IdPattern is { } pattern) json.WriteString("idPattern"u8, pattern.ToString());
            json.WriteEndObject();
        }
    }
}
