using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Dalgu.Hub.Storage;

namespace Dalgu.Store.Sqlite;

/// <content>All that the file holds, as units.</content>
public sealed partial class SqliteStore
{
    /// <inheritdoc/>
    public async IAsyncEnumerable<CommitUnit> DumpAsync([EnumeratorCancellation] CancellationToken cancel = default)
    {
        await ValueTask.CompletedTask;
        var connection = Rent();
        connection.Execute("BEGIN");
        try
        {
            var dump = new DumpBuilder();
            foreach (var full in Parts(connection, dump))
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
            connection.Execute("COMMIT");
            idle.Add(connection);
        }
    }

    private const string DumpNames = "SELECT number, name FROM name ORDER BY number";
    private const string DumpEntities = """
        SELECT e.key, e.id, e.gone, e.seq, e.body, (SELECT group_concat(t.type) FROM entity_type t WHERE t.id = e.id AND t.gone = e.gone AND t.type IN (SELECT DISTINCT type FROM entity_type)),
          p.min_x, p.min_y, p.max_x, p.max_y
        FROM entity e LEFT JOIN place p ON p.key = e.key ORDER BY e.id
        """;
    private const string DumpHistory = "SELECT h.key, h.time, h.seq, h.recorded, CASE h.large WHEN 0 THEN h.body ELSE (SELECT l.body FROM history_large l WHERE l.number = h.large) END FROM history h ORDER BY h.key, h.time, h.seq";
    private const string DumpOutbox = "SELECT seq, key, id, kind, recorded, attributes, digest FROM outbox ORDER BY seq";
    private const string DumpAudit = "SELECT number, at, who, action, target, first_seq, last_seq, content, hash FROM audit ORDER BY number";
    private const string DumpDocuments = "SELECT collection, id, body FROM document ORDER BY collection, id";
    private const string DumpCensus = "SELECT type, attribute, kind, count FROM census WHERE count > 0 ORDER BY type, attribute, kind";
    private static readonly string[] Dumps = [DumpNames, DumpEntities, DumpHistory, DumpOutbox, DumpAudit, DumpDocuments, DumpCensus];

    /// <summary>Adds every row to the dump; yields true each time that its unit is full.</summary>
    private static IEnumerable<bool> Parts(SqliteConnection connection, DumpBuilder dump)
    {
        foreach (var s in Rows(DumpNames))
        {
            dump.Unit.Names.Add(((int)s.Long(0), s.Text(1)));
            yield return dump.Counted(0);
        }
        foreach (var s in Rows(DumpEntities))
        {
            var (gone, body) = (s.Long(2) != 0, s.Blob(4));
            var types = s.IsNull(5) ? [] : Array.ConvertAll(s.Text(5).Split(','), t => int.Parse(t, System.Globalization.CultureInfo.InvariantCulture));
            Array.Sort(types);
            Box? place = s.IsNull(6) ? null : new Box(s.Double(6), s.Double(7), s.Double(8), s.Double(9));
            dump.Unit.Entities.Add(new(s.Long(0), s.Text(1), true, gone, types, null, false, place, place is not null, s.Long(3), body));
            yield return dump.Counted(body.Length);
        }
        foreach (var s in Rows(DumpHistory))
        {
            var body = s.Blob(4);
            dump.Unit.History.Add(new(s.Long(0), s.Long(1), s.Long(2), s.Long(3), body));
            yield return dump.Counted(body.Length);
        }
        foreach (var s in Rows(DumpOutbox))
        {
            dump.Unit.Outbox.Add(new(s.Long(0), s.Long(1), s.Text(2), (ChangeKind)s.Long(3), s.Long(4), MemoryMarshal.Cast<byte, int>(s.Blob(5)).ToArray(), s.Blob(6)));
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
