using Dalgu.Hub.Access;
using Dalgu.Hub.Changes;
using Dalgu.Hub.Entities;
using Dalgu.Hub.Storage;

namespace Dalgu.Hub.Subscriptions;

/// <summary>The states that an entity had lately, put together from its last state and its history: what the feed would have told of a change that nobody heard.</summary>
/// <remarks>Types and scopes are those of the last state: history does not keep them. Where the past of an attribute was back-filled before the rows, and the
/// attribute changed within them, what it was before may be the back-filled value: history does not tell the two apart.</remarks>
internal sealed class EntityPast
{
    private readonly Entity last;
    private readonly bool gone;
    private readonly Dictionary<(string Name, string? Dataset), List<(long Seq, AttributeInstance Instance)>> versions;

    private EntityPast(Entity last, bool gone, Dictionary<(string, string?), List<(long, AttributeInstance)>> versions) => (this.last, this.gone, this.versions) = (last, gone, versions);

    /// <summary>Reads the past of an entity as far as rows of the outbox reach.</summary>
    public static async Task<EntityPast> ReadAsync(Tenant tenant, CityHub hub, Entity last, bool gone, IReadOnlyList<OutboxRow> rows, CancellationToken cancel)
    {
        // What was added to the past later never was the present.
        var added = new HashSet<long>();
        foreach (var row in rows) if (row.Kind == ChangeKind.History && row.Id == last.Id) added.Add(row.Seq);
        var first = rows[0].Seq;
        var versions = new Dictionary<(string, string?), List<(long Seq, AttributeInstance Instance)>>();
        await foreach (var seen in tenant.HistoryAsync(last.Id, null, null, null, descending: false, hub.Access.For(Principal.System), cancel))
        {
            if (added.Contains(seen.Seq)) continue;
            var key = (seen.Attribute, seen.Instance.DatasetId);
            if (!versions.TryGetValue(key, out var list)) versions[key] = list = [];
            // Of what is older than the rows only the latest matters; it comes first.
            if (seen.Seq >= first) list.Add((seen.Seq, seen.Instance));
            else if (list.Count == 0 || list[0].Seq >= first) list.Insert(0, (seen.Seq, seen.Instance));
            else if (list[0].Seq < seen.Seq) list[0] = (seen.Seq, seen.Instance);
        }
        foreach (var list in versions.Values) list.Sort(static (a, b) => a.Seq.CompareTo(b.Seq));
        return new(last, gone, versions);
    }

    /// <summary>A row of the outbox as the feed would have told it.</summary>
    public Change ChangeOf(OutboxRow row, Tenant tenant)
    {
        var at = new DateTime(row.Recorded, DateTimeKind.Utc);
        var before = row.Kind == ChangeKind.Created ? null : StateAt(row.Seq - 1, null);
        var after = row.Kind == ChangeKind.Deleted ? null : StateAt(row.Seq, at);
        return new Change(row.Seq, tenant.Name, row.Kind, at, "", before, after, tenant.NamesOf(row));
    }

    /// <summary>The state after a change. Instances that two states share are the same objects.</summary>
    private Entity StateAt(long seq, DateTime? modified)
    {
        var attributes = new List<EntityAttribute>();
        var seen = new HashSet<(string, string?)>();
        foreach (var attribute in last.Attributes)
        {
            var instances = new List<AttributeInstance>();
            foreach (var instance in attribute.Instances)
                if (seen.Add((attribute.Name, instance.DatasetId)) && At((attribute.Name, instance.DatasetId), seq, gone ? null : instance) is { } was) instances.Add(was);
            AddOthers(attribute.Name, instances);
            if (instances.Count > 0) attributes.Add(new(attribute.Name, instances));
        }
        foreach (var (name, _) in versions.Keys)
        {
            if (last.Find(name) is not null || attributes.Exists(a => a.Name == name)) continue;
            var instances = new List<AttributeInstance>();
            AddOthers(name, instances);
            if (instances.Count > 0) attributes.Add(new(name, instances));
        }
        return last with { Attributes = attributes, ModifiedAt = modified ?? last.ModifiedAt };

        void AddOthers(string name, List<AttributeInstance> instances)
        {
            foreach (var key in versions.Keys)
                if (key.Name == name && seen.Add(key) && At(key, seq, null) is { } was) instances.Add(was);
        }
    }

    private AttributeInstance? At((string, string?) key, long seq, AttributeInstance? present)
    {
        if (!versions.TryGetValue(key, out var list)) return present;
        if (list[^1].Seq <= seq) return present; // nothing changed it since
        for (var i = list.Count - 1; i >= 0; i--)
            if (list[i].Seq <= seq) return list[i].Instance.Deleted ? null : list[i].Instance;
        return null;
    }
}
