using System.Net.Sockets;
using Npgsql;

namespace Dalgu.Store.Postgres;

/// <summary>What a fault of PostgreSQL means to the hub.</summary>
internal static class StoreFault
{
    /// <summary>The refusal that a fault is; null where it is none of the database's.</summary>
    public static Problem? Of(Exception fault) => fault switch
    {
        PostgresException { SqlState: PostgresErrorCodes.DiskFull } => new(ProblemKind.StorageFull, "The disk of the database is full: writes are refused, reads go on. Make room; writes go on by themselves.", fault),
        PostgresException { SqlState: PostgresErrorCodes.NotNullViolation, TableName: "head", ColumnName: "version" } =>
            new(ProblemKind.Unavailable, "Another node has written since this one had the turn; send the write again.", fault),
        PostgresException { SqlState: PostgresErrorCodes.SerializationFailure or PostgresErrorCodes.DeadlockDetected or PostgresErrorCodes.LockNotAvailable } =>
            new(ProblemKind.Unavailable, "The database is busy with another change of the same rows; send the request again in a second.", fault),
        _ when IsConnection(fault) => new(ProblemKind.Unavailable, "The database cannot be reached or does not take connections now; send the request again. Reads and writes go on by themselves when it is back.", fault),
        PostgresException e => new(ProblemKind.InternalError, $"The database answers {e.SqlState}: {e.MessageText}.", fault),
        NpgsqlException e => new(ProblemKind.InternalError, $"The database cannot be used: {e.Message}", fault),
        _ => null,
    };

    /// <summary>What a Citus coordinator says of a worker that went away in the middle of a statement: the words of its own client library, as an internal error.</summary>
    private static readonly string[] LostWorker =
        ["SSL SYSCALL error", "server closed the connection", "connection not open", "failure on connection marked as essential", "could not receive data from server", "could not send data to server", "terminating connection", "Connection refused", "the database system is"];

    /// <summary>True where the connection is the matter, not what was asked: another one may do.</summary>
    public static bool IsConnection(Exception fault) => fault switch
    {
        // 08: connection, 53300: too many of them, 57P: the server stops, starts or crashed.
        PostgresException e => e.SqlState.StartsWith("08", StringComparison.Ordinal) || e.SqlState.StartsWith("57P", StringComparison.Ordinal) || e.SqlState == PostgresErrorCodes.TooManyConnections
            || e.SqlState == PostgresErrorCodes.InternalError && Array.Exists(LostWorker, w => e.MessageText.Contains(w, StringComparison.Ordinal)),
        NpgsqlException { InnerException: IOException or SocketException or TimeoutException } => true,
        NpgsqlException e => e.IsTransient,
        ObjectDisposedException => true, // the connection broke under a reader
        IOException or SocketException or TimeoutException => true,
        _ => false,
    };
}
