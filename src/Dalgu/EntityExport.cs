using System.IO.Pipelines;
using System.Text.Encodings.Web;
using System.Text.Json;
using Dalgu.Hub;
using Dalgu.Hub.Access;
using Dalgu.Hub.Contexts;
using Dalgu.Hub.Entities;
using Dalgu.Hub.Query;

namespace Dalgu;

/// <summary>Writes the entities of a tenant one after the other, in the normalized form of NGSI-LD with the core @context's names.</summary>
internal static class EntityExport
{
    private const int FlushAt = 64 * 1024;
    private static readonly JsonWriterOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    public static async Task WriteAsync(Tenant tenant, Rights rights, PipeWriter to, string? type, bool array, bool history, CancellationToken cancel)
    {
        var query = type is null ? new EntityQuery() : EntityQuery.OfType(CoreContext.Instance.ExpandType(type));
        using var json = new Utf8JsonWriter(to, Plain);
        var first = true;
        if (array) Raw(to, "["u8);
        await foreach (var entity in tenant.EnumerateAsync(query, rights, cancel))
        {
            if (!first) Raw(to, array ? ",\n"u8 : "\n"u8);
            first = false;
            var whole = history ? entity with { Attributes = await HistoryAsync(tenant, rights, entity, cancel) } : entity;
            EntityJsonWriter.Write(json, whole, CoreContext.Instance, history ? new Representation { SystemAttributes = true } : Representation.Default);
            json.Flush();
            json.Reset();
            if (to.UnflushedBytes > FlushAt) await to.FlushAsync(cancel);
        }
        Raw(to, array ? "]\n"u8 : first ? ""u8 : "\n"u8);
        await to.FlushAsync(cancel);
    }

    /// <summary>Every recorded instance of every attribute, in the order of the attributes, then of time.</summary>
    private static async Task<EntityAttribute[]> HistoryAsync(Tenant tenant, Rights rights, Entity entity, CancellationToken cancel)
    {
        var all = new SortedDictionary<string, List<AttributeInstance>>(StringComparer.Ordinal);
        await foreach (var observation in tenant.HistoryAsync(entity.Id, null, null, null, false, rights, cancel))
        {
            if (observation.Instance.Deleted) continue;
            if (!all.TryGetValue(observation.Attribute, out var instances)) all[observation.Attribute] = instances = [];
            instances.Add(observation.Instance);
        }
        return [.. all.Select(a => new EntityAttribute(a.Key, a.Value))];
    }

    private static void Raw(PipeWriter to, ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(to.GetSpan(Math.Max(1, bytes.Length)));
        to.Advance(bytes.Length);
    }
}
