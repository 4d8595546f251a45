using System.Runtime.InteropServices;
using Dalgu.Hub.Storage;
using Dalgu.Store.Sqlite.History;
using SQLitePCL;
using Xunit;

namespace Dalgu.Store.Sqlite.Tests;

/// <summary>A store's file, opened behind the product's back.</summary>
internal sealed class TamperedFile : IDisposable
{
    private readonly sqlite3 db;

    public TamperedFile(string file)
    {
        Batteries_V2.Init();
        Assert.Equal(raw.SQLITE_OK, raw.sqlite3_open_v2(file, out db, raw.SQLITE_OPEN_READWRITE, null));
    }

    /// <summary>Runs a statement that changes something; a tampering that changes nothing proves nothing.</summary>
    public void Change(string sql)
    {
        Execute(sql);
        Assert.True(raw.sqlite3_changes(db) > 0, $"changes nothing: {sql}");
    }

    public void Execute(string sql) => Assert.True(raw.sqlite3_exec(db, sql) == raw.SQLITE_OK, raw.sqlite3_errmsg(db).utf8_to_string());

    public long Number(string sql)
    {
        Assert.Equal(raw.SQLITE_OK, raw.sqlite3_prepare_v2(db, sql, out var statement));
        using (statement)
        {
            Assert.Equal(raw.SQLITE_ROW, raw.sqlite3_step(statement));
            return raw.sqlite3_column_int64(statement, 0);
        }
    }

    /// <summary>Replaces bytes inside a blob by as many others.</summary>
    public void Patch(string table, string where, string column, ReadOnlySpan<byte> from, ReadOnlySpan<byte> to)
    {
        Assert.Equal(from.Length, to.Length);
        Assert.Equal(raw.SQLITE_OK, raw.sqlite3_prepare_v2(db, $"SELECT {column} FROM {table} WHERE {where}", out var statement));
        byte[] blob;
        using (statement)
        {
            Assert.Equal(raw.SQLITE_ROW, raw.sqlite3_step(statement));
            blob = raw.sqlite3_column_blob(statement, 0).ToArray();
        }
        var at = blob.AsSpan().IndexOf(from);
        Assert.True(at >= 0, $"{column} of {table} where {where} holds no such bytes");
        to.CopyTo(blob.AsSpan(at));
        Assert.Equal(raw.SQLITE_OK, raw.sqlite3_prepare_v2(db, $"UPDATE {table} SET {column} = ? WHERE {where}", out var update));
        using (update)
        {
            Assert.Equal(raw.SQLITE_OK, raw.sqlite3_bind_blob(update, 1, blob));
            Assert.Equal(raw.SQLITE_DONE, raw.sqlite3_step(update));
        }
    }

    /// <summary>Edits rows of the log of recent history; null takes a row away.</summary>
    public void EditHistory(Func<RecentRow, RecentRow?> edit) => Rewrite("history_recent", "number", chunk =>
    {
        var rows = new List<RecentRow>();
        for (var at = 0; at < chunk.Length; at += rows[^1].Length) rows.Add(RecentRow.Read(chunk, at));
        var edited = rows.ConvertAll(r => edit(r));
        changed |= !edited.SequenceEqual(rows.Select(r => (RecentRow?)r));
        var bytes = new byte[edited.Sum(r => r?.Length ?? 0)];
        var to = 0;
        foreach (var row in edited)
        {
            if (row is not { } r) continue;
            RecentRow.Write(bytes.AsSpan(to), r.Key, r.Time, r.Seq, r.Recorded, r.Kind, r.Body.Span);
            to += r.Length;
        }
        return bytes;
    });

    /// <summary>Edits rows of the outbox; null takes a row away.</summary>
    public void EditOutbox(Func<OutboxRow, OutboxRow?> edit) => Rewrite("outbox", "first_seq", chunk =>
    {
        var rows = OutboxChunk.Unpack(chunk);
        List<OutboxRow> edited = [.. rows.Select(edit).OfType<OutboxRow>()];
        changed |= !edited.SequenceEqual(rows);
        byte[] packed = [];
        OutboxChunk.Pack(CollectionsMarshal.AsSpan(edited), int.MaxValue, new(), (_, _, body) => packed = body.ToArray());
        return packed;
    });

    private bool changed;

    private void Rewrite(string table, string key, Func<byte[], byte[]> edit)
    {
        changed = false;
        var chunks = new List<(long Key, byte[] Body)>();
        Assert.Equal(raw.SQLITE_OK, raw.sqlite3_prepare_v2(db, $"SELECT {key}, body FROM {table}", out var statement));
        using (statement)
            while (raw.sqlite3_step(statement) == raw.SQLITE_ROW) chunks.Add((raw.sqlite3_column_int64(statement, 0), raw.sqlite3_column_blob(statement, 1).ToArray()));
        foreach (var (number, body) in chunks)
        {
            Assert.Equal(raw.SQLITE_OK, raw.sqlite3_prepare_v2(db, $"UPDATE {table} SET body = ? WHERE {key} = ?", out var update));
            using (update)
            {
                raw.sqlite3_bind_blob(update, 1, edit(body));
                raw.sqlite3_bind_int64(update, 2, number);
                Assert.Equal(raw.SQLITE_DONE, raw.sqlite3_step(update));
            }
        }
        Assert.True(changed, $"changes nothing in {table}");
    }

    public void Dispose() => db.Dispose();
}
