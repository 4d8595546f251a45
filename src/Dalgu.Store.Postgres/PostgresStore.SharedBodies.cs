using Dalgu.Hub.Entities;
using Npgsql;

namespace Dalgu.Store.Postgres;

/// <content>States whose bytes are written once, with the history that says the same: those that this node keeps in memory, which are overwritten soon
/// and seldom read from here. What is read seldom or elsewhere has its body in its own row.</content>
internal sealed partial class PostgresStore
{
    private const int LeastShared = 256; // bytes: of less, to look for them in history costs more than to have them twice

    /// <summary>A state as its row has it, with the time of the history row that has the end of its body; null where nothing is missing.</summary>
    private readonly record struct StateRow(StoredEntity Entity, long? HistoryTime);

    /// <summary>Where the bodies of a unit's states end: by change, the history row that has the rest.</summary>
    private Dictionary<long, HistoryRow> SharedOf(CommitUnit unit)
    {
        var shared = new Dictionary<long, HistoryRow>();
        if (database.IsCitus) return shared;
        foreach (var row in unit.History)
            if (row.OfState && row.Body.Length >= LeastShared) shared[row.Seq] = row;
        if (shared.Count == 0) return shared;
        var losing = KeysThatLoseHistory(unit);
        var kept = new HashSet<long>();
        foreach (var e in unit.Entities)
            if (e.IsRecorded && e.IsKept && !losing.Contains(e.Key)) kept.Add(e.Seq);
        foreach (var seq in shared.Keys)
            if (!kept.Contains(seq)) shared.Remove(seq);
        return shared;
    }

    private static HashSet<long> KeysThatLoseHistory(CommitUnit unit)
    {
        var keys = new HashSet<long>(unit.ErasedHistories);
        foreach (var row in unit.History)
            if (row.Body.Length == 0) keys.Add(row.Key);
        return keys;
    }

    /// <summary>What <see cref="Statements.PutEntities"/> asks for beside the tenant.</summary>
    private NpgsqlParameter[] EntityColumns(CommitUnit unit)
    {
        var (e, shared) = (unit.Entities, SharedOf(unit));
        return [Array(e, x => x.Key), Array(e, x => x.Seq), Array(e, x => x.Gone), Array(e, x => x.Id),
            Array(e, x => shared.TryGetValue(x.Seq, out var row) ? row.Time : (long?)null),
            Array(e, x => shared.TryGetValue(x.Seq, out var row) ? x.Body[..^row.Body.Length] : x.Body)];
    }

    /// <summary>Gives the entities of which history rows go all of their bodies first.</summary>
    private void AddParting(Commands commands, CommitUnit unit)
    {
        if (database.IsCitus || KeysThatLoseHistory(unit) is not { Count: > 0 } losing) return;
        var ids = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var row in unit.Outbox)
            if (losing.Contains(row.Key)) ids.Add(row.Id);
        commands.Add(SharedBodies.Part, Value(ids.ToArray()));
    }

    /// <summary>Reads a state as far as its row has it; not its body where who asks has the state already.</summary>
    private static StateRow ReadRow(NpgsqlDataReader r, Func<string, long, Entity?>? known)
    {
        var (id, seq) = (r.GetString(1), r.GetInt64(3));
        if (known?.Invoke(id, seq) is { } entity) return new(new(r.GetInt64(0), id, r.GetBoolean(2), seq, [], entity), null);
        return new(new(r.GetInt64(0), id, r.GetBoolean(2), seq, r.GetFieldValue<byte[]>(4)), r.IsDBNull(5) ? null : r.GetInt64(5));
    }

    /// <summary>The states of a command, whole.</summary>
    private async Task<List<StoredEntity>> ReadStatesAsync(Snapshot snapshot, NpgsqlBatchCommand command, int capacity, CancellationToken cancel, Func<string, long, Entity?>? known = null)
    {
        var rows = await snapshot.ReadAsync(command, r => ReadRow(r, known), capacity, cancel);
        var parts = rows.FindAll(r => r.HistoryTime is not null);
        var ends = new Dictionary<long, byte[]>(parts.Count);
        if (parts.Count > 0)
        {
            var times = parts.ConvertAll(p => p.HistoryTime!.Value).ToArray();
            var read = BatchCommand(SharedBodies.Ends, number, parts.ConvertAll(p => p.Entity.Key).ToArray(), times, parts.ConvertAll(p => p.Entity.Seq).ToArray(), times.Min(), times.Max());
            foreach (var (seq, end) in await snapshot.ReadAsync(read, r => (r.GetInt64(0), r.GetFieldValue<byte[]>(1)), parts.Count, cancel)) ends[seq] = end;
        }
        // An end that is not there is missing in the state too, and verify tells of it.
        return rows.ConvertAll(r => r.HistoryTime is not null && ends.TryGetValue(r.Entity.Seq, out var end) ? r.Entity with { Body = [.. r.Entity.Body, .. end] } : r.Entity);
    }
}
