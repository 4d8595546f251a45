using System.Text.Json;
using Dalgu.Hub.Contexts;
using Dalgu.Hub.Entities;
using Dalgu.Hub.Http;
using Dalgu.Hub.Query;
using Microsoft.AspNetCore.Http;

namespace Dalgu.Hub.Temporal;

/// <summary>The temporal evolution of entities (clauses 5.7.3 and 5.7.4).</summary>
internal static class TemporalEndpoints
{
    private static readonly string[] Forms = [MediaTypes.Json, MediaTypes.JsonLd];

    /// <summary>GET /temporal/entities/{id}</summary>
    public static async Task Retrieve(NgsiLdCall call)
    {
        var media = MediaTypes.Choose(call.Http.Request.Headers.Accept, Forms);
        var id = call.EntityId;
        var form = new TemporalForm(call);
        var (last, _) = await call.Tenant.LastStateAsync(id, call.Rights, call.Cancel) ?? throw new Problem(ProblemKind.ResourceNotFound, $"The entity \"{id}\" does not exist and never did.");
        var evolution = await EvolutionAsync(call, last, form);
        form.AnnounceCut(evolution);
        await call.AnswerAsync(evolution.IsCut ? StatusCodes.Status206PartialContent : StatusCodes.Status200OK, media,
            json => TemporalWriter.Write(json, evolution, call.Context, form, media == MediaTypes.JsonLd));
    }

    /// <summary>GET /temporal/entities</summary>
    public static async Task Query(NgsiLdCall call)
    {
        var media = MediaTypes.Choose(call.Http.Request.Headers.Accept, Forms);
        var query = new QueryParser(call.Context, call.Hub.Options).Parse(call.Parameter);
        if (query is { Types: null, Attributes: null, Q: null, Geo: null } && call.Parameter("type") != "*" && !call.Flag("local"))
            throw new Problem(ProblemKind.BadRequestData, "The query is too wide: id, idPattern and scopeQ narrow it, but it needs at least one of type, attrs, q, georel beside them (type=* for any), or local=true (clause 5.7.4).");
        var form = new TemporalForm(call);
        var (limit, offset) = (query.Limit, query.Offset);
        // Attributes choose what is written; an entity counts where its history in the span has any of them.
        var page = new List<Evolution>();
        var seen = 0;
        var more = false;
        await foreach (var last in InOrderAsync(call, query))
        {
            if (page.Count == limit && !call.Flag("count")) { more = await HasAnyAsync(call, last, form); if (more) break; continue; }
            var evolution = await EvolutionAsync(call, last, form);
            if (evolution.Attributes.Count == 0 && (form.Time.IsStated || form.Only is not null)) continue;
            if (seen++ < offset) continue;
            if (page.Count < limit) page.Add(evolution);
            else more = true;
        }
        if (call.Flag("count")) call.Http.Response.Headers["NGSILD-Results-Count"] = seen.ToString(System.Globalization.CultureInfo.InvariantCulture);
        Paging.AddLinks(call, limit, offset, more);
        var cut = page.Exists(e => e.IsCut);
        if (page.Find(e => e.IsCut) is { } first) form.AnnounceCut(first);
        await call.AnswerAsync(cut ? StatusCodes.Status206PartialContent : StatusCodes.Status200OK, media, json =>
        {
            json.WriteStartArray();
            foreach (var evolution in page) TemporalWriter.Write(json, evolution, call.Context, form, media == MediaTypes.JsonLd);
            json.WriteEndArray();
        });
    }

    private static async IAsyncEnumerable<Entity> InOrderAsync(NgsiLdCall call, EntityQuery query)
    {
        var found = call.Tenant.EnumerateWithGoneAsync(query with { Attributes = null, Limit = int.MaxValue, Offset = 0 }, call.Rights, call.Cancel);
        if (query.OrderBy.Count == 0)
        {
            await foreach (var (last, _) in found) yield return last;
            yield break;
        }
        var all = new List<Entity>();
        await foreach (var (last, _) in found) all.Add(last);
        foreach (var last in Evaluator.Sort(all, query.OrderBy)) yield return last;
    }

    private static async ValueTask<bool> HasAnyAsync(NgsiLdCall call, Entity entity, TemporalForm form) =>
        (await EvolutionAsync(call, entity, form)).Attributes.Count > 0;

