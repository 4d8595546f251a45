using System.Text.Json;
using System.Text.Json.Serialization;

namespace Dalgu.Hub.Subscriptions;

/// <summary>What is known of a subscription's deliveries, and kept: up to which change it is settled, what goes out next, and its statistics (clause 5.2.14.2).</summary>
internal sealed record DeliveryRecord
{
    /// <summary>The collection that holds these records.</summary>
    public const string Collection = "deliveries";

    /// <summary>Every change up to this number is delivered, given up, or concerns others.</summary>
    public long Settled { get; init; }
    /// <summary>The notification under way holds every change that matches up to this number; not above <see cref="Settled"/> where none is under way.</summary>
    public long Planned { get; init; }
    /// <summary>How often notifications were sent, tries counted each.</summary>
    public long TimesSent { get; init; }
    /// <summary>How often sending failed.</summary>
    public long TimesFailed { get; init; }
    /// <summary>When one was last sent, UTC.</summary>
    public DateTime? LastNotification { get; init; }
    /// <summary>When one was last taken, UTC.</summary>
    public DateTime? LastSuccess { get; init; }
    /// <summary>When one last failed, UTC.</summary>
    public DateTime? LastFailure { get; init; }

    /// <summary>ok or failed: how the last one went.</summary>
    [JsonIgnore]
    public string Status => LastFailure is not null && !(LastSuccess > LastFailure) ? "failed" : "ok";
}

/// <summary>A tenant's place in its changes: all up to <see cref="Seq"/> were matched, and are settled but for the subscriptions named, with where those stand.</summary>
internal sealed record DeliveryMark(long Seq, Dictionary<string, long> Behind)
{
    /// <summary>The document that holds it, beside the records.</summary>
    public const string Id = "@tenant";
}

/// <summary>The stored form of what delivery keeps.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault)]
[JsonSerializable(typeof(DeliveryRecord))]
[JsonSerializable(typeof(DeliveryMark))]
internal sealed partial class DeliveryJson : JsonSerializerContext;

/// <summary>One notification in the making: the changes that it tells, or the time that it is due.</summary>
/// <param name="To">The number of the last change; 0 for one that is due by time.</param>
/// <param name="Changes">The changes, in order.</param>
/// <param name="Due">What tells it from others of the subscription that are due by time.</param>
/// <param name="Since">When it could first have gone out, UTC.</param>
internal sealed record Window(long To, IReadOnlyList<ChangeFacts> Changes, DateTime Due, DateTime Since);

/// <summary>A subscription at work: its definition, what waits to be sent, how far it is. What changes is guarded by <see cref="Gate"/>.</summary>
internal sealed class SubscriptionState(Subscription definition, DeliveryRecord record)
{
    private volatile Subscription definition = definition;

    /// <summary>Guards what follows.</summary>
    public Lock Gate { get; } = new();
    /// <summary>The subscription as it is now.</summary>
    public Subscription Definition { get => definition; set => definition = value; }
    /// <summary>The last search of the index that found it; the index's own.</summary>
    public long Stamp { get; set; }

    /// <summary>The rights of its maker, as asked for last; the matching's own.</summary>
    public Access.Rights? Rights { get; set; }
    /// <summary>Until when these need not be asked for again.</summary>
    public DateTime RightsUntil { get; set; }

    /// <summary>How far it is, and its statistics.</summary>
    public DeliveryRecord Record { get; set; } = record;
    /// <summary>Changes up to this number are older than the subscription.</summary>
    public long From { get; set; }
    /// <summary>The changes that wait, in order.</summary>
    public Queue<ChangeFacts> Pending { get; } = new();
    /// <summary>True where further changes wait in the outbox alone, after <see cref="Scanned"/>.</summary>
    public bool IsBehind { get; set; }
    /// <summary>Up to where the outbox was searched for it.</summary>
    public long Scanned { get; set; }
    /// <summary>True from when it waits for its endpoint until what was sent is settled.</summary>
    public bool IsBusy { get; set; }
    /// <summary>True where it is deleted.</summary>
    public bool IsGone { get; set; }
    /// <summary>The notification that is being tried.</summary>
    public Window? Current { get; set; }
    /// <summary>When a notification by time is due next.</summary>
    public DateTime Due { get; set; }
    /// <summary>Wakes it when throttling or its interval has passed.</summary>
    public ITimer? Timer { get; set; }
    /// <summary>Where its notifications queue up.</summary>
    public EndpointQueue? Queue { get; set; }

    /// <summary>The number below which nothing waits.</summary>
    public long Lag => Pending.TryPeek(out var first) ? first.Seq - 1 : Scanned;
}
