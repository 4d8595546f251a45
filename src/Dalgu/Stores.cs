using Dalgu.Hub.Storage;
using Dalgu.Store.Postgres;
using Dalgu.Store.Sqlite;

namespace Dalgu;

/// <summary>Where an instance keeps its city: in files of its data folder, or in a PostgreSQL database.</summary>
public static class Stores
{
    /// <summary>The stores of a connection string, or, where that is null, of a folder.</summary>
    /// <exception cref="ArgumentException">Where the connection string cannot be read.</exception>
    public static IStoreFactory Of(string? connection, string folder) =>
        connection is null ? new SqliteStoreFactory(folder) : new PostgresStoreFactory(connection, file => new SqliteStore(file));

    /// <summary>True where a text names a database, not a folder.</summary>
    public static bool IsConnection(string text) => text.Contains('=') && !Directory.Exists(text);

    /// <summary>What a message may say of where the stores are: never a password.</summary>
    public static string LabelOf(IStoreFactory stores, string folder) => stores is PostgresStoreFactory postgres ? postgres.Label : folder;
}
