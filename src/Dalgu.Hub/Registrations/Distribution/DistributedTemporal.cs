using System.Text.Json;
using Dalgu.Hub.Entities;
using Dalgu.Hub.Query;
using Dalgu.Hub.Temporal;

namespace Dalgu.Hub.Registrations.Distribution;

/// <summary>Temporal evolutions here and at the sources that have a history (clauses 5.7.3.4 and 5.7.4.4). Instances are gathered whole, and made into what the
/// answer shows here, so that lastN and aggregates are those of all together.</summary>
internal static class DistributedTemporal
{
    /// <summary>The evolution of one entity; null where nobody has one.</summary>
    public static async Task<Evolution?> RetrieveAsync(Distribution distribution, string id, TemporalForm form, Evolution? own)
    {
        var question = new RegistrationQuestion { Selectors = [new EntitySelector(null, [id], null)], Attributes = Wanted(form), Time = form.Time, IsOfHistory = true };
        var matching = distribution.Matching(question);
        var asked = matching.Where(r => r.Supports(SourceOperations.RetrieveTemporal | SourceOperations.QueryTemporal)).Select(async registration =>
        {
            var target = await distribution.TargetAsync(registration);
            var narrowed = SourceQuestion.Of(registration, question);
            var answer = registration.Supports(SourceOperations.RetrieveTemporal)
                ? await distribution.SendAsync(target, HttpMethod.Get, "/temporal/entities/" + DistributedReads.Escape(id), [.. Times(form), .. narrowed.AttributeParameters(target)])
                : await distribution.SendAsync(target, HttpMethod.Get, "/temporal/entities", [("id", id), .. narrowed.TypeParameters(target), .. Times(form), .. AnyTime(form), .. narrowed.AttributeParameters(target)]);
            return Read(distribution, target, answer);
        }).ToArray();
        var all = new Dictionary<string, Evolution>(StringComparer.Ordinal);
        if (own is not null && Masked(own, matching) is { } masked) all[id] = masked;
        foreach (var found in await Task.WhenAll(asked)) foreach (var part in found) if (part.Entity.Id == id) Add(all, part);
        distribution.ShowWarnings();
        return all.TryGetValue(id, out var evolution) && distribution.Call.Rights.MayRead(evolution.Entity) ? Shown(evolution, form) : null;
    }

    /// <summary>The evolutions that match a query, in ordinal order of id; null where no source is concerned.</summary>
    /// <param name="distribution">The call's distribution.</param>
    /// <param name="query">The query.</param>
    /// <param name="filters">The texts of its filters.</param>
    /// <param name="form">What of the evolutions is wanted.</param>
    /// <param name="own">The evolutions here, whole.</param>
    public static async Task<List<Evolution>?> QueryAsync(Distribution distribution, EntityQuery query, SourceFilters filters, TemporalForm form, IAsyncEnumerable<Evolution> own)
    {
        var question = DistributedReads.Question(distribution.Call, query) with { Attributes = Wanted(form), Time = form.Time, IsOfHistory = true };
        var matching = distribution.Matching(question);
        if (matching.Count == 0) return null;
        var most = distribution.Call.Hub.Options.MaxGatheredEntities;
        var asked = matching.Where(r => r.Supports(SourceOperations.QueryTemporal)).Select(registration => QueryFromAsync(distribution, registration, question, filters, form)).ToArray();
        var all = new Dictionary<string, Evolution>(StringComparer.Ordinal);
        await foreach (var each in own)
        {
            if (Masked(each, matching) is { } masked) all[each.Entity.Id] = masked;
            if (all.Count > most) throw DistributedReads.TooMany(most);
        }
        foreach (var found in await Task.WhenAll(asked)) foreach (var part in found) Add(all, part);
        distribution.ShowWarnings();
        if (all.Count > most) throw DistributedReads.TooMany(most);
        var filter = new EntityQuery { Q = query.Q, Geo = query.Geo, Ids = query.Ids, IdPattern = query.IdPattern };
        var matches = all.Values.Where(e => distribution.Call.Rights.MayRead(e.Entity) && Evaluator.Matches(e.AsEntity(), filter)).Select(e => Shown(e, form)).ToList();
        matches.Sort(static (a, b) => string.CompareOrdinal(a.Entity.Id, b.Entity.Id));
        return matches;
    }

