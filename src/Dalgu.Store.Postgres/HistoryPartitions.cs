using System.Collections.Concurrent;
using System.Globalization;
using Npgsql;

namespace Dalgu.Store.Postgres;

/// <summary>The tables that history is partitioned into: a month each from 2025 on, a year each from 1990 to 2024. What lies outside is in the default
/// partition. A partition is made when the first row of its time comes; rows that the default one holds by then move over.</summary>
internal sealed class HistoryPartitions(Locks locks)
{
    /// <summary>A partition: the table's name, and its times from one, inclusive, to another, exclusive; UTC ticks.</summary>
    public sealed record Span(string Name, long From, long To);

    private static readonly long First = new DateTime(1990, 1, 1).Ticks, Monthly = new DateTime(2025, 1, 1).Ticks, End = new DateTime(2200, 1, 1).Ticks;
    private readonly ConcurrentDictionary<string, bool> known = new(StringComparer.Ordinal);
    private volatile Span last = new("", 0, 0); // the partition met last: nearly every row is of this month

    /// <summary>Learns which partitions there are.</summary>
    public void Load(NpgsqlConnection connection)
    {
        using var command = new NpgsqlCommand("SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid WHERE i.inhparent = 'history'::regclass", connection);
        using var reader = command.ExecuteReader();
        while (reader.Read()) known[reader.GetString(0)] = true;
    }

    /// <summary>The partitions that rows ask for and that are not there yet; null where none is missing.</summary>
    public List<Span>? Missing(List<HistoryRow> rows)
    {
        List<Span>? missing = null;
        var met = last;
        foreach (var row in rows)
        {
            if (row.Time >= met.From && row.Time < met.To || row.Time < First || row.Time >= End) continue;
            var span = SpanOf(row.Time);
            if (known.ContainsKey(span.Name)) last = met = span;
            else if (missing?.Contains(span) != true) (missing ??= []).Add(span);
        }
        return missing;
    }

    /// <summary>The partition of a time.</summary>
    internal static Span SpanOf(long ticks)
    {
        var time = new DateTime(ticks);
        var isMonth = ticks >= Monthly;
        var from = new DateTime(time.Year, isMonth ? time.Month : 1, 1);
        var to = isMonth ? from.AddMonths(1) : from.AddYears(1);
        return new("history_" + from.ToString(isMonth ? "yyyy_MM" : "yyyy", CultureInfo.InvariantCulture), from.Ticks, to.Ticks);
    }

    /// <summary>Makes a partition.</summary>
    public async Task MakeAsync(NpgsqlConnection connection, Span span, CancellationToken cancel)
    {
        await using var transaction = await connection.BeginTransactionAsync(cancel);
        // One node makes it; the others find it made. Readers are waited for, but not for ever.
        await ExecuteAsync($"SET LOCAL lock_timeout = '5s'; SELECT pg_advisory_xact_lock({locks.Schema}, 1)");
        if (await NumberAsync($"SELECT count(*) FROM pg_class WHERE oid = to_regclass('{span.Name}')") == 0)
        {
            var range = $"time >= {span.From} AND time < {span.To}";
            await ExecuteAsync($"CREATE TABLE {span.Name} (LIKE history INCLUDING DEFAULTS INCLUDING CONSTRAINTS)");
            await ExecuteAsync($"LOCK TABLE history IN SHARE ROW EXCLUSIVE MODE; INSERT INTO {span.Name} SELECT * FROM history_other WHERE {range}; DELETE FROM history_other WHERE {range}");
            await ExecuteAsync($"ALTER TABLE history ATTACH PARTITION {span.Name} FOR VALUES FROM ({span.From}) TO ({span.To})");
        }
        await transaction.CommitAsync(cancel);
        known[span.Name] = true;

        async Task ExecuteAsync(string sql)
        {
            await using var command = new NpgsqlCommand(sql, connection, transaction);
            await command.ExecuteNonQueryAsync(cancel);
        }

        async Task<long> NumberAsync(string sql)
        {
            await using var command = new NpgsqlCommand(sql, connection, transaction);
            return (long)(await command.ExecuteScalarAsync(cancel))!;
        }
    }
}
