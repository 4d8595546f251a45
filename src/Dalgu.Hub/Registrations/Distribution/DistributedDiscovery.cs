using System.Text.Json;
using Dalgu.Hub.Entities;
using Dalgu.Hub.Http;
using Dalgu.Hub.Query;

namespace Dalgu.Hub.Registrations.Distribution;

/// <summary>Which types and attributes there are, here and at the sources (clauses 5.7.5.4 to 5.7.10.4). Counts are added up: an entity that several places
/// hold counts in each.</summary>
internal static class DistributedDiscovery
{
    /// <summary>The types with their attributes, as far as they may be seen, in ordinal order.</summary>
    /// <param name="call">The call, whose route the sources are asked for too.</param>
    /// <param name="operation">What a source has to offer.</param>
    /// <param name="type">The type asked about (IRI); null for all.</param>
    /// <param name="attribute">The attribute asked about (IRI); null for all.</param>
    public static async ValueTask<IReadOnlyList<TypeCensus>> CensusAsync(NgsiLdCall call, SourceOperations operation, string? type = null, string? attribute = null)
    {
        var own = await call.Tenant.CensusAsync(call.Rights, call.Cancel);
        if (await Distribution.OfAsync(call) is not { } distribution) return own;
        var question = new RegistrationQuestion { Selectors = type is null ? [] : [new EntitySelector(TypeSelection.Of(type), null, null)], Attributes = attribute is null ? null : [attribute] };
        var asked = distribution.Matching(question).Where(r => r.Supports(operation)).Select(r => AskAsync(distribution, r, type, attribute)).ToArray();
        if (asked.Length == 0)
        {
            distribution.ShowWarnings();
            return own;
        }
        var merged = new SortedDictionary<string, TypeCensus>(StringComparer.Ordinal);
        foreach (var census in (await Task.WhenAll(asked)).Prepend([.. own]))
            foreach (var entry in census)
                if (entry.Type.Length == 0 || call.Rights.MayRead(entry.Type)) merged[entry.Type] = merged.TryGetValue(entry.Type, out var known) ? Merge(known, entry) : entry;
        distribution.ShowWarnings();
        return [.. merged.Values];
    }

    private static TypeCensus Merge(TypeCensus a, TypeCensus b) => new(a.Type, a.Entities + b.Entities,
        [.. a.Attributes.Concat(b.Attributes).GroupBy(x => (x.Attribute, x.Kind)).Select(g => (g.Key.Attribute, g.Key.Kind, g.Sum(x => x.Entities)))]);

    private static async Task<List<TypeCensus>> AskAsync(Distribution distribution, Registration registration, string? type, string? attribute)
    {
        var call = distribution.Call;
        var target = await distribution.TargetAsync(registration);
        var path = call.Operation.Route;
        if (type is not null) path = path.Replace("{type}", DistributedReads.Escape(target.Names.Compact(type)), StringComparison.Ordinal);
        if (attribute is not null) path = path.Replace("{attrId}", DistributedReads.Escape(target.Names.Compact(attribute)), StringComparison.Ordinal);
        var answer = await distribution.SendAsync(target, HttpMethod.Get, path, call.Flag("details") ? [("details", "true")] : []);
        var found = new List<TypeCensus>();
        if (answer.IsSuccess)
            try
            {
                using var document = StrictJson.Parse(answer.Body);
                if (document.RootElement.ValueKind == JsonValueKind.Array) foreach (var item in document.RootElement.EnumerateArray()) Read(item, target, found);
                else Read(document.RootElement, target, found);
            }
            catch (Exception fault) when (fault is JsonException or Problem or InvalidOperationException)
            {
                answer = answer with { Fault = SourceFault.Invalid };
            }
        distribution.Warn(answer);
        return found;
    }

    /// <summary>Reads an EntityTypeList, EntityType, EntityTypeInfo, AttributeList or Attribute (clauses 5.2.24 to 5.2.28).</summary>
    private static void Read(JsonElement json, SourceTarget target, List<TypeCensus> found)
    {
        switch (Text(json, "type"))
        {
            case "EntityTypeList":
                foreach (var name in Names(json, "typeList", target)) found.Add(new(name, 0, []));
                return;
            case "EntityType":
                found.Add(new(target.Names.ExpandType(Text(json, "typeName")!), 0, [.. Names(json, "attributeNames", target).Select(a => (a, AttributeKind.Property, 0L))]));
                return;
            case "EntityTypeInfo":
                var details = json.TryGetProperty("attributeDetails", out var list) && list.ValueKind == JsonValueKind.Array ? list.EnumerateArray().SelectMany(a => Attribute(a, target)) : [];
                found.Add(new(target.Names.ExpandType(Text(json, "typeName")!), Number(json, "entityCount"), [.. details]));
                return;
            case "AttributeList":
                found.Add(new("", 0, [.. Names(json, "attributeList", target).Select(a => (a, AttributeKind.Property, 0L))]));
                return;
            case "Attribute":
                var (attributes, isFirst) = (Attribute(json, target).ToArray(), true);
                foreach (var type in Names(json, "typeNames", target))
                {
                    found.Add(new(type, 0, isFirst ? attributes : [.. attributes.Select(a => (a.Name, a.Kind, 0L))]));
                    isFirst = false;
                }
                return;
            default: throw new JsonException("The answer tells of no types and no attributes.");
        }
    }

    private static IEnumerable<(string Name, AttributeKind Kind, long Count)> Attribute(JsonElement json, SourceTarget target)
    {
        if (Text(json, "attributeName") is not { } name) yield break;
        var (iri, count) = (target.Names.ExpandAttribute(name), Number(json, "attributeCount"));
        var kinds = json.TryGetProperty("attributeTypes", out var list) && list.ValueKind == JsonValueKind.Array
            ? list.EnumerateArray().Select(k => Enum.TryParse<AttributeKind>(k.GetString(), out var kind) ? kind : AttributeKind.Property).Distinct().ToArray() : [AttributeKind.Property];
        for (var i = 0; i < kinds.Length; i++) yield return (iri, kinds[i], i == 0 ? count : 0);
    }

    private static IEnumerable<string> Names(JsonElement json, string member, SourceTarget target) =>
        json.TryGetProperty(member, out var list) && list.ValueKind == JsonValueKind.Array ? list.EnumerateArray().Where(n => n.ValueKind == JsonValueKind.String).Select(n => target.Names.Expand(n.GetString()!)) : [];

    private static string? Text(JsonElement json, string member) => json.ValueKind == JsonValueKind.Object && json.TryGetProperty(member, out var text) && text.ValueKind == JsonValueKind.String ? text.GetString() : null;

    private static long Number(JsonElement json, string member) => json.TryGetProperty(member, out var number) && number.ValueKind == JsonValueKind.Number && number.TryGetInt64(out var value) ? value : 0;
}