    private static async ValueTask<Evolution> EvolutionAsync(NgsiLdCall call, Entity entity, TemporalForm form)
    {
        var time = form.Time;
        var evolution = new Evolution(entity);
        var byObserved = time.Property == TimeProperty.ObservedAt && time.IsStated;
        // The latest come first where only the last N are wanted, so that reading can end early.
        var descending = time.LastN is not null;
        var from = byObserved ? time.From : null;
        var to = byObserved ? time.To : null;
        var instances = 0;
        await foreach (var observation in call.Tenant.HistoryAsync(entity.Id, form.Only is { Count: 1 } ? form.Only.First() : null, from, to, descending, call.Rights, call.Cancel))
        {
            if (form.Only is { } only && !only.Contains(observation.Attribute) || form.Omit is { } omit && omit.Contains(observation.Attribute)) continue;
            if (observation.Instance.Deleted && time.Property != TimeProperty.DeletedAt) continue;
            if (form.Datasets is { } datasets && !datasets.Contains(observation.Instance.DatasetId ?? "@none")) continue;
            if (time.TimeOf(observation) is not { } at || !time.Covers(at)) continue;
            if (!evolution.Attributes.TryGetValue(observation.Attribute, out var list)) evolution.Attributes[observation.Attribute] = list = [];
            if (list.Count == time.LastN)
            {
                if (form.Only is { } wanted && evolution.Attributes.Count == wanted.Count && evolution.Attributes.Values.All(v => v.Count == time.LastN)) break;
                continue;
            }
            if (time.Methods.Count == 0 && ++instances > call.Hub.Options.MaxTemporalInstances)
            {
                evolution.IsCut = true;
                break;
            }
            list.Add(observation);
        }
        return evolution;
    }
}

/// <summary>An entity with its observations in a span of time, by attribute in the order in which they came.</summary>
internal sealed class Evolution(Entity entity)
{
    public Entity Entity => entity;
    public Dictionary<string, List<Observation>> Attributes { get; } = new(StringComparer.Ordinal);
    /// <summary>True where there was more than one answer may hold.</summary>
    public bool IsCut { get; set; }
}

/// <summary>How a temporal answer is made.</summary>
internal sealed class TemporalForm
{
    private readonly NgsiLdCall call;

    public TemporalForm(NgsiLdCall call)
    {
        this.call = call;
        var options = call.Options();
        Aggregated = options.Contains("aggregatedValues");
        Values = options.Contains("temporalValues");
        if (Aggregated && Values) throw new Problem(ProblemKind.BadRequestData, "The options temporalValues and aggregatedValues are two forms; use one.");
        SystemAttributes = options.Contains("sysAttrs");
        Language = call.Parameter("lang");
        Time = TemporalQuery.Parse(call.Parameter, Aggregated, call.Hub.Options);
        var parser = new QueryParser(call.Context, call.Hub.Options);
        var pick = parser.Members(call.Parameter("pick") ?? call.Parameter("attrs"));
        Only = pick?.Where(p => p is not ("id" or "type" or "scope")).ToHashSet(StringComparer.Ordinal);
        Omit = parser.Members(call.Parameter("omit"));
        Datasets = QueryParser.Datasets(call.Parameter("datasetId"));
    }

    public TemporalQuery Time { get; }
    public bool Values { get; }
    public bool Aggregated { get; }
    public bool SystemAttributes { get; }
    public string? Language { get; }
    public IReadOnlySet<string>? Only { get; }
    public IReadOnlySet<string>? Omit { get; }
    public IReadOnlyList<string>? Datasets { get; }

    /// <summary>Says in Content-Range which span a cut answer covers (clause 6.3.10).</summary>
    public void AnnounceCut(Evolution evolution)
    {
        if (!evolution.IsCut) return;
        var times = evolution.Attributes.Values.SelectMany(v => v).Select(o => Time.TimeOf(o)!.Value).ToList();
        call.Http.Response.Headers.ContentRange = $"date-time {times.Min():yyyy-MM-dd'T'HH:mm:ss}-{times.Max():yyyy-MM-dd'T'HH:mm:ss}/*";
    }
}

/// <summary>Writes temporal evolutions: every instance, values with their times, or aggregates (clauses 4.5.7 to 4.5.9, 4.5.19).</summary>
internal static class TemporalWriter
{
    public static void Write(Utf8JsonWriter json, Evolution evolution, LdContext context, TemporalForm form, bool withContext)
    {
        var entity = evolution.Entity;
        json.WriteStartObject();
        json.WriteString("id"u8, entity.Id);
        EntityJsonWriter.WriteTypes(json, entity, context);
        EntityJsonWriter.WriteScopes(json, entity);
        if (form.SystemAttributes)
        {
            EntityJsonWriter.WriteTime(json, "createdAt"u8, entity.CreatedAt);
            EntityJsonWriter.WriteTime(json, "modifiedAt"u8, entity.ModifiedAt);
        }
        foreach (var (attribute, observations) in evolution.Attributes)
        {
            json.WritePropertyName(context.Compact(attribute));
            if (form.Aggregated) WriteAggregates(json, observations, form.Time);
            else if (form.Values) WriteValues(json, observations, context, form);
            else WriteInstances(json, observations, context, form);
        }
        if (withContext) EntityJsonWriter.WriteContext(json, context);
        json.WriteEndObject();
    }

