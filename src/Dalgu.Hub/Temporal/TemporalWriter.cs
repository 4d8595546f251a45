using System.Text.Json;
using Dalgu.Hub.Contexts;
using Dalgu.Hub.Entities;

namespace Dalgu.Hub.Temporal;

/// <summary>Writes temporal evolutions: every instance, values with their times, or aggregates (clauses 4.5.7 to 4.5.9, 4.5.19).</summary>
internal static class TemporalWriter
{
    public static void Write(Utf8JsonWriter json, Evolution evolution, LdContext context, TemporalForm form, bool withContext)
    {
        var entity = evolution.Entity;
        json.WriteStartObject();
        if (form.Writes("id")) json.WriteString("id"u8, entity.Id);
        if (form.Writes("type")) EntityJsonWriter.WriteTypes(json, entity, context);
        if (form.Writes("scope") && !evolution.Attributes.ContainsKey(HistoryDifference.Scope) && form.Time.Property == TimeProperty.ObservedAt) EntityJsonWriter.WriteScopes(json, entity);
        if (form.SystemAttributes)
        {
            EntityJsonWriter.WriteTime(json, "createdAt"u8, entity.CreatedAt);
            EntityJsonWriter.WriteTime(json, "modifiedAt"u8, entity.ModifiedAt);
            if (evolution.IsGone && entity.ExpiresAt is { } deleted) EntityJsonWriter.WriteTime(json, "deletedAt"u8, deleted);
        }
        foreach (var (attribute, observations) in evolution.Attributes)
        {
            json.WritePropertyName(context.Compact(attribute));
            if (form.Values) WriteValues(json, observations, context, form);
            else WriteInstances(json, observations, context, form);
        }
        foreach (var (attribute, aggregation) in evolution.Aggregates)
        {
            json.WritePropertyName(context.Compact(attribute));
            WriteAggregates(json, aggregation, form.Time);
        }
        if (withContext) EntityJsonWriter.WriteContext(json, context);
        json.WriteEndObject();
    }

