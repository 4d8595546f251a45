using Dalgu.Hub.Entities;
using Dalgu.Hub.Storage;

namespace Dalgu.Hub.Temporal;

/// <summary>Adds the rows of an entity's history, in order of time, to the aggregates of its attributes.</summary>
/// <param name="form">What is asked for.</param>
/// <param name="names">The names of the tenant.</param>
/// <param name="now">What has expired by then does not count; UTC ticks.</param>
/// <param name="aggregates">Receives the aggregates by attribute.</param>
internal sealed class AggregateReader(TemporalForm form, NameTable names, long now, Dictionary<string, Aggregation> aggregates)
{
    private readonly TemporalQuery query = form.Time;
    private readonly bool needsObserved = form.Time.IsStated;
    private readonly Dictionary<(string, string?), Series> series = [];
    private Series? last;

    /// <summary>Adds a row.</summary>
    public void Add(in HistoryRow row)
    {
        var time = new DateTime(row.Time, DateTimeKind.Utc);
        if (!query.Covers(time)) return;
        var instances = EntityCodec.InstancesOf(row, names);
        while (instances.Next(out var instance))
        {
            var isObserved = instance.Observed != EntityCodec.StoredInstance.None;
            if (instance.Deleted || !isObserved && needsObserved || instance.Expires != EntityCodec.StoredInstance.None && instance.Expires <= now) continue;
            if (last is null || !ReferenceEquals(instance.Attribute, last.Name) || instance.Dataset != last.Dataset) last = SeriesOf(instance);
            last.Add(time, instance.Value, waits: isObserved);
        }
    }

    /// <summary>Adds what still waits for the next row.</summary>
    public void Finish()
    {
        foreach (var each in series.Values) each.Finish();
    }

    private Series SeriesOf(in EntityCodec.StoredInstance instance)
    {
        var (name, dataset) = (instance.Attribute, instance.Dataset);
        if (series.TryGetValue((name, dataset), out var known)) return known;
        var shows = name != HistoryDifference.Scope && form.Shows(name) && (form.Datasets is not { } datasets || datasets.Contains(dataset ?? "@none"));
        Aggregation? aggregation = null;
        if (shows && !aggregates.TryGetValue(name, out aggregation)) aggregates[name] = aggregation = new(instance.Kind, query.Period, query.From, query.Methods);
        return series[(name, dataset)] = new(name, dataset, aggregation);
    }

    /// <summary>The instances of one attribute and dataset on their way into an aggregation. Of what was recorded for one instant at several times
    /// the last counts, so each waits for the next.</summary>
    private sealed class Series(string name, string? dataset, Aggregation? aggregation)
    {
        private DateTime at;
        private ReadOnlyMemory<byte> value;

        public string Name => name;
        public string? Dataset => dataset;

        public void Add(DateTime time, ReadOnlyMemory<byte> next, bool waits)
        {
            if (aggregation is null) return;
            if (!value.IsEmpty && at != time) aggregation.Add(at, value.Span);
            if (waits) (at, value) = (time, next);
            else
            {
                value = default;
                aggregation.Add(time, next.Span);
            }
        }

        public void Finish()
        {
            if (!value.IsEmpty) aggregation!.Add(at, value.Span);
        }
    }
}
