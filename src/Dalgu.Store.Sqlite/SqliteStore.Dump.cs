using System.Runtime.CompilerServices;
using Dalgu.Hub.Storage;
using Dalgu.Store.Sqlite.History;

namespace Dalgu.Store.Sqlite;

/// <content>All that the file holds, as units.</content>
public sealed partial class SqliteStore
{
    /// <inheritdoc/>
    public async IAsyncEnumerable<CommitUnit> DumpAsync([EnumeratorCancellation] CancellationToken cancel = default)
    {
        await ValueTask.CompletedTask;
        var (connection, generations) = BeginHistory();
        try
        {
            var dump = new DumpBuilder();
            foreach (var full in Parts(connection, generations, dump))
                if (full)
                {
                    cancel.ThrowIfCancellationRequested();
                    yield return dump.Take();
                }
            if (!dump.IsEmpty) yield return dump.Take();
        }
        finally
        {
            foreach (var sql in Dumps) connection.Prepare(sql).Reset();
            readers.Give(connection);
        }
    }

    private const string DumpNames = "SELECT number, name FROM name ORDER BY number";
    private const string DumpEntities = $"""
        SELECT {EntityColumns}, (SELECT group_concat(t.type) FROM entity_type t WHERE t.id = e.id AND t.gone = e.gone AND t.type IN (SELECT DISTINCT type FROM entity_type)),
          p.min_x, p.min_y, p.max_x, p.max_y
        FROM entity e LEFT JOIN place p ON p.key = e.key ORDER BY e.id
        """;
    private const string DumpOutbox = "SELECT body FROM outbox ORDER BY first_seq";
    private const string DumpAudit = "SELECT number, at, who, action, target, first_seq, last_seq, content, hash FROM audit ORDER BY number";
    private const string DumpDocuments = "SELECT collection, id, body FROM document ORDER BY collection, id";
    private const string DumpCensus = "SELECT type, attribute, kind, count FROM census WHERE count > 0 ORDER BY type, attribute, kind";
    private static readonly string[] Dumps = [DumpNames, DumpEntities, DumpOutbox, DumpAudit, DumpDocuments, DumpCensus];

    /// <summary>Adds every row to the dump; yields true each time that its unit is full.</summary>
    private static IEnumerable<bool> Parts(SqliteConnection connection, Generations generations, DumpBuilder dump)
    {
        foreach (var s in Rows(DumpNames))
        {
            dump.Unit.Names.Add(((int)s.Long(0), s.Text(1)));
            yield return dump.Counted(0);
        }
        var keys = new List<long>();
        foreach (var s in Rows(DumpEntities))
        {
            var (gone, body) = (s.Long(2) != 0, s.Blob(4));
            keys.Add(s.Long(0));
            var types = s.IsNull(5) ? [] : Array.ConvertAll(s.Text(5).Split(','), t => int.Parse(t, System.Globalization.CultureInfo.InvariantCulture));
            Array.Sort(types);
            Box? place = s.IsNull(6) ? null : new Box(s.Double(6), s.Double(7), s.Double(8), s.Double(9));
            dump.Unit.Entities.Add(new(s.Long(0), s.Text(1), true, gone, types, null, false, place, place is not null, s.Long(3), body));
            yield return dump.Counted(body.Length);
        }
        keys.Sort();
        foreach (var key in keys)
            foreach (var row in HistoryReader.Rows(connection, generations, key, long.MinValue, long.MaxValue, descending: false))
            {
                var body = HistoryReader.BodyOf(connection, row);
                dump.Unit.History.Add(new(key, row.Time, row.Seq, row.Recorded, body, row.OfState));
                yield return dump.Counted(body.Length);
            }
        foreach (var s in Rows(DumpOutbox))
            foreach (var row in OutboxChunk.Unpack(s.Blob(0)))
            {
                dump.Unit.Outbox.Add(row);
                yield return dump.Counted(64);
            }
        foreach (var s in Rows(DumpAudit))
        {
            dump.Unit.Audit.Add(ReadAudit(s));
            yield return dump.Counted(128);
        }
        foreach (var s in Rows(DumpDocuments))
        {
            var body = s.Blob(2);
            dump.Unit.Documents.Add(new(s.Text(0), s.Text(1), body));
            yield return dump.Counted(body.Length);
        }
        foreach (var s in Rows(DumpCensus))
        {
            dump.Unit.Census[new((int)s.Long(0), (int)s.Long(1), (byte)s.Long(2))] = (int)s.Long(3);
            yield return dump.Counted(0);
        }

        IEnumerable<Statement> Rows(string sql)
        {
            var statement = connection.Prepare(sql);
            while (statement.Step()) yield return statement;
            statement.Reset();
        }
    }
}
