using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;
using Dalgu.Hub.Access;
using Dalgu.Hub.Registrations;
using Dalgu.Hub.Registrations.Distribution;
using Dalgu.Store.Sqlite;
using Xunit;

namespace Dalgu.Hub.Tests;

/// <summary>What becomes of a source that does not answer at once. The wait before the second try ends when the test says so.</summary>
public sealed class SourceClientTests : IAsyncLifetime
{
    private readonly string folder = Directory.CreateTempSubdirectory("dalgu-source-").FullName;
    private readonly StillClock clock = new();
    private readonly Socket source = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private CityHub hub = null!;
    private Registration registration = null!;

    public ValueTask InitializeAsync()
    {
        source.Bind(new IPEndPoint(IPAddress.Loopback, 0)); // the port is taken, and nobody listens
        var address = source.LocalEndPoint;
        hub = new CityHub(new SqliteStoreFactory(folder), new HubOptions { AllowPrivateAddresses = true }, new AccessPolicy([]), clock);
        registration = new RegistrationReader(hub.Options).Compile(JsonNode.Parse(
            $$"""{"id":"urn:r:1","type":"ContextSourceRegistration","information":[{"entities":[{"type":"urn:t:Road"}]}],"endpoint":"http://{{address}}"}""")!.AsObject());
        return default;
    }

    public async ValueTask DisposeAsync()
    {
        source.Dispose();
        await hub.DisposeAsync();
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task One_that_is_just_starting_is_asked_again()
    {
        var served = Task.CompletedTask;
        clock.OnWait = () => served = Serve(0);
        var answer = await AskAsync(HttpMethod.Post, "/entities");
        Assert.Equal((200, SourceFault.None, 1), (answer.Status, answer.Fault, clock.Waits));
        await served;
    }

    [Fact]
    public async Task One_that_is_down_is_waited_for_once_and_then_no_more()
    {
        foreach (var waits in new[] { 1, 1, 1 })
        {
            Assert.Equal(SourceFault.Unconnected, (await AskAsync(HttpMethod.Get, "/entities")).Fault);
            Assert.Equal(waits, clock.Waits);
        }
        var served = Serve(0);
        Assert.True((await AskAsync(HttpMethod.Get, "/entities")).IsSuccess);
        await served;
        source.Dispose();
        Assert.Equal(SourceFault.Unconnected, (await AskAsync(HttpMethod.Get, "/entities")).Fault);
        Assert.Equal(2, clock.Waits); // it was well in between
    }

    [Theory]
    [InlineData("PUT", "/entities/urn:x:1", true)]
    [InlineData("PATCH", "/entities/urn:x:1/attrs", true)]
    [InlineData("POST", "/entities/urn:x:1/attrs/?options=noOverwrite", true)]
    [InlineData("POST", "/entityOperations/query?limit=1", true)]
    [InlineData("POST", "/entities", false)]
    [InlineData("POST", "/entityOperations/create", false)]
    [InlineData("POST", "/entityOperations/upsert", true)]
    [InlineData("POST", "/entityOperations/update?options=noOverwrite", true)]
    [InlineData("POST", "/entityOperations/merge", true)]
    [InlineData("POST", "/entityOperations/delete", true)]
    public async Task One_that_ends_the_connection_is_asked_again_unless_that_could_create_twice(string method, string path, bool again)
    {
        var served = Serve(1);
        var answer = await AskAsync(new HttpMethod(method), path, "{}"u8.ToArray()); // one without a body the transport sends again itself
        Assert.Equal((again ? SourceFault.None : SourceFault.CutOff, again ? 1 : 0), (answer.Fault, clock.Waits));
        source.Dispose();
        await served.ContinueWith(static _ => { }, TaskScheduler.Default);
    }

    private Task<SourceAnswer> AskAsync(HttpMethod method, string path, byte[]? body = null) =>
        hub.Sources.SendAsync(new(registration, method, registration.Endpoint + path, [], body is null ? null : (ReadOnlyMemory<byte>?)body, body is null ? null : "application/json"), TestContext.Current.CancellationToken);

    /// <summary>Starts the source, which ends so many connections without a word and answers the next.</summary>
    private Task Serve(int cutOff)
    {
        source.Listen();
        return AnswerAsync();

        async Task AnswerAsync()
        {
            for (var i = 0; ; i++)
            {
                using var stream = new NetworkStream(await source.AcceptAsync(TestContext.Current.CancellationToken), ownsSocket: true);
                await stream.ReadAtLeastAsync(new byte[64 * 1024], 1, cancellationToken: TestContext.Current.CancellationToken);
                if (i < cutOff) continue;
                await stream.WriteAsync(Encoding.ASCII.GetBytes("HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"), TestContext.Current.CancellationToken);
                return;
            }
        }
    }

    /// <summary>A clock that stands. Whoever waits 100 ms on it waits for what the test does then, and no longer.</summary>
    private sealed class StillClock : TimeProvider
    {
        public Action? OnWait { get; set; }
        public int Waits { get; private set; }
        public override DateTimeOffset GetUtcNow() => new(2026, 11, 24, 8, Waits, 0, TimeSpan.Zero);

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            if (dueTime != TimeSpan.FromMilliseconds(100)) return base.CreateTimer(callback, state, dueTime, period);
            Waits++;
            OnWait?.Invoke();
            return base.CreateTimer(callback, state, TimeSpan.Zero, period);
        }
    }
}
