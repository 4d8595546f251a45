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

    public void Dispose() => db.Dispose();
}
