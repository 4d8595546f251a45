using Dalgu.Hub.Contexts;
using Dalgu.Hub.Entities;
using Dalgu.Hub.Http;
using Dalgu.Hub.Subscriptions;

namespace Dalgu.Hub.Registrations;

/// <summary>Why a subscriber is told of registrations (clause 5.3.2).</summary>
internal enum TriggerReason
{
    /// <summary>They match now and did not before.</summary>
    NewlyMatching,
    /// <summary>They changed and match still.</summary>
    Updated,
    /// <summary>They match no longer, or are gone.</summary>
    NoLongerMatching,
}

/// <summary>Writes notifications about registrations (clause 5.3.2): of each the part that the subscription is about.</summary>
internal static class RegistrationNotification
{
    /// <summary>The message of a notification.</summary>
    public static NotificationMessage Write(string tenant, RegistrationSubscription subscription, IReadOnlyList<Registration> registrations, TriggerReason reason, DateTime at, LdContext context)
    {
        var definition = subscription.State.Definition;
        var inline = definition.Endpoint.Accept == MediaTypes.JsonLd || context.Address is null;
        using var buffer = JsonBuffer.Rent();
        var json = buffer.Json;
        json.WriteStartObject();
        json.WriteString("id"u8, "urn:ngsi-ld:ContextSourceNotification:" + Guid.NewGuid());
        json.WriteString("type"u8, "ContextSourceNotification"u8);
        json.WriteString("subscriptionId"u8, definition.Id);
        EntityJsonWriter.WriteTime(json, "notifiedAt"u8, at);
        json.WriteString("triggerReason"u8, reason switch { TriggerReason.NewlyMatching => "newlyMatching"u8, TriggerReason.Updated => "updated"u8, _ => "noLongerMatching"u8 });
        json.WriteStartArray("data"u8);
        foreach (var registration in registrations)
            RegistrationWriter.Write(json, registration, context, withTimes: false, withContext: false, reason == TriggerReason.NoLongerMatching ? null : subscription.Question, typesInArrays: true);
        json.WriteEndArray();
        if (inline) EntityJsonWriter.WriteContext(json, context);
        json.WriteEndObject();
        return new(buffer.Finish().ToArray(), inline ? MediaTypes.JsonLd : MediaTypes.Json, inline ? null : $"<{context.Address}>; rel=\"{NgsiLdCall.ContextRelation}\"; type=\"{MediaTypes.JsonLd}\"", tenant);
    }
}
