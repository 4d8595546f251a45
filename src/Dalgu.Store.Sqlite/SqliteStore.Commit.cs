using System.Buffers;
using System.Runtime.InteropServices;
using Dalgu.Hub.Storage;
using Microsoft.Win32.SafeHandles;

namespace Dalgu.Store.Sqlite;

/// <content>How a commit unit becomes one transaction.</content>
public sealed partial class SqliteStore
{
    private SafeFileHandle? log;
    private volatile Problem? failure;
    private const int MaxChunk = 7_900; // of the outbox: about a page
    private readonly ArrayBufferWriter<byte> outboxBuffer = new(16 * 1024);

    /// <inheritdoc/>
    public async ValueTask CommitAsync(CommitUnit unit, CancellationToken cancel = default)
    {
        if (failure is not null) throw failure;
        var (db, history) = (writer!, this.history!);
        readers.BeginCommit();
        try
        {
            history.Begin();
            db.Execute("BEGIN IMMEDIATE");
            WriteNames(db, unit);
            WriteEntities(db, unit);
            history.Write(db, unit);
            WriteOutbox(db, unit);
            WriteAudit(db, unit);
            WriteDocuments(db, unit);
            WriteCensus(db, unit);
            db.Execute("COMMIT");
            history.Commit();
        }
        catch
        {
            // A full disk may have ended the transaction already, or let none begin.
            try { db.Execute("ROLLBACK"); } catch (Problem) { /* nothing is open */ }
            history.Rollback();
            throw;
        }
        finally
        {
            readers.EndCommit();
        }
        await history.GoOnAsync();
        await checkpoints!.CommittedAsync();
    }

    /// <inheritdoc/>
    public ValueTask RenameAsync(IReadOnlyList<(int Number, string Name)> names, CancellationToken cancel = default)
    {
        var db = writer!;
        try
        {
            db.Execute("BEGIN IMMEDIATE");
            foreach (var (number, name) in names) db.Prepare("UPDATE name SET name = ? WHERE number = ?").Bind(1, name).Bind(2, number).Run();
            db.Execute("COMMIT");
        }
        catch
        {
            try { db.Execute("ROLLBACK"); } catch (Problem) { /* nothing is open */ }
            throw;
        }
        return SyncAsync(cancel);
    }