    private static void WriteInstances(Utf8JsonWriter json, List<Observation> observations, LdContext context, TemporalForm form)
    {
        var about = new Representation { SystemAttributes = form.SystemAttributes || form.Time.Property != TimeProperty.ObservedAt, Language = form.Language };
        json.WriteStartArray();
        foreach (var observation in observations)
        {
            var instance = observation.Instance;
            json.WriteStartObject();
            json.WriteString("type"u8, EntityJsonWriter.TypeName(instance.Kind));
            json.WritePropertyName(EntityJsonWriter.ValueName(instance.Kind));
            if (instance.Deleted) json.WriteStringValue(EntityJsonReader.Null);
            else EntityJsonWriter.WriteValue(json, instance, context, Representation.Default);
            if (instance.Deleted) EntityJsonWriter.WriteTime(json, "deletedAt"u8, observation.Recorded);
            EntityJsonWriter.WriteAbout(json, instance, context, about);
            json.WriteString("instanceId"u8, InstanceId(observation));
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    /// <summary>A name for an instance that follows from where it is stored.</summary>
    private static string InstanceId(in Observation observation) => $"urn:ngsi-ld:Instance:{observation.Time.Ticks:x}-{observation.Seq:x}";

    private static void WriteValues(Utf8JsonWriter json, List<Observation> observations, LdContext context, TemporalForm form)
    {
        var kind = observations[0].Instance.Kind;
        json.WriteStartObject();
        json.WriteString("type"u8, EntityJsonWriter.TypeName(kind));
        json.WriteStartArray(kind switch
        {
            AttributeKind.Relationship => "objects"u8, AttributeKind.LanguageProperty => "languageMaps"u8, AttributeKind.VocabProperty => "vocabs"u8,
            AttributeKind.ListProperty => "valueLists"u8, AttributeKind.ListRelationship => "objectLists"u8, AttributeKind.JsonProperty => "jsons"u8, _ => "values"u8,
        });
        Span<byte> text = stackalloc byte[Timestamp.MaxBytes + 8];
        foreach (var observation in observations)
        {
            json.WriteStartArray();
            if (observation.Instance.Deleted) json.WriteStringValue(EntityJsonReader.Null);
            else EntityJsonWriter.WriteValue(json, observation.Instance, context, Representation.Default);
            json.WriteStringValue(text[..Timestamp.Format(form.Time.TimeOf(observation)!.Value, text)]);
            json.WriteEndArray();
        }
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteAggregates(Utf8JsonWriter json, List<Observation> observations, TemporalQuery time)
    {
        var times = observations.ConvertAll(o => time.TimeOf(o)!.Value);
        var aggregation = new Aggregation(time.Period, time.From ?? times.Min());
        var distinct = time.Methods.Contains("distinctCount");
        for (var i = 0; i < observations.Count; i++) aggregation.Add(times[i], observations[i].Instance, distinct);
        var (from, to) = (time.From ?? times.Min(), time.To ?? times.Max());
        json.WriteStartObject();
        json.WriteString("type"u8, EntityJsonWriter.TypeName(observations[0].Instance.Kind));
        foreach (var method in time.Methods)
        {
            json.WriteStartArray(method);
            foreach (var bucket in aggregation.Buckets)
            {
                json.WriteStartArray();
                WriteAggregate(json, bucket, method);
                json.WriteStringValue(Timestamp.Format(time.Period.IsZero ? from : bucket.Start));
                json.WriteStringValue(Timestamp.Format(time.Period.IsZero ? to : bucket.End));
                json.WriteEndArray();
            }
            json.WriteEndArray();
        }
        json.WriteEndObject();
    }

    private static void WriteAggregate(Utf8JsonWriter json, Aggregation.Bucket bucket, string method)
    {
        switch (method)
        {
            case "totalCount": json.WriteNumberValue(bucket.Count); return;
            case "distinctCount": json.WriteNumberValue(bucket.Distinct); return;
            case "min" when bucket.Numbers == 0 && bucket.MinText is not null: json.WriteStringValue(bucket.MinText); return;
            case "max" when bucket.Numbers == 0 && bucket.MaxText is not null: json.WriteStringValue(bucket.MaxText); return;
        }
        if (bucket.Numbers == 0)
        {
            json.WriteNullValue(); // nothing that this method can count
            return;
        }
        var value = method switch
        {
            "sum" => bucket.Sum, "avg" => bucket.Average, "min" => bucket.Min, "max" => bucket.Max, "sumsq" => bucket.SumOfSquares, _ => bucket.StandardDeviation,
        };
        if (double.IsFinite(value)) json.WriteNumberValue(value); else json.WriteNullValue(); // the sum of large numbers may be none
    }
}
