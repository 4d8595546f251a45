using System.Text.Json;
using Dalgu.Hub.Contexts;
using Dalgu.Hub.Entities;

namespace Dalgu.Hub.Registrations.Distribution;

/// <summary>Reads the entities that a source answers, with the times that it gives them.</summary>
internal static class SourceEntities
{
    /// <summary>The entities of a body: one, or an array of them.</summary>
    /// <exception cref="JsonException">Where the body is no JSON.</exception>
    /// <exception cref="Problem">Where it holds something that is no entity.</exception>
    public static async ValueTask<List<Entity>> ReadAsync(byte[] body, LdContext names, CityHub hub, CancellationToken cancel)
    {
        using var document = StrictJson.Parse(body, new JsonDocumentOptions { MaxDepth = hub.Options.MaxJsonDepth });
        var root = document.RootElement;
        var entities = new List<Entity>();
        if (root.ValueKind == JsonValueKind.Array)
            foreach (var item in root.EnumerateArray()) entities.Add(await ReadAsync(item, names, hub, cancel));
        else entities.Add(await ReadAsync(root, names, hub, cancel));
        return entities;
    }

    private static async ValueTask<Entity> ReadAsync(JsonElement item, LdContext names, CityHub hub, CancellationToken cancel)
    {
        if (item.ValueKind != JsonValueKind.Object) throw new Problem(ProblemKind.BadRequestData, "The answer holds something that is no entity.");
        var own = item.TryGetProperty("@context", out var context) ? await hub.Contexts.ResolveAsync(context, null, cancel) : names;
        var entity = new EntityJsonReader(own, hub.Options).Read(item).ToEntity();
        foreach (var attribute in entity.Attributes) Stamp(attribute, Member(item, attribute.Name, own));
        return entity with { CreatedAt = Time(item, "createdAt") ?? DateTime.UnixEpoch, ModifiedAt = Time(item, "modifiedAt") ?? DateTime.UnixEpoch };
    }

    private static JsonElement Member(JsonElement of, string iri, LdContext names)
    {
        if (of.ValueKind != JsonValueKind.Object) return default;
        if (of.TryGetProperty(names.Compact(iri), out var found)) return found;
        foreach (var member in of.EnumerateObject()) if (names.ExpandAttribute(member.Name) == iri) return member.Value;
        return default;
    }

    private static void Stamp(EntityAttribute attribute, JsonElement json)
    {
        for (var i = 0; i < attribute.Instances.Count; i++)
        {
            var instance = attribute.Instances[i];
            var said = json.ValueKind == JsonValueKind.Array && attribute.Instances.Count == json.GetArrayLength() ? json[i] : json;
            instance.CreatedAt = Time(said, "createdAt") ?? DateTime.UnixEpoch;
            instance.ModifiedAt = Time(said, "modifiedAt") ?? DateTime.UnixEpoch;
            foreach (var sub in instance.SubAttributes ?? []) Stamp(sub, default);
        }
    }

    private static DateTime? Time(JsonElement of, string name) =>
        of.ValueKind == JsonValueKind.Object && of.TryGetProperty(name, out var text) && text.ValueKind == JsonValueKind.String && Timestamp.TryParse(text.GetString(), out var time) ? time : null;
}
