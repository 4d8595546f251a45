using System.Diagnostics;
using System.Text;
using Npgsql;

namespace Dalgu.Store.Postgres;

/// <summary>The duties that this node has: locks of one session, which end with it. A node that dies leaves its duties to the next one that asks.</summary>
internal sealed class PostgresDuties(PostgresDatabase database) : IAsyncDisposable
{
    // A session that is lost here may be noticed here later than the lock is given away: a new holder waits for as long as the old one may believe.
    private static readonly TimeSpan Belief = TimeSpan.FromSeconds(2), Ping = TimeSpan.FromSeconds(0.5);
    private readonly SemaphoreSlim gate = new(1);
    private readonly Dictionary<string, long> since = new(StringComparer.Ordinal);
    private NpgsqlConnection? session;
    private long answered;

    public async ValueTask<bool> HasAsync(string duty, CancellationToken cancel)
    {
        await gate.WaitAsync(cancel);
        try
        {
            if (session is null)
            {
                session = database.NewConnection();
                await session.OpenAsync(cancel);
            }
            else if (since.Count > 0 && Stopwatch.GetElapsedTime(answered) > Ping) await NumberAsync("SELECT 1", cancel);
            answered = Stopwatch.GetTimestamp();
            if (!since.TryGetValue(duty, out var at))
            {
                if (await NumberAsync($"SELECT pg_try_advisory_lock({database.Locks.Duty}, {KeyOf(duty)})::int", cancel) == 0) return false;
                since[duty] = at = Stopwatch.GetTimestamp();
            }
            return database.Node.IsAlone || Stopwatch.GetElapsedTime(at) >= Belief;
        }
        catch (Exception e) when (StoreFault.Of(e) is not null)
        {
            since.Clear();
            if (session is not null) await session.DisposeAsync();
            session = null;
            return false;
        }
        finally
        {
            gate.Release();
        }
    }

    public async ValueTask LeaveAsync(string duty)
    {
        await gate.WaitAsync();
        try
        {
            if (since.Remove(duty) && session is not null) await NumberAsync($"SELECT pg_advisory_unlock({database.Locks.Duty}, {KeyOf(duty)})::int", default);
        }
        catch (Exception e) when (StoreFault.Of(e) is not null) { /* the session is broken, and the lock with it */ }
        finally
        {
            gate.Release();
        }
    }

    private async Task<int> NumberAsync(string sql, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand(sql, session) { CommandTimeout = 2 };
        return (int)(await command.ExecuteScalarAsync(cancel))!;
    }

    private static int KeyOf(string duty) => BitConverter.ToInt32(System.Security.Cryptography.SHA256.HashData(Encoding.UTF8.GetBytes(duty)));

    public async ValueTask DisposeAsync()
    {
        if (session is not null) await session.DisposeAsync();
        gate.Dispose();
    }
}
