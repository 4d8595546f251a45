using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using Npgsql;

namespace Dalgu.Store.Postgres;

/// <summary>This node among the others over a database: a session that says that it is there, hears who asks for a turn and what was committed, and
/// sees whether it is alone. Locks of a session end with it, however the node ends.</summary>
internal sealed class PostgresNode(PostgresDatabase database) : IAsyncDisposable
{
    private readonly string turns = database.Schema + "_turn", commits = database.Schema + "_commit", joins = database.Schema + "_join"; // channels
    // Others may believe themselves alone for as long as Belief after they last looked; they look each Beat.
    private static readonly TimeSpan Beat = TimeSpan.FromSeconds(1), Belief = TimeSpan.FromSeconds(2.5);
    private readonly CancellationTokenSource end = new();
    private readonly ConcurrentDictionary<int, List<PostgresStore>> stores = new();
    private readonly ConcurrentDictionary<int, bool> told = new();
    private readonly SemaphoreSlim telling = new(0);
    private readonly string name = Guid.NewGuid().ToString("N")[..12];
    private readonly Lock gate = new();
    private Task? listening, speaking, mending;
    private Task joined = Task.FromException(new InvalidOperationException("The node has not joined yet.")); // completes when the others know
    private long looked; // when it last saw who is there
    private long lookedAlone; // when this node last saw that no other is there
    private volatile bool isListening;

    /// <summary>True where no other node is there for certain.</summary>
    public bool IsAlone => Volatile.Read(ref lookedAlone) is var at && at != 0 && Stopwatch.GetElapsedTime(at) < Belief;

    /// <summary>True while others can make themselves heard.</summary>
    public bool IsListening => isListening;

    /// <summary>Returns when the others know that this node is there; makes it known where they do not. Nothing may be committed before.</summary>
    public Task JoinAsync()
    {
        lock (gate)
        {
            if (listening is not null && (isListening || !joined.IsCompleted)) return joined;
            if (listening is not null) throw new Problem(ProblemKind.Unavailable, "The database cannot be reached; send the request again. Reads and writes go on by themselves when it is back.");
            if (!joined.IsCompleted) return joined;
            return joined = Task.Run(async () =>
            {
                var connection = await EnterAsync();
                listening = Task.Run(() => ListenAsync(connection));
                speaking = Task.Run(SpeakAsync);
                if (database.IsCitus) mending = Task.Run(MendAsync);
                await SettleAsync();
            });
        }
    }

    // Whoever believed itself alone has looked again by then.
    private Task SettleAsync() => IsAlone ? Task.CompletedTask : Task.Delay(Belief, end.Token);

    /// <summary>Asks whoever has the turn of a tenant to give it back.</summary>
    public async Task AskForTurnAsync(int tenant)
    {
        try
        {
            await using var connection = await database.OpenAsync(end.Token);
            await using var command = new NpgsqlCommand(Statements.Notify, connection) { Parameters = { new() { Value = turns }, new() { Value = $"{name}:{tenant}" } } };
            await command.ExecuteNonQueryAsync(end.Token);
        }
        catch (Exception e) when (StoreFault.Of(e) is not null) { /* the turn has an end in any case */ }
    }

    /// <summary>Hears for a store from now on.</summary>
    public void Add(PostgresStore store) => stores.AddOrUpdate(store.Number, _ => [store], (_, others) => [.. others.Where(o => o != store), store]);

    /// <summary>No longer hears for a store.</summary>
    public void Remove(PostgresStore store) => stores.AddOrUpdate(store.Number, _ => [], (_, others) => [.. others.Where(o => o != store)]);

    /// <summary>Tells the others that something of a tenant was committed. Not in the commit itself: a notifying commit holds a lock that all commits of the server want.</summary>
    public void Tell(int tenant)
    {
        if (IsAlone) return;
        if (told.TryAdd(tenant, true)) telling.Release();
    }

    private async Task<NpgsqlConnection> EnterAsync()
    {
        var connection = database.NewConnection();
        try
        {
            await connection.OpenAsync(end.Token);
            connection.Notification += (_, e) => Take(e.Channel, e.Payload);
            await ExecuteAsync(connection, $"SELECT pg_advisory_lock_shared({database.Locks.Presence}, 0)");
            await ExecuteAsync(connection, $"LISTEN {turns}; LISTEN {commits}; LISTEN {joins}; SELECT pg_notify('{joins}', '{name}')");
            await CountAsync(connection);
            isListening = true;
            return connection;
        }
        catch (Exception e) when (StoreFault.Of(e) is { } problem)
        {
            await connection.DisposeAsync();
            throw problem;
        }
    }

