using Dalgu.Console;
using Dalgu.Hub;

namespace Dalgu;

/// <summary>How an instance is started. What it does while it runs is said by <see cref="HubOptions"/>.</summary>
public sealed record CityHostOptions
{
    /// <summary>The data folder.</summary>
    public required string DataDir { get; init; }
    /// <summary>The connection string of the PostgreSQL database that holds the city; null keeps it in the data folder.</summary>
    public string? Store { get; init; }
    /// <summary>Where it listens: http or https addresses. Port 0 takes a free one.</summary>
    public IReadOnlyList<string> Urls { get; init; } = ["http://127.0.0.1:8080"];
    /// <summary>The limits and switches of the hub.</summary>
    public HubOptions Hub { get; init; } = new();
    /// <summary>True shows the demo city.</summary>
    public bool Demo { get; init; }
    /// <summary>True runs the desks' services, pages and jobs; false leaves the hub alone, for a command that reads or writes a data folder.</summary>
    public bool WithDesks { get; init; } = true;
    /// <summary>The desks; those of this program by default.</summary>
    public IReadOnlyList<Desk> Desks { get; init; } = CityDesks.All;
    /// <summary>The clock.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;
    /// <summary>The host names that it answers to; null means localhost names where it listens on loopback alone, else any.</summary>
    public IReadOnlyList<string>? Hosts { get; init; }
    /// <summary>The addresses of proxies whose X-Forwarded-For and -Proto are believed.</summary>
    public IReadOnlyList<string> Proxies { get; init; } = [];
    /// <summary>A PEM file with the certificate (and chain) for https addresses.</summary>
    public string? Certificate { get; init; }
    /// <summary>A PEM file with the certificate's key.</summary>
    public string? CertificateKey { get; init; }
    /// <summary>The least level of log lines.</summary>
    public LogLevel LogLevel { get; init; } = LogLevel.Information;
    /// <summary>True writes log lines as JSON.</summary>
    public bool LogJson { get; init; }
    /// <summary>False leaves metrics out: no measuring, no <c>/metrics</c>.</summary>
    public bool Metrics { get; init; } = true;
}
