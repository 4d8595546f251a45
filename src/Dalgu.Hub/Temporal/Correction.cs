using Dalgu.Hub.Entities;
using Dalgu.Hub.Storage;

namespace Dalgu.Hub.Temporal;

/// <summary>How one row of history is corrected: it goes, and what is left of it, with what took the place of its instances, is gathered by time.</summary>
internal static class Correction
{
    /// <summary>True where the row has instances that are corrected.</summary>
    public static bool Of(HistoryRow row, IReadOnlyList<EntityAttribute> attributes, string attribute, Func<AttributeInstance, AttributeInstance?> correct,
        SortedDictionary<long, (long Recorded, List<EntityAttribute> Attributes)> rewritten)
    {
        var touched = false;
        var kept = new List<(long Time, string Name, AttributeInstance Instance)>();
        foreach (var (name, instances) in attributes)
            for (var i = 0; i < instances.Count; i++)
            {
                // The row's instances keep the names by which they are known, though they move.
                var instance = instances[i] with { InstanceId = instances[i].InstanceId ?? Observation.IdOf(row.Time, row.Seq, i) };
                var corrected = name == attribute ? correct(instance) : instance;
                touched |= !ReferenceEquals(instance, corrected);
                if (corrected is not null) kept.Add((ReferenceEquals(instance, corrected) ? row.Time : corrected.ObservedAt?.Ticks ?? row.Time, name, corrected));
            }
        if (!touched) return false;
        foreach (var (time, name, instance) in kept)
        {
            if (!rewritten.TryGetValue(time, out var there)) rewritten[time] = there = (row.Recorded, []);
            var at = there.Attributes.FindIndex(a => a.Name == name);
            if (at < 0) there.Attributes.Add(new(name, [instance]));
            else there.Attributes[at] = new(name, [.. there.Attributes[at].Instances, instance]);
        }
        return true;
    }
}