    private async Task ListenAsync(NpgsqlConnection? connection)
    {
        while (!end.IsCancellationRequested)
            try
            {
                if (connection is null)
                {
                    connection = await EnterAsync();
                    lock (gate) joined = SettleAsync();
                }
                await connection.WaitAsync(Beat, end.Token);
                if (Stopwatch.GetElapsedTime(looked) < Beat) continue; // a notification, which is taken already
                await CountAsync(connection);
                if (!IsAlone) await CompareAsync(connection);
            }
            catch (Exception e) when (e is not OperationCanceledException || !end.IsCancellationRequested)
            {
                isListening = false;
                Volatile.Write(ref lookedAlone, 0);
                foreach (var store in Opened()) store.Want(); // nobody can ask now
                if (connection is not null) await connection.DisposeAsync();
                connection = null;
                await Task.Delay(200, end.Token).ContinueWith(static _ => { }, TaskScheduler.Default);
            }
            catch (OperationCanceledException)
            {
                break;
            }
        isListening = false;
        Volatile.Write(ref lookedAlone, 0);
        if (connection is not null) await connection.DisposeAsync();
    }

    /// <summary>Looks who is there.</summary>
    private async Task CountAsync(NpgsqlConnection connection)
    {
        var at = Stopwatch.GetTimestamp();
        await using var command = new NpgsqlCommand($"SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = current_database()) AND classid = {database.Locks.Presence} AND objid = 0", connection);
        var others = (long)(await command.ExecuteScalarAsync(end.Token))! - 1;
        looked = at;
        Volatile.Write(ref lookedAlone, others == 0 ? at : 0);
    }

    /// <summary>The safety net of the notifications: what was committed and not told, as by a node that died in between.</summary>
    private async Task CompareAsync(NpgsqlConnection connection)
    {
        var numbers = stores.Keys.ToArray();
        if (numbers.Length == 0) return;
        await using var command = new NpgsqlCommand("SELECT tenant, version FROM head WHERE tenant = ANY ($1)", connection) { Parameters = { new() { Value = numbers } } };
        foreach (var (tenant, version) in await PostgresStore.ListAsync(command, r => (r.GetInt32(0), r.GetInt64(1)), numbers.Length, end.Token))
            foreach (var store in stores.GetValueOrDefault(tenant) ?? [])
                if (store.Version < version) store.Hear();
    }

    private void Take(string channel, string payload)
    {
        if (payload.StartsWith(name, StringComparison.Ordinal)) return; // its own
        if (channel == joins)
        {
            Volatile.Write(ref lookedAlone, 0);
            foreach (var store in Opened()) store.Want();
            return;
        }
        foreach (var part in payload[(payload.IndexOf(':') + 1)..].Split(','))
            if (int.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out var tenant))
                foreach (var store in stores.GetValueOrDefault(tenant) ?? [])
                    if (channel == turns) store.Want();
                    else store.Hear();
    }

    private IEnumerable<PostgresStore> Opened() => stores.Values.SelectMany(s => s);

    private async Task SpeakAsync()
    {
        try
        {
            while (true)
            {
                await telling.WaitAsync(end.Token);
                var tenants = told.Keys.Take(500).ToArray();
                foreach (var tenant in tenants) told.TryRemove(tenant, out _);
                if (tenants.Length == 0) continue;
                try
                {
                    await using var connection = await database.OpenAsync(end.Token);
                    await using var command = new NpgsqlCommand(Statements.Notify, connection) { Parameters = { new() { Value = commits }, new() { Value = $"{name}:{string.Join(',', tenants)}" } } };
                    await command.ExecuteNonQueryAsync(end.Token);
                }
                catch (Exception e) when (StoreFault.Of(e) is not null) { /* the others look for themselves within a second */ }
                await Task.Delay(2, end.Token);
            }
        }
        catch (OperationCanceledException)
        {
            // The node ends.
        }
    }

    /// <summary>Looks each second for commits that a lost worker left half-way: their locks would keep the next ones waiting.</summary>
    private async Task MendAsync()
    {
        using var beat = new PeriodicTimer(Beat);
        try
        {
            while (await beat.WaitForNextTickAsync(end.Token))
                try
                {
                    await database.RecoverAsync(end.Token);
                }
                catch (Problem) { /* a worker or the coordinator is away: the next look may find it */ }
        }
        catch (OperationCanceledException)
        {
            // The node ends.
        }
    }

    private async Task ExecuteAsync(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(end.Token);
    }

    public async ValueTask DisposeAsync()
    {
        await end.CancelAsync();
        if (joined is not null) await joined.ContinueWith(static _ => { }, TaskScheduler.Default);
        if (listening is not null) await listening;
        if (speaking is not null) await speaking;
        if (mending is not null) await mending;
        end.Dispose();
    }
}
