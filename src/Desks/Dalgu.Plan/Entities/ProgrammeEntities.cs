using System.Text.Encodings.Web;
using System.Text.Json;
using Dalgu.Console;
using Dalgu.Hub.Entities;

namespace Dalgu.Plan.Entities;

/// <summary>An entity of the plan, and the earlier values of its target that belong into its history.</summary>
/// <param name="Entity">The entity as it is.</param>
/// <param name="History">Earlier instances of its attributes, each with its observedAt.</param>
public sealed record PlanEntity(Entity Entity, IReadOnlyList<EntityAttribute> History);

/// <summary>A programme as entities. A figure carries its <c>source</c>; what was not published is absent, never zero.
/// A target holds from the day of its publication (midnight in Korea), so its versions are the temporal evolution of <c>target</c>.</summary>
public static class ProgrammeEntities
{
    private static readonly TimeSpan Korea = TimeSpan.FromHours(9);
    private static readonly JsonSerializerOptions Json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The instant from which what was published on a day holds.</summary>
    public static DateTime Since(DateOnly published) => DateTime.SpecifyKind(published.ToDateTime(TimeOnly.MinValue) - Korea, DateTimeKind.Utc);

    /// <summary>All entities of a programme.</summary>
    public static IReadOnlyList<PlanEntity> Of(Programme programme)
    {
        var plan = programme.Head.Key;
        string Title(string source) => programme.Source(source).Title.Korean;
        EntityBuilder Part(string type, string key, BilingualText name, int order, string source) =>
            new EntityBuilder(PlanIds.Of(type, plan, key), type).Language("name", name.Korean, name.English).With("source", Title(source))
                .Number("order", order).Relationship("refPlan", PlanIds.Of(plan));

        var all = new List<PlanEntity>();
        void Add(EntityBuilder entity, IReadOnlyList<EntityAttribute>? history = null) => all.Add(new(entity.Build(), history ?? []));

        Add(new EntityBuilder(PlanIds.Of(plan), PlanIds.Plan).Language("name", programme.Head.Name.Korean, programme.Head.Name.English).With("source", Title(programme.Head.Source))
            .Language("vision", programme.Head.Vision.Korean, programme.Head.Vision.English).With("source", Title(programme.Head.Source))
            .Number("untilYear", programme.Head.Until).With("source", Title(programme.Head.Source)));

        foreach (var s in programme.Strategies)
        {
            var entity = Part(PlanIds.Strategy, s.Key, s.Name, s.Order, s.Source);
            if (s.Projects is { } projects) entity.Number("projects", projects).With("source", Title(s.Source));
            if (s.Budget is { } budget) entity.Number("budget", budget.Amount, "KRW").With("source", Title(s.Source));
            if (s.Jobs is { } jobs) entity.Number("jobs", jobs).With("source", Title(s.Source));
            Add(entity);
        }
        foreach (var f in programme.Fields)
            Add(Part(PlanIds.Field, f.Key, f.Name, f.Order, f.Source).Relationship("refStrategy", PlanIds.Of(PlanIds.Strategy, plan, f.Strategy)));
        foreach (var i in programme.Items)
        {
            var entity = Part(PlanIds.Item, i.Key, i.Name, i.Order, i.Source).Relationship("refStrategy", PlanIds.Of(PlanIds.Strategy, plan, i.Strategy));
            if (i.Budget is { } budget) entity.Number("budget", budget.Amount, "KRW").With("source", Title(i.Source));
            Add(entity);
        }
        foreach (var f in programme.Flagships)
        {
            var entity = Part(PlanIds.Flagship, f.Key, f.Name, f.Number, f.Source)
                .Json("systems", JsonSerializer.SerializeToUtf8Bytes(f.Systems.Select(s => new Dictionary<string, string> { ["ko"] = s.Korean, ["en"] = s.English }), Json)).With("source", Title(f.Source));
            if (f.Field is { } field) entity.Relationship("refField", PlanIds.Of(PlanIds.Field, plan, field));
            Add(entity);
        }
        foreach (var i in programme.Indicators) all.Add(Of(programme, i, Part(PlanIds.Indicator, i.Key, i.Name, i.Order, i.Targets.Count > 0 ? i.Targets[^1].Source : programme.Head.Source)));
        for (var n = 0; n < programme.Sources.Count; n++)
        {
            var s = programme.Sources[n];
            var entity = new EntityBuilder(PlanIds.Of(PlanIds.Source, plan, s.Key), PlanIds.Source).Language("title", s.Title.Korean, s.Title.English)
                .Language("publisher", s.Publisher.Korean, s.Publisher.English).Text("datePublished", s.Published.ToString("yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture))
                .Number("order", n + 1).Relationship("refPlan", PlanIds.Of(plan));
            if (s.Address is { } address) entity.Text("url", address);
            if (s.Note is { } note) entity.Language("note", note.Korean, note.English);
            Add(entity);
        }
        return all;
    }

    private static PlanEntity Of(Programme programme, Indicator indicator, EntityBuilder entity)
    {
        entity.Language("unit", indicator.Unit.Korean, indicator.Unit.English).Text("rollUp", indicator.RollUp.ToString().ToLowerInvariant());
        if (indicator.Baseline is { } baseline) entity.Language("baseline", baseline.Korean, baseline.English);
        if (indicator.Headline is { } headline) Target(entity, "targetHeadline", headline);
        if (indicator.Targets.Count > 0) Target(entity, "target", indicator.Targets[^1]);
        var earlier = indicator.Targets.SkipLast(1).Select(t => Target(new EntityBuilder("urn:x:0", "X"), "target", t).Build().Attributes[0]).ToList();
        return new(entity.Build(), earlier);

        EntityBuilder Target(EntityBuilder to, string name, TargetVersion version)
        {
            var source = programme.Source(version.Source);
            to.Number(name, version.Value, indicator.UnitCode, Since(source.Published)).With("source", source.Title.Korean);
            return version.Note is { } note ? to.With("note", note.Korean).With("noteEn", note.English) : to;
        }
    }
}