    /// <inheritdoc/>
    public ValueTask SyncAsync(CancellationToken cancel = default)
    {
        if (failure is not null) throw failure;
        try
        {
            // A handle of its own on the log: the connection's is in use by the next commit. The log's locks lie in another file, so none is lost with this.
            log ??= System.IO.File.OpenHandle(file + "-wal", FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
            RandomAccess.FlushToDisk(log);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The system may have dropped what it could not write, and says so once: what is here and what is there is known only from the file, read anew.
            throw failure = new Problem(ProblemKind.InternalError, $"The disk fails ({e.Message}); whether the last writes are kept is not known. Writes are refused until the instance is started again.", e);
        }
        return default;
    }

    private static void WriteNames(SqliteConnection db, CommitUnit unit)
    {
        foreach (var (number, name) in unit.Names) db.Prepare("INSERT INTO name VALUES (?, ?)").Bind(1, number).Bind(2, name).Run();
    }

    private void WriteEntities(SqliteConnection db, CommitUnit unit)
    {
        if (unit.Entities.Count == 0) return;
        var put = db.Prepare("INSERT OR REPLACE INTO entity VALUES (?, ?, ?, ?, ?, ?, ?, ?)"); // of a table with one key and no more it overwrites, without a look first
        var addType = db.Prepare("INSERT OR REPLACE INTO entity_type VALUES (?, ?, ?)");
        var dropType = db.Prepare("DELETE FROM entity_type WHERE type = ? AND gone = ? AND id = ?");
        var lastKey = 0L;
        foreach (var e in unit.Entities)
        {
            var large = history!.PutState(db, e);
            put.Bind(1, e.Id).Bind(2, e.Key).Bind(3, e.Gone ? 1 : 0).Bind(4, e.Seq).Bind(5, large.Number).Bind(6, large.Offset).Bind(7, large.Length)
                .Bind(8, large.Number == 0 ? e.Body.Span : []).Run();
            lastKey = Math.Max(lastKey, e.Key);
            var turned = !e.IsNew && (e.WasGone != e.Gone || e.OldTypes is not null);
            if (turned)
                foreach (var type in e.OldTypes ?? e.Types) dropType.Bind(1, type).Bind(2, e.WasGone ? 1 : 0).Bind(3, e.Id).Run();
            if (turned || e.IsNew)
                foreach (var type in e.Types) addType.Bind(1, type).Bind(2, e.Gone ? 1 : 0).Bind(3, e.Id).Run();
            if (!e.PlaceChanged) continue;
            if (e.Place is { } box) PutPlace(db, e.Key, box, e.Id);
            else db.Prepare("DELETE FROM place WHERE key = ?").Bind(1, e.Key).Run();
        }
        db.Prepare("UPDATE fact SET value = max(value, ?) WHERE name = 'last_key'").Bind(1, lastKey).Run();
    }

    /// <summary>Says where an entity is.</summary>
    internal static void PutPlace(SqliteConnection db, long key, in Box box, string id)
    {
        var cell = PlaceCells.Of(box);
        // What moves mostly stays in its cell: then the index of cells is left alone.
        db.Prepare("UPDATE place SET min_x = ?3, max_x = ?4, min_y = ?5, max_y = ?6 WHERE key = ?1 AND cell = ?2")
            .Bind(1, key).Bind(2, cell).Bind(3, box.MinX).Bind(4, box.MaxX).Bind(5, box.MinY).Bind(6, box.MaxY).Run();
        if (db.Changes > 0) return;
        db.Prepare("INSERT INTO place VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT (key) DO UPDATE SET cell = ?2, min_x = ?3, max_x = ?4, min_y = ?5, max_y = ?6")
            .Bind(1, key).Bind(2, cell).Bind(3, box.MinX).Bind(4, box.MaxX).Bind(5, box.MinY).Bind(6, box.MaxY).Bind(7, id).Run();
    }

    private void WriteOutbox(SqliteConnection db, CommitUnit unit)
    {
        if (unit.PruneOutboxTo > 0) PruneOutbox(db, unit.PruneOutboxTo);
        if (unit.Outbox.Count == 0) return;
        PutOutbox(db, CollectionsMarshal.AsSpan(unit.Outbox), outboxBuffer);
        db.Prepare("UPDATE fact SET value = ? WHERE name = 'last_seq'").Bind(1, unit.Outbox[^1].Seq).Run();
    }

    private void PruneOutbox(SqliteConnection db, long to)
    {
        db.Prepare("DELETE FROM outbox WHERE last_seq <= ?").Bind(1, to).Run();
        // The first chunk that stays may begin with rows that go.
        var first = db.Prepare("SELECT first_seq, body FROM outbox WHERE first_seq <= ?").Bind(1, to);
        var kept = first.Step() ? OutboxChunk.Unpack(first.Blob(1)) : [];
        first.Reset();
        if (kept.Count == 0) return;
        db.Prepare("DELETE FROM outbox WHERE first_seq <= ?").Bind(1, to).Run();
        kept.RemoveAll(r => r.Seq <= to);
        PutOutbox(db, CollectionsMarshal.AsSpan(kept), outboxBuffer);
    }

    /// <summary>Adds rows to the outbox, packed.</summary>
    internal static void PutOutbox(SqliteConnection db, ReadOnlySpan<OutboxRow> rows, ArrayBufferWriter<byte> buffer)
    {
        var put = db.Prepare("INSERT INTO outbox VALUES (?, ?, ?)");
        OutboxChunk.Pack(rows, MaxChunk, buffer, (first, last, body) => put.Bind(1, first).Bind(2, last).Bind(3, body).Run());
    }

    private static void WriteAudit(SqliteConnection db, CommitUnit unit)
    {
        var put = db.Prepare("INSERT INTO audit VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)");
        foreach (var entry in unit.Audit)
            put.Bind(1, entry.Number).Bind(2, entry.At.Ticks).Bind(3, entry.Who).Bind(4, entry.Action).Bind(5, entry.Target)
                .Bind(6, entry.FirstSeq).Bind(7, entry.LastSeq).Bind(8, entry.Content).Bind(9, entry.Hash).Run();
    }

    private static void WriteDocuments(SqliteConnection db, CommitUnit unit)
    {
        foreach (var (collection, id, body) in unit.Documents)
            if (body is null) db.Prepare("DELETE FROM document WHERE collection = ? AND id = ?").Bind(1, collection).Bind(2, id).Run();
            else db.Prepare("INSERT OR REPLACE INTO document VALUES (?, ?, ?)").Bind(1, collection).Bind(2, id).Bind(3, body).Run();
    }

    private static void WriteCensus(SqliteConnection db, CommitUnit unit)
    {
        foreach (var (key, step) in unit.Census)
        {
            db.Prepare("INSERT INTO census VALUES (?1, ?2, ?3, ?4) ON CONFLICT (type, attribute, kind) DO UPDATE SET count = count + ?4")
                .Bind(1, key.Type).Bind(2, key.Attribute).Bind(3, key.Kind).Bind(4, step).Run();
            if (step < 0) db.Prepare("DELETE FROM census WHERE type = ? AND attribute = ? AND kind = ? AND count <= 0").Bind(1, key.Type).Bind(2, key.Attribute).Bind(3, key.Kind).Run();
        }
    }
}