    private static async Task<List<Evolution>> QueryFromAsync(Distribution distribution, Registration registration, RegistrationQuestion question, SourceFilters filters, TemporalForm form)
    {
        var target = await distribution.TargetAsync(registration);
        var found = new List<Evolution>();
        foreach (var part in SourceQuestion.Of(registration, question).Singles())
        {
            var (size, most) = (distribution.Call.Hub.Options.SourcePageSize, distribution.Call.Hub.Options.MaxGatheredEntities);
            for (var offset = 0; offset <= most; offset += size)
            {
                var answer = await distribution.SendAsync(target, HttpMethod.Get, "/temporal/entities",
                    [.. part.SelectorParameters(target), .. part.AttributeParameters(target), .. (filters with { Q = null, GeoRel = null }).Parameters, .. Times(form), ("limit", $"{size}"), ("offset", $"{offset}")]);
                var evolutions = Read(distribution, target, answer);
                found.AddRange(evolutions);
                if (evolutions.Count < size) break;
            }
        }
        return found;
    }

    private static string[]? Wanted(TemporalForm form) => form.Only is { Count: > 0 } only ? [.. only] : null;

    /// <summary>A query names a time where a retrieval may name none (clause 5.7.4.3).</summary>
    private static IEnumerable<(string, string)> AnyTime(TemporalForm form) =>
        form.Time is { From: null, To: null } ? [("timerel", "before"), ("timeAt", "9999-12-31T23:59:59Z")] : [];

    private static IEnumerable<(string, string)> Times(TemporalForm form)
    {
        var time = form.Time;
        var timerel = (time.From, time.To) switch { (null, null) => null, (not null, not null) => "between", (not null, null) => "after", _ => "before" };
        if (timerel is not null)
        {
            yield return ("timerel", timerel);
            yield return ("timeAt", Timestamp.Format((time.From ?? time.To)!.Value));
            if (timerel == "between") yield return ("endTimeAt", Timestamp.Format(time.To!.Value));
        }
        if (time.Property != TimeProperty.ObservedAt)
            yield return ("timeproperty", time.Property switch { TimeProperty.CreatedAt => "createdAt", TimeProperty.ModifiedAt => "modifiedAt", _ => "deletedAt" });
        if (time.LastN is { } last) yield return ("lastN", $"{last}");
        yield return ("options", "sysAttrs");
    }

    private static List<Evolution> Read(Distribution distribution, SourceTarget target, SourceAnswer answer)
    {
        var found = new List<Evolution>();
        if (answer.IsSuccess)
            try
            {
                using var document = StrictJson.Parse(answer.Body, new JsonDocumentOptions { MaxDepth = distribution.Call.Hub.Options.MaxJsonDepth });
                if (document.RootElement.ValueKind == JsonValueKind.Array) foreach (var item in document.RootElement.EnumerateArray()) found.Add(Read(distribution, target, item));
                else found.Add(Read(distribution, target, document.RootElement));
            }
            catch (Exception fault) when (fault is JsonException or Problem)
            {
                found.Clear();
                answer = answer with { Fault = SourceFault.Invalid };
            }
        distribution.Warn(answer);
        return found;
    }

