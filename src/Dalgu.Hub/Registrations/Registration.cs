using System.Text.RegularExpressions;
using Dalgu.Hub.Entities;

namespace Dalgu.Hub.Registrations;

/// <summary>How a broker shares the work with a registered source (clause 4.3.6).</summary>
internal enum RegistrationMode
{
    /// <summary>The broker and the source may both hold it; both are asked.</summary>
    Inclusive,
    /// <summary>The source alone holds these attributes of these entities.</summary>
    Exclusive,
    /// <summary>The registered sources hold it, the broker does not.</summary>
    Redirect,
    /// <summary>The source fills what nobody else has; it is only read.</summary>
    Auxiliary,
}

/// <summary>Which entities a source has: a type each one is of (any where none is named), and an id or a pattern that narrows further (clause 5.2.8). Immutable.</summary>
internal sealed record EntityInfo(IReadOnlyList<string> Types, string? Id, Regex? IdPattern)
{
    /// <summary>True where an entity of an id is meant; of any id where the question has none.</summary>
    public bool CoversId(string id) => Id is not null ? Id == id : IdPattern is null || RegistrationMatch.Matches(IdPattern, id);
}

/// <summary>What a source has: entities, and attributes of them (clause 5.2.10). Immutable.</summary>
/// <param name="Entities">The entities; empty for any.</param>
/// <param name="Attributes">The attributes (IRIs); null for all.</param>
internal sealed record RegistrationInformation(IReadOnlyList<EntityInfo> Entities, IReadOnlySet<string>? Attributes);

/// <summary>A span of time; an open one has no end. UTC.</summary>
internal readonly record struct TimeSpanOf(DateTime Start, DateTime? End);

/// <summary>A registration of a context source (clause 5.2.9), names expanded. Immutable, but for how the source did, which is counted apart.</summary>
internal sealed record Registration
{
    /// <summary>The URI that names it.</summary>
    public required string Id { get; init; }
    /// <summary>The registration as JSON with every name an IRI: what is stored, and what answers are made of.</summary>
    public required byte[] Document { get; init; }
    /// <summary>How the work is shared.</summary>
    public required RegistrationMode Mode { get; init; }
    /// <summary>What the source has, at least one.</summary>
    public required IReadOnlyList<RegistrationInformation> Information { get; init; }
    /// <summary>The operations that the source takes part in.</summary>
    public required SourceOperations Operations { get; init; }
    /// <summary>The root of the source's interface, without a slash at its end.</summary>
    public required string Endpoint { get; init; }
    /// <summary>The tenant at the source; null for its default one.</summary>
    public string? Tenant { get; init; }
    /// <summary>The name under which the source shows itself in Via, where it is known.</summary>
    public string? Alias { get; init; }
    /// <summary>What is told the source with each request.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Info { get; init; } = [];
    /// <summary>The times observed that it has a history of; null where it has none.</summary>
    public TimeSpanOf? Observation { get; init; }
    /// <summary>The times recorded that it has a history of; null where it has none.</summary>
    public TimeSpanOf? Management { get; init; }
    /// <summary>True where the source is asked for what it holds itself.</summary>
    public bool LocalOnly { get; init; }
    /// <summary>How long an answer of the source may be used again; zero for never.</summary>
    public TimeSpan CacheDuration { get; init; }
    /// <summary>How long a request may take; null for the default.</summary>
    public TimeSpan? Timeout { get; init; }
    /// <summary>How long the source is left alone after a failure; null for the default.</summary>
    public TimeSpan? Cooldown { get; init; }
    /// <summary>When the registration ceases to be, where stated. UTC.</summary>
    public DateTime? ExpiresAt { get; init; }
    /// <summary>The registration seen as an entity, whose attributes filters look at.</summary>
    public required Entity Properties { get; init; }
    /// <summary>The datasets that the source has instances of; null for any.</summary>
    public IReadOnlyList<string>? Datasets { get; init; }
    /// <summary>How the source did.</summary>
    public SourceRecord Record { get; init; } = new();

    /// <inheritdoc/>
    public bool Equals(Registration? other) => ReferenceEquals(this, other);

    /// <inheritdoc/>
    public override int GetHashCode() => System.Runtime.CompilerServices.RuntimeHelpers.GetHashCode(this);

    /// <summary>True where it speaks of present state, not of history.</summary>
    public bool IsOfPresent => Observation is null && Management is null;

    /// <summary>True where the source takes part in one of these operations.</summary>
    public bool Supports(SourceOperations any) => (Operations & any) != 0;

    /// <summary>True where the source holds what the broker itself does not.</summary>
    public bool IsProxied => Mode is RegistrationMode.Exclusive or RegistrationMode.Redirect;
}

/// <summary>How often a source was asked, and how that went. Thread-safe; lives as long as the process.</summary>
internal sealed class SourceRecord
{
    private long sent, failed, lastSuccess, lastFailure;
    private int late;

    public long Sent => Volatile.Read(ref sent);
    public long Failed => Volatile.Read(ref failed);
    public DateTime? LastSuccess => Time(Volatile.Read(ref lastSuccess));
    public DateTime? LastFailure => Time(Volatile.Read(ref lastFailure));

    /// <summary>True where the last request failed.</summary>
    public bool IsFailing => Volatile.Read(ref lastFailure) > Volatile.Read(ref lastSuccess);

    /// <summary>Counts an answer.</summary>
    /// <returns>How often in a row there was none in time.</returns>
    public int Note(bool isSuccess, bool isLate, DateTime now)
    {
        Interlocked.Increment(ref sent);
        if (!isSuccess) Interlocked.Increment(ref failed);
        Volatile.Write(ref isSuccess ? ref lastSuccess : ref lastFailure, now.Ticks);
        if (isLate) return Interlocked.Increment(ref late);
        Volatile.Write(ref late, 0);
        return 0;
    }

    private static DateTime? Time(long ticks) => ticks == 0 ? null : new DateTime(ticks, DateTimeKind.Utc);
}
