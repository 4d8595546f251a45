using Dalgu.Hub.Entities;
using Npgsql;

namespace Dalgu.Store.Postgres;

/// <content>States whose bytes are written once, with the history that says the same: those that this node keeps in memory, which are overwritten soon
/// and seldom read from the tables, while no other node is there that would. Every other state has its body in its own row.</content>
internal sealed partial class PostgresStore
{
    private const int LeastShared = 256; // bytes: of less, to look for them in history costs more than to have them twice
    private const int MostShortRows = 1_000_000;
    private readonly HashSet<long> shortRows = []; // by key, as far as this node knows: to move a row once more does no harm

    /// <summary>A state as its row has it, with the time of the history row that has the end of its body; null where nothing is missing.</summary>
    private readonly record struct StateRow(StoredEntity Entity, long? HistoryTime);

    /// <summary>The history row that has the end of a state's body; null where the state's own row has all of it.</summary>
    private static HistoryRow? SharedRow(EntityWrite state, List<HistoryRow> history)
    {
        if (!state.IsRecorded || !state.IsKept) return null;
        // History is in order of key; an entity has few rows in a unit.
        var (low, high) = (0, history.Count);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (history[middle].Key < state.Key) low = middle + 1;
            else high = middle;
        }
        for (; low < history.Count && history[low].Key == state.Key; low++)
            if (history[low] is { OfState: true } row && row.Seq == state.Seq && row.Body.Length >= LeastShared) return row;
        return null;
    }

    private static HashSet<long> KeysThatLoseHistory(CommitUnit unit)
    {
        var keys = new HashSet<long>(unit.ErasedHistories);
        foreach (var row in unit.History)
            if (row.Body.Length == 0) keys.Add(row.Key);
        return keys;
    }

    /// <summary>Writes the states of a unit.</summary>
    private void AddEntities(Commands commands, CommitUnit unit)
    {
        if (unit.Entities is not { Count: > 0 } e) return;
        var (times, bodies, moved) = (new long?[e.Count], new ReadOnlyMemory<byte>[e.Count], new List<string>());
        var losing = KeysThatLoseHistory(unit);
        var mayShare = !database.IsCitus && database.Node.IsAlone;
        lock (shortRows)
        {
            if (shortRows.Count > MostShortRows) shortRows.Clear();
            for (var i = 0; i < e.Count; i++)
            {
                bodies[i] = e[i].Body;
                if (mayShare && !losing.Contains(e[i].Key) && SharedRow(e[i], unit.History) is { } row)
                {
                    (times[i], bodies[i]) = (row.Time, e[i].Body[..^row.Body.Length]);
                    if (shortRows.Add(e[i].Key)) moved.Add(e[i].Id);
                }
                else if (shortRows.Count > 0) shortRows.Remove(e[i].Key);
            }
        }
        if (moved.Count > 0) commands.Add(SharedBodies.Move, Value(moved.ToArray()));
        commands.Add(Statements.PutEntities, Array(e, x => x.Key), Array(e, x => x.Seq), Array(e, x => x.Gone), Array(e, x => x.Id), Value(times), Value(bodies));
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
