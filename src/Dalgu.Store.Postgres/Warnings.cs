using Npgsql;

namespace Dalgu.Store.Postgres;

/// <summary>What the server warns of on a connection, until disposed of. Citus reports a worker that it lost after the decision to commit as a warning alone.</summary>
internal sealed class Warnings : IDisposable
{
    private readonly NpgsqlConnection connection;

    public Warnings(NpgsqlConnection connection)
    {
        this.connection = connection;
        connection.Notice += Take;
    }

    /// <summary>The first warning; null where there was none.</summary>
    public string? First { get; private set; }

    private void Take(object sender, NpgsqlNoticeEventArgs e)
    {
        if (e.Notice.InvariantSeverity == "WARNING") First ??= e.Notice.MessageText;
    }

    public void Dispose() => connection.Notice -= Take;
}
