using Dalgu.Hub.Entities;
using Dalgu.Hub.Http;

namespace Dalgu.Hub.Temporal;

/// <summary>An entity with its observations in a span of time, by attribute in the order in which they came.</summary>
internal sealed class Evolution(Entity entity, bool gone)
{
    public Entity Entity => entity;
    /// <summary>True where the entity does not exist now.</summary>
    public bool IsGone => gone;
    public Dictionary<string, List<Observation>> Attributes { get; } = new(StringComparer.Ordinal);

    /// <summary>The aggregates of the attributes, where they are asked for instead of the observations.</summary>
    public Dictionary<string, Aggregation> Aggregates { get; } = new(StringComparer.Ordinal);
    /// <summary>True where nothing was observed.</summary>
    public bool IsEmpty => Attributes.Count == 0 && Aggregates.Count == 0;

    public int Count
    {
        get
        {
            var count = 0;
            foreach (var list in Attributes.Values) count += list.Count;
            return count;
        }
    }

    /// <summary>The entity with every observed instance, by which a filter decides whether one of them satisfies it.</summary>
    public Entity AsEntity() => entity with { Attributes = [.. Attributes.Select(a => new EntityAttribute(a.Key, [.. a.Value.Select(o => o.Instance)]))] };
}

/// <summary>Reads the evolutions of one answer. Where there are more instances than an answer may hold, one instant cuts all of them, so that what
/// lies on its near side is complete (clause 6.3.10).</summary>
internal sealed class EvolutionReader(NgsiLdCall call, TemporalForm form)
{
    private readonly List<Evolution> evolutions = [];
    private int total;
    private long edge;
    private bool isEdgeKept;

    /// <summary>The evolutions that were added.</summary>
    public IReadOnlyList<Evolution> Evolutions => evolutions;

    /// <summary>True where instances were left out.</summary>
    public bool IsCut { get; private set; }

    private int Limit => call.Hub.Options.MaxTemporalInstances;

    /// <summary>Reads the evolution of an entity.</summary>
    /// <param name="entity">Its state, or its last one.</param>
    /// <param name="gone">True where it does not exist now.</param>
    /// <param name="whole">True to read every attribute and instance of the span, for a filter.</param>
    /// <param name="held">When a scope asked for held: other instances do not count. Null for always.</param>
    public async ValueTask<Evolution> ReadAsync(Entity entity, bool gone, bool whole = false, ScopeSpans? held = null)
    {
        var time = form.Time;
        var evolution = new Evolution(entity, gone);
        if (held is { IsAlways: true }) held = null;
        if (form.Aggregated && !whole && held is null && time is { Property: TimeProperty.ObservedAt, LastN: null })
        {
            await AggregateAsync(evolution);
            return evolution;
        }
        // Rows come in the order of when they held; another time needs all of them, put into its order.
        var inOrder = time.Property == TimeProperty.ObservedAt;
        var stated = inOrder && time.IsStated;
        var descending = inOrder && !whole && time.LastN is not null;
        var count = 0;
        var now = call.Hub.Clock.GetUtcNow().UtcDateTime;
        await foreach (var observation in call.Tenant.HistoryAsync(entity.Id, !whole && form.Only is { Count: 1 } ? form.Only.First() : null, stated ? time.From : null, stated ? time.To : null, descending, call.Rights, call.Cancel))
        {
            if (!whole && !form.Shows(observation.Attribute)) continue;
            if (observation.Instance.Deleted && observation.Instance.ObservedAt is null && time.Property != TimeProperty.DeletedAt) continue;
            if (form.Datasets is { } datasets && !datasets.Contains(observation.Instance.DatasetId ?? "@none")) continue;
            if (observation.Instance.ExpiresAt <= now) continue;
            if (time.TimeOf(observation) is not { } at || !time.Covers(at)) continue;
            if (held is not null && observation.Attribute != HistoryDifference.Scope && !held.Covers(at)) continue;
            if (!evolution.Attributes.TryGetValue(observation.Attribute, out var list)) evolution.Attributes[observation.Attribute] = list = [];
            if (inOrder && observation.Instance.ObservedAt is not null && IsSuperseded(list, observation, descending)) continue;
            if (descending && list.Count == time.LastN)
            {
                if (form.Only is { } wanted && evolution.Attributes.Count == wanted.Count && evolution.Attributes.Values.All(v => v.Count == time.LastN)) break;
                continue;
            }
            list.Add(observation);
            // Twice the limit, to learn the names of what is cut off.
            if (inOrder && !whole && time.Methods.Count == 0 && ++count > 2L * Limit) break;
        }
        if (!inOrder) foreach (var list in evolution.Attributes.Values) list.Sort((a, b) => (time.TimeOf(a)!.Value, a.Seq).CompareTo((time.TimeOf(b)!.Value, b.Seq)));
        if (!descending && time.LastN is { } last) foreach (var list in evolution.Attributes.Values) KeepLast(list, last);
        return evolution;
    }