    private static void WriteInstances(Utf8JsonWriter json, List<Observation> observations, LdContext context, TemporalForm form)
    {
        var about = new Representation { SystemAttributes = form.SystemAttributes, Language = form.Language };
        json.WriteStartArray();
        foreach (var observation in observations)
        {
            var instance = observation.Instance;
            json.WriteStartObject();
            var isScope = observation.Attribute == HistoryDifference.Scope;
            if (isScope) WriteScope(json, observation);
            else if (instance.Deleted) WriteDeleted(json, instance.Kind);
            else EntityJsonWriter.WriteContent(json, instance, context, about);
            if (instance.Deleted) EntityJsonWriter.WriteTime(json, "deletedAt"u8, observation.Recorded);
            // The time by which the query looks at instances is part of what it answers with (clause 4.5.6).
            if (!form.SystemAttributes && form.Time.Property == TimeProperty.CreatedAt) EntityJsonWriter.WriteTime(json, "createdAt"u8, instance.CreatedAt);
            if (!form.SystemAttributes && form.Time.Property == TimeProperty.ModifiedAt) EntityJsonWriter.WriteTime(json, "modifiedAt"u8, instance.ModifiedAt);
            EntityJsonWriter.WriteAbout(json, instance, context, about);
            json.WriteString("instanceId"u8, observation.InstanceId);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    /// <summary>Writes what the scopes were: they held since they were recorded.</summary>
    private static void WriteScope(Utf8JsonWriter json, in Observation observation)
    {
        json.WriteString("type"u8, "Property"u8);
        json.WritePropertyName("value"u8);
        json.WriteRawValue(observation.Instance.Value.Span, true);
        if (!observation.Instance.Deleted) EntityJsonWriter.WriteTime(json, "observedAt"u8, observation.Instance.ModifiedAt);
    }

    /// <summary>What stands for the value of an instance at the moment of its removal.</summary>
    private static void WriteDeleted(Utf8JsonWriter json, AttributeKind kind)
    {
        json.WriteString("type"u8, EntityJsonWriter.TypeName(kind));
        json.WritePropertyName(EntityJsonWriter.ValueName(kind));
        WriteNull(json, kind);
    }

    private static void WriteNull(Utf8JsonWriter json, AttributeKind kind, bool simplified = false)
    {
        if (kind != AttributeKind.LanguageProperty)
        {
            json.WriteStringValue(EntityJsonReader.Null);
            return;
        }
        json.WriteStartObject();
        if (simplified) json.WriteStartObject("languageMap"u8);
        json.WriteString("@none"u8, EntityJsonReader.Null);
        if (simplified) json.WriteEndObject();
        json.WriteEndObject();
    }

    /// <summary>The values with their times: one series, or, where there are datasets, one for each of them.</summary>
    private static void WriteValues(Utf8JsonWriter json, List<Observation> observations, LdContext context, TemporalForm form)
    {
        var only = observations.Count == 0 ? null : observations[0].Instance.DatasetId;
        if (!observations.Exists(o => o.Instance.DatasetId != only))
        {
            WriteSeries(json, observations, only, context, form);
            return;
        }
        json.WriteStartArray();
        foreach (var series in observations.GroupBy(o => o.Instance.DatasetId, StringComparer.Ordinal)) WriteSeries(json, [.. series], series.Key, context, form);
        json.WriteEndArray();
    }

    private static void WriteSeries(Utf8JsonWriter json, List<Observation> observations, string? dataset, LdContext context, TemporalForm form)
    {
        var kind = observations.Count == 0 ? AttributeKind.Property : observations[0].Instance.Kind;
        var simplified = new Representation { Format = EntityFormat.Simplified, Language = form.Language };
        json.WriteStartObject();
        json.WriteString("type"u8, kind == AttributeKind.LanguageProperty && form.Language is not null ? "Property"u8 : EntityJsonWriter.TypeName(kind));
        if (dataset is not null) json.WriteString("datasetId"u8, dataset);
        json.WriteStartArray(kind switch
        {
            AttributeKind.LanguageProperty when form.Language is not null => "values"u8,
            AttributeKind.Relationship => "objects"u8, AttributeKind.LanguageProperty => "languageMaps"u8, AttributeKind.VocabProperty => "vocabs"u8,
            AttributeKind.ListProperty => "valueLists"u8, AttributeKind.ListRelationship => "objectLists"u8, AttributeKind.JsonProperty => "jsons"u8, _ => "values"u8,
        });
        Span<byte> text = stackalloc byte[Timestamp.MaxBytes + 8];
        foreach (var observation in observations)
        {
            json.WriteStartArray();
            if (observation.Instance.Deleted && observation.Attribute != HistoryDifference.Scope) WriteNull(json, kind, simplified: true);
            else EntityJsonWriter.WriteValue(json, observation.Instance, context, simplified);
            json.WriteStringValue(text[..Timestamp.Format(form.Time.TimeOf(observation)!.Value, text)]);
            json.WriteEndArray();
        }
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteAggregates(Utf8JsonWriter json, Aggregation aggregation, TemporalQuery time)
    {
        var (from, to) = (time.From ?? aggregation.First, time.To ?? aggregation.Last);
        json.WriteStartObject();
        json.WriteString("type"u8, EntityJsonWriter.TypeName(aggregation.Kind));
        var row = new AggregateRow(stackalloc byte[AggregateRow.MaxBytes]);
        foreach (var method in time.Methods)
        {
            json.WriteStartArray(method);
            var valueOf = ValueOf(method);
            foreach (var bucket in aggregation.Buckets)
            {
                var (start, end) = time.Period.IsZero ? (from, to) : (bucket.Start, bucket.End);
                if (TextOf(method, bucket) is { } text) WriteText(json, text, start, end);
                else json.WriteRawValue(row.Write(valueOf(bucket), start, end), skipInputValidation: true);
            }
            json.WriteEndArray();
        }
        json.WriteEndObject();
    }

    /// <summary>The least or greatest text of a period without numbers, where the method asks for it.</summary>
    private static string? TextOf(string method, Aggregation.Bucket bucket) => bucket.Numbers > 0 ? null : method switch { "min" => bucket.MinText, "max" => bucket.MaxText, _ => null };

    private static void WriteText(Utf8JsonWriter json, string text, DateTime start, DateTime end)
    {
        json.WriteStartArray();
        json.WriteStringValue(text);
        json.WriteStringValue(Timestamp.Format(start));
        json.WriteStringValue(Timestamp.Format(end));
        json.WriteEndArray();
    }

    /// <summary>What a method tells of a period; no number where it can count nothing there, as the sum of large numbers is none.</summary>
    private static Func<Aggregation.Bucket, double> ValueOf(string method) => method switch
    {
        "totalCount" => static b => b.Count,
        "distinctCount" => static b => b.Distinct,
        "sum" => static b => b.Numbers == 0 ? double.NaN : b.Sum,
        "avg" => static b => b.Average,
        "min" => static b => b.Min,
        "max" => static b => b.Max,
        "sumsq" => static b => b.Numbers == 0 ? double.NaN : b.SumOfSquares,
        _ => static b => b.StandardDeviation,
    };
}
