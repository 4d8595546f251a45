using Npgsql;

namespace Dalgu.Store.Postgres.Tests;

/// <summary>A database reached past the store.</summary>
internal sealed class TamperedDatabase : IDisposable
{
    private readonly NpgsqlConnection connection;

    public TamperedDatabase(string text)
    {
        var settings = new NpgsqlConnectionStringBuilder(text) { Pooling = false };
        settings.ApplicationName ??= "dalgu";
        settings.SearchPath = (settings.SearchPath ?? "dalgu") + ",public";
        connection = new NpgsqlConnection(settings.ConnectionString);
        connection.Open();
    }

    public void Execute(string sql)
    {
        using var command = new NpgsqlCommand(sql, connection);
        command.ExecuteNonQuery();
    }

    public List<string> Lines(string sql)
    {
        using var command = new NpgsqlCommand(sql, connection);
        using var reader = command.ExecuteReader();
        var lines = new List<string>();
        while (reader.Read()) lines.Add(reader.GetString(0));
        return lines;
    }

    public void Dispose() => connection.Dispose();
}