    /// <summary>Of what was recorded for one instant at several times, the last counts: that is how the city knows it now. The others are found by
    /// timeproperty=modifiedAt. True where the observation adds nothing, since the last is there, or takes the place of what is.</summary>
    private static bool IsSuperseded(List<Observation> list, in Observation observation, bool descending)
    {
        for (var i = list.Count - 1; i >= 0 && list[i].Time == observation.Time; i--)
        {
            if (list[i].Seq == observation.Seq || list[i].Instance.DatasetId != observation.Instance.DatasetId) continue;
            if (!descending) list[i] = observation;
            return true;
        }
        return false;
    }

    /// <summary>Aggregates as the rows are read: only times and values are looked at, and no object is made of an instance.</summary>
    private async ValueTask AggregateAsync(Evolution evolution)
    {
        var reader = new AggregateReader(form, call.Tenant.Names, call.Hub.Clock.GetUtcNow().UtcTicks, evolution.Aggregates);
        await call.Tenant.VisitHistoryAsync(evolution.Entity.Id, form.Time.From, form.Time.To, reader.Add, call.Rights, call.Cancel);
        reader.Finish();
    }

    /// <summary>Replaces observations by their aggregates, where these are asked for.</summary>
    private void Aggregate(Evolution evolution)
    {
        foreach (var (name, observations) in evolution.Attributes)
        {
            if (name == HistoryDifference.Scope || observations.Count == 0) continue;
            var aggregation = new Aggregation(observations[0].Instance.Kind, form.Time.Period, form.Time.From ?? observations.Min(o => form.Time.TimeOf(o)), form.Time.Methods);
            if (IsDescending) observations.Reverse(); // in the order of time
            foreach (var observation in observations) aggregation.Add(form.Time.TimeOf(observation)!.Value, observation.Instance.Value.Span);
            evolution.Aggregates[name] = aggregation;
        }
        evolution.Attributes.Clear();
    }

    /// <summary>Leaves what the answer does not show out of an evolution that was read whole.</summary>
    public void Narrow(Evolution evolution)
    {
        foreach (var name in evolution.Attributes.Keys.ToList())
            if (!form.Shows(name)) evolution.Attributes.Remove(name);
    }

    /// <summary>Adds an evolution to the answer, and cuts what is too much: of one entity, or of all.</summary>
    public void Add(Evolution evolution)
    {
        if (form.Only is { Count: 0 }) evolution.Attributes.Clear(); // pick names members of the entity alone
        if (form.Aggregated) Aggregate(evolution);
        if (IsCut) Cut(evolution);
        evolutions.Add(evolution);
        var count = evolution.Count;
        total += count;
        if (form.Time.Methods.Count > 0) return;
        if (count > Limit) CutAll([evolution], Limit);
        if (total > 10L * Limit) CutAll(evolutions, 10 * Limit);
    }

    /// <summary>Finds the first instant that does not fit, and cuts everything there; where all are of one instant, that one stays whole.</summary>
    private void CutAll(List<Evolution> crowded, int most)
    {
        IsCut = true;
        var times = new List<long>(total);
        foreach (var each in crowded)
            foreach (var list in each.Attributes.Values)
                foreach (var observation in list) times.Add(TimeOf(observation));
        times.Sort();
        if (IsDescending) times.Reverse();
        (edge, isEdgeKept) = (times[most], times[0] == times[most]);
        total = 0;
        foreach (var each in evolutions)
        {
            Cut(each);
            total += each.Count;
        }
    }

    private void Cut(Evolution evolution)
    {
        foreach (var list in evolution.Attributes.Values)
            list.RemoveAll(o => TimeOf(o) is var at && (at == edge ? !isEdgeKept : IsDescending ? at < edge : at > edge));
    }

    private bool IsDescending => form.Time.LastN is not null;

    private long TimeOf(in Observation observation) => form.Time.TimeOf(observation)!.Value.Ticks;

    private static void KeepLast(List<Observation> list, int last)
    {
        list.Reverse();
        if (list.Count > last) list.RemoveRange(last, list.Count - last);
    }
}