    private static Evolution Read(Distribution distribution, SourceTarget target, JsonElement item)
    {
        if (item.ValueKind != JsonValueKind.Object) throw new JsonException("The answer holds something that is no entity.");
        var reader = new EntityJsonReader(target.Names, distribution.Call.Hub.Options);
        using var head = JsonDocument.Parse(JsonSerializer.SerializeToUtf8Bytes(item.EnumerateObject().Where(m => m.Name is "id" or "type" or "scope").ToDictionary(m => m.Name, m => m.Value)));
        var entity = reader.Read(head.RootElement).ToEntity() with { CreatedAt = Time(item, "createdAt") ?? DateTime.UnixEpoch, ModifiedAt = Time(item, "modifiedAt") ?? DateTime.UnixEpoch };
        var evolution = new Evolution(entity, gone: false);
        var seq = 0L;
        foreach (var member in item.EnumerateObject())
        {
            if (member.Name is "id" or "@id" or "type" or "@type" or "scope" or "@context" or "createdAt" or "modifiedAt" or "deletedAt" or "expiresAt") continue;
            var name = target.Names.ExpandAttribute(member.Name);
            var list = new List<Observation>();
            foreach (var one in member.Value.ValueKind == JsonValueKind.Array ? member.Value.EnumerateArray().ToArray() : [member.Value])
            {
                var instance = reader.ReadInstance(member.Name, one) with { InstanceId = one.TryGetProperty("instanceId", out var id) && id.ValueKind == JsonValueKind.String ? id.GetString() : null };
                instance.CreatedAt = Time(one, "createdAt") ?? DateTime.UnixEpoch;
                instance.ModifiedAt = Time(one, "modifiedAt") ?? instance.CreatedAt;
                list.Add(new(name, instance, instance.ObservedAt ?? instance.ModifiedAt, instance.ModifiedAt, --seq));
            }
            evolution.Attributes[name] = list;
        }
        return evolution;
    }

    private static DateTime? Time(JsonElement of, string name) =>
        of.ValueKind == JsonValueKind.Object && of.TryGetProperty(name, out var text) && text.ValueKind == JsonValueKind.String && Timestamp.TryParse(text.GetString(), out var time) ? time : null;

    private static Evolution? Masked(Evolution own, IReadOnlyList<Registration> matching)
    {
        if (EntityMerge.Mask(own.AsEntity(), matching) is not { } masked) return null;
        foreach (var name in own.Attributes.Keys.ToList()) if (masked.Find(name) is null) own.Attributes.Remove(name);
        return own;
    }

    /// <summary>Adds the instances of a part. Of two of one dataset observed at one time the one recorded last stays; one recorded alike is not added again.</summary>
    private static void Add(Dictionary<string, Evolution> all, Evolution part)
    {
        if (!all.TryGetValue(part.Entity.Id, out var known))
        {
            all[part.Entity.Id] = part;
            return;
        }
        foreach (var (name, observations) in part.Attributes)
        {
            if (!known.Attributes.TryGetValue(name, out var list)) known.Attributes[name] = list = [];
            foreach (var observation in observations)
            {
                var at = list.FindIndex(o => o.Time == observation.Time && o.Instance.DatasetId == observation.Instance.DatasetId
                    && (o.Instance.ObservedAt is not null && observation.Instance.ObservedAt is not null || o.Instance.Value.Span.SequenceEqual(observation.Instance.Value.Span)));
                if (at < 0) list.Add(observation);
                else if (observation.Recorded > list[at].Recorded) list[at] = observation;
            }
        }
    }

    /// <summary>The instances in their order, as many as are wanted, of the attributes wanted.</summary>
    private static Evolution Shown(Evolution evolution, TemporalForm form)
    {
        var time = form.Time;
        foreach (var name in evolution.Attributes.Keys.ToList())
        {
            var list = evolution.Attributes[name];
            list.RemoveAll(o => time.TimeOf(o) is not { } at || !time.Covers(at) || form.Datasets is { } datasets && !datasets.Contains(o.Instance.DatasetId ?? "@none"));
            list.Sort((a, b) => time.TimeOf(a)!.Value.CompareTo(time.TimeOf(b)!.Value));
            if (time.LastN is { } last)
            {
                list.Reverse();
                if (list.Count > last) list.RemoveRange(last, list.Count - last);
            }
            if (list.Count == 0 || form.Only is { Count: > 0 } only && !only.Contains(name) || form.Omit?.Contains(name) == true) evolution.Attributes.Remove(name);
        }
        return evolution;
    }
}
