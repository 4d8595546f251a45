using System.Text.Json;
using Dalgu.Console;
using Dalgu.Hub;
using Dalgu.Hub.Access;
using Dalgu.Hub.Contexts;
using Dalgu.Hub.Entities;
using Dalgu.Hub.Query;

namespace Dalgu.Plan.Entities;

/// <summary>Reads a programme back from its entities, the versions of its targets from their history. What pages and totals show is what the hub holds.</summary>
public static class ProgrammeReader
{
    /// <summary>The programme of a plan; null where the plan does not exist or may not be seen.</summary>
    public static async Task<Programme?> ReadAsync(Tenant tenant, Rights rights, string plan, CancellationToken cancel)
    {
        if (await tenant.RetrieveAsync(PlanIds.Of(plan), rights, cancel) is not { } root) return null;
        async Task<List<Entity>> All(string type)
        {
            var list = new List<Entity>();
            await foreach (var entity in tenant.EnumerateAsync(EntityQuery.OfType(CoreContext.Instance.ExpandType(type)), rights, cancel))
                if (entity.Text("refPlan") == root.Id) list.Add(entity);
            return [.. list.OrderBy(e => e.Number("order") ?? double.MaxValue).ThenBy(e => e.Id, StringComparer.Ordinal)];
        }

        var sources = (await All(PlanIds.Source)).ConvertAll(Source);
        var keys = sources.ToDictionary(s => s.Title.Korean, s => s.Key, StringComparer.Ordinal);
        string Key(Entity entity, string attribute) => entity.Instance(attribute)?.SubText("source") is { } title && keys.TryGetValue(title, out var key) ? key : "";
        string Parent(Entity entity) => PlanIds.Key(entity.Text("refStrategy") ?? ":");

        var strategies = (await All(PlanIds.Strategy)).ConvertAll(e => new Strategy(PlanIds.Key(e.Id), Order(e), Name(e), (int?)e.Number("projects"), Money(e), (long?)e.Number("jobs"), Key(e, "name")));
        var rank = strategies.ToDictionary(s => s.Key, s => s.Order, StringComparer.Ordinal);
        var fields = (await All(PlanIds.Field)).ConvertAll(e => new Field(PlanIds.Key(e.Id), Parent(e), Order(e), Name(e), Key(e, "name")));
        var indicators = new List<Indicator>();
        foreach (var entity in await All(PlanIds.Indicator)) indicators.Add(await ReadIndicatorAsync(tenant, rights, entity, keys, cancel));
        return new()
        {
            Head = new(plan, Name(root), Text(root, "vision"), (int)(root.Number("untilYear") ?? 0), Key(root, "name")),
            Strategies = strategies,
            Fields = [.. fields.OrderBy(f => rank.GetValueOrDefault(f.Strategy, int.MaxValue)).ThenBy(f => f.Order)],
            Items = (await All(PlanIds.Item)).ConvertAll(e => new Item(PlanIds.Key(e.Id), Parent(e), Order(e), Name(e), Money(e), Key(e, "name"))),
            Flagships = (await All(PlanIds.Flagship)).ConvertAll(e => new Flagship(PlanIds.Key(e.Id), Order(e), Name(e), Systems(e), e.Text("refField") is { } field ? PlanIds.Key(field) : null, Key(e, "name"))),
            Indicators = indicators,
            Sources = sources,
        };
    }

    private static async Task<Indicator> ReadIndicatorAsync(Tenant tenant, Rights rights, Entity entity, Dictionary<string, string> keys, CancellationToken cancel)
    {
        // By the day from which it held: a later correction of the same day takes the place of what it corrects.
        var versions = new SortedDictionary<DateTime, TargetVersion>();
        await foreach (var observation in tenant.HistoryAsync(entity.Id, CoreContext.Instance.ExpandAttribute("target"), null, null, false, rights, cancel))
            if (Version(observation.Instance, keys) is { } version) versions[observation.Time] = version;
        var rollUp = Enum.TryParse<RollUp>(entity.Text("rollUp"), true, out var known) ? known : RollUp.Last;
        return new(PlanIds.Key(entity.Id), Order(entity), Name(entity), Text(entity, "unit"), entity.Instance("target")?.UnitCode ?? "C62", rollUp,
            entity.Instance("baseline") is null ? null : Text(entity, "baseline"), [.. versions.Values], entity.Instance("targetHeadline") is { } headline ? Version(headline, keys) : null);
    }

    private static TargetVersion? Version(AttributeInstance instance, Dictionary<string, string> keys) =>
        instance.Number() is { } value ? new(value, keys.GetValueOrDefault(instance.SubText("source") ?? "", ""),
            instance.SubText("note") is { } note ? new BilingualText(note, instance.SubText("noteEn") ?? note) : null) : null;

    private static PublishedSource Source(Entity e) => new(PlanIds.Key(e.Id), Text(e, "title"), Text(e, "publisher"),
        DateOnly.TryParse(e.Text("datePublished"), System.Globalization.CultureInfo.InvariantCulture, out var day) ? day : default, e.Text("url"),
        e.Instance("note") is null ? null : Text(e, "note"));

    private static IReadOnlyList<BilingualText> Systems(Entity entity)
    {
        if (entity.Instance("systems") is not { } instance) return [];
        var list = JsonSerializer.Deserialize<List<Dictionary<string, string>>>(instance.Value.Span) ?? [];
        return list.ConvertAll(s => new BilingualText(s.GetValueOrDefault("ko", ""), s.GetValueOrDefault("en", "")));
    }

    private static int Order(Entity entity) => (int)(entity.Number("order") ?? 0);
    private static Won? Money(Entity entity) => entity.Number("budget") is { } amount ? new Won(checked((long)amount)) : null;
    private static BilingualText Name(Entity entity) => Text(entity, "name");
    private static BilingualText Text(Entity entity, string name) => new(entity.Language(name, "ko") ?? "", entity.Language(name, "en") ?? "");
}
