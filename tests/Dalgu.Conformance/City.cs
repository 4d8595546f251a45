using Dalgu.Conformance;
using Dalgu.Testing;
using Xunit;

[assembly: AssemblyFixture(typeof(City))]

namespace Dalgu.Conformance;

/// <summary>One instance for all tests, under access control, which may fetch @contexts from loopback. Each test has a tenant of its own.</summary>
public sealed class City : TestServer, IAsyncLifetime
{
    private int tenants;

    /// <summary>@contexts on loopback.</summary>
    public ContextServer Contexts { get; private set; } = null!;

    protected override CityHostOptions Configure(CityHostOptions defaults) => defaults with { Hub = defaults.Hub with { AllowPrivateAddresses = true } };

    async ValueTask IAsyncLifetime.InitializeAsync()
    {
        Contexts = await ContextServer.StartAsync();
        await InitializeAsync();
    }

    async ValueTask IAsyncDisposable.DisposeAsync()
    {
        await DisposeAsync();
        await Contexts.DisposeAsync();
        await new SharedPostgres().DisposeAsync(); // after the instance that works in one of them
    }

    /// <summary>The interface of a tenant that nobody else uses.</summary>
    internal Door NewDoor() => new(Client, $"t{Interlocked.Increment(ref tenants)}");

    /// <summary>The same with entities in it.</summary>
    internal async Task<Door> NewDoorAsync(params string[] entities)
    {
        var door = NewDoor();
        if (entities.Length > 0) (await door.PostAsync("/entityOperations/create", $"[{string.Join(',', entities)}]")).Is(201);
        return door;
    }
}
