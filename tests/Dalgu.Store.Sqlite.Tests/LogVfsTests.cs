using Xunit;

namespace Dalgu.Store.Sqlite.Tests;

/// <summary>What is in the log's file, and when.</summary>
public sealed class LogVfsTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("dalgu-log-").FullName;
    private readonly SqliteConnection db;

    public LogVfsTests()
    {
        db = new SqliteConnection(FilePath, readOnly: false, cacheKilobytes: 100); // twelve pages: what is larger goes to the log before its end
        db.Execute("CREATE TABLE row (number INTEGER PRIMARY KEY, body BLOB NOT NULL)");
    }

    private string FilePath => Path.Combine(folder, "city.db");

    public void Dispose()
    {
        db.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    private void Add(int rows, int bytes)
    {
        for (var i = 0; i < rows; i++) db.Prepare("INSERT INTO row (body) VALUES (?)").Bind(1, Enumerable.Repeat((byte)i, bytes).ToArray()).Run();
    }

    /// <summary>The rows that lie in the files as they are now, read by SQLite's own way to files.</summary>
    private long RowsOfCopy()
    {
        var copy = Path.Combine(folder, $"{Guid.NewGuid()}.db");
        File.Copy(FilePath, copy);
        File.Copy(FilePath + "-wal", copy + "-wal");
        using var read = new TamperedFile(copy);
        Assert.Equal(0, read.Number("SELECT count(*) FROM pragma_integrity_check WHERE integrity_check <> 'ok'"));
        return read.Number("SELECT count(*) FROM row");
    }

    [Theory]
    [InlineData(1, 10)]
    [InlineData(40, 5_000)]
    [InlineData(3, 1_000_000)]
    public void A_commit_lies_in_the_log_when_it_returns(int rows, int bytes)
    {
        for (var i = 1; i <= 3; i++)
        {
            db.Execute("BEGIN IMMEDIATE");
            Add(rows, bytes);
            db.Execute("COMMIT");
            Assert.Equal(i * rows, RowsOfCopy());
        }
    }

    [Fact]
    public void What_a_large_transaction_wrote_before_its_end_is_read_by_itself_alone()
    {
        db.Execute("BEGIN IMMEDIATE");
        Add(500, 5_000);
        Assert.Equal(500 * 5_000, db.Number("SELECT sum(length(body)) FROM row WHERE hex(substr(body, 1, 1)) = hex(substr(body, 5000, 1))"));
        using var other = new SqliteConnection(FilePath, readOnly: true, cacheKilobytes: 100);
        Assert.Equal(0, other.Number("SELECT count(*) FROM row"));
        Assert.Equal(0, RowsOfCopy());
        db.Execute("COMMIT");
        Assert.Equal(500, other.Number("SELECT count(*) FROM row"));
    }

    [Fact]
    public void A_transaction_that_is_taken_back_leaves_nothing_that_is_read()
    {
        Add(5, 5_000);
        db.Execute("BEGIN IMMEDIATE");
        Add(500, 5_000);
        db.Execute("ROLLBACK");
        Add(1, 10);
        Assert.Equal(6, RowsOfCopy());
        Assert.Equal(6, db.Number("SELECT count(*) FROM row"));
    }

    [Fact]
    public void A_log_that_begins_anew_is_whole()
    {
        Add(100, 5_000);
        Assert.Equal(0, db.Number("PRAGMA wal_checkpoint(RESTART)"));
        Add(2, 5_000);
        Assert.Equal(102, RowsOfCopy());
        Assert.Equal(0, db.Number("PRAGMA wal_checkpoint(TRUNCATE)"));
        Assert.Equal(0, new FileInfo(FilePath + "-wal").Length);
        Add(1, 5_000);
        Assert.Equal(103, RowsOfCopy());
    }
}
