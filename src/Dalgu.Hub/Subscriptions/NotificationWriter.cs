using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Dalgu.Hub.Contexts;
using Dalgu.Hub.Entities;
using Dalgu.Hub.Http;

namespace Dalgu.Hub.Subscriptions;

/// <summary>One entity of a notification, what is added about its change, and how it is written where that is another way than the subscription's.</summary>
internal sealed record NotifiedEntity(Entity Entity, ChangeMarks? Marks)
{
    /// <summary>How a linked entity is written; null for the subscription's own way.</summary>
    public Representation? Form { get; init; }

    /// <summary>How it is written.</summary>
    public Representation In(Representation form) => Form ?? form with { Marks = Marks, Around = form.Linked is null ? [] : [Entity.Id] };
}

/// <summary>Writes notifications (clause 5.3.1).</summary>
internal static class NotificationWriter
{
    private const string ContextRelation = "http://www.w3.org/ns/json-ld#context";

    /// <summary>The id of a notification: the same whenever the same changes are told to the same subscription, so that a receiver knows a repetition.</summary>
    public static string IdOf(string tenant, Subscription subscription, Window window)
    {
        var what = $"{tenant}\n{subscription.Id}\n{subscription.Document.CreatedAt.Ticks}\n{window.To}\n{window.Due.Ticks}";
        var hash = SHA256.HashData(Encoding.UTF8.GetBytes(what));
        return $"urn:ngsi-ld:Notification:{new Guid(hash.AsSpan(0, 16))}";
    }

    /// <summary>The entities that a window tells, each once: as it was before the first of its changes and is after the last.</summary>
    public static List<NotifiedEntity> Entities(Subscription subscription, Window window)
    {
        var order = new List<string>();
        var spans = new Dictionary<string, (ChangeFacts First, ChangeFacts Last)>(StringComparer.Ordinal);
        foreach (var facts in window.Changes)
        {
            if (spans.TryGetValue(facts.Change.Id, out var span)) spans[facts.Change.Id] = (span.First, facts);
            else
            {
                order.Add(facts.Change.Id);
                spans[facts.Change.Id] = (facts, facts);
            }
        }
        var told = new List<NotifiedEntity>(order.Count);
        foreach (var id in order)
        {
            var (first, last) = spans[id];
            if (Tell(subscription, first.Change.Before, last.Change.After, last.Change.Recorded) is { } entity) told.Add(entity);
        }
        return told;
    }

    private static NotifiedEntity? Tell(Subscription subscription, Entity? before, Entity? after, DateTime at)
    {
        var tellsGone = (subscription.Triggers & Triggers.AttributeDeleted) != 0;
        if (after is not null && before is null) return new(after, null);
        if (before is null) return null; // it came and went between two notifications
        var marks = new ChangeMarks(at) { IsEntityDeleted = after is null };
        var attributes = new List<EntityAttribute>();
        if (after is null)
        {
            foreach (var attribute in before.Attributes)
                if (tellsGone ? subscription.Watched?.Contains(attribute.Name) != false : subscription.ShowChanges) attributes.Add(AllGone(attribute));
            return new(before with { Attributes = attributes, Scopes = [] }, marks);
        }
        foreach (var attribute in after.Attributes)
        {
            var old = before.Find(attribute.Name);
            if (old is null || ReferenceEquals(old, attribute))
            {
                attributes.Add(attribute);
                continue;
            }
            var instances = attribute.Instances.ToList();
            foreach (var instance in attribute.Instances)
                if (subscription.ShowChanges && ChangeFacts.Instance(old, instance.DatasetId) is { } was && !ReferenceEquals(was, instance)) marks.AddPrevious(instance, was);
            if (tellsGone)
                foreach (var instance in old.Instances)
                    if (ChangeFacts.Instance(attribute, instance.DatasetId) is null) instances.Add(Gone(instance));
            attributes.Add(instances.Count == attribute.Instances.Count ? attribute : new(attribute.Name, instances));
        }
        if (tellsGone)
            foreach (var attribute in before.Attributes)
                if (after.Find(attribute.Name) is null) attributes.Add(AllGone(attribute));
        return new(after with { Attributes = attributes }, marks);

        // An attribute that went with all its instances is told once, unless each is to be told with what it was.
        EntityAttribute AllGone(EntityAttribute attribute) => attribute.Instances.Count == 1 || subscription.ShowChanges
            ? new(attribute.Name, [.. attribute.Instances.Select(i => Gone(i))])
            : new(attribute.Name, [Gone(attribute.Default) with { DatasetId = null }]);

        AttributeInstance Gone(AttributeInstance instance)
        {
            var gone = ChangeMarks.Gone(instance);
            if (subscription.ShowChanges) marks.AddPrevious(gone, instance);
            return gone;
        }
    }

    /// <summary>The message of a notification.</summary>
    public static NotificationMessage Write(string tenant, Subscription subscription, string id, DateTime at, IReadOnlyList<NotifiedEntity> told, Representation form, LdContext context)
    {
        var media = subscription.Endpoint.Accept;
        using var buffer = JsonBuffer.Rent();
        var json = buffer.Json;
        json.WriteStartObject();
        json.WriteString("id"u8, id);
        json.WriteString("type"u8, "Notification"u8);
        json.WriteString("subscriptionId"u8, subscription.Id);
        EntityJsonWriter.WriteTime(json, "notifiedAt"u8, at);
        json.WritePropertyName("data"u8);
        if (media == MediaTypes.GeoJson)
        {
            json.WriteStartObject();
            json.WriteString("type"u8, "FeatureCollection"u8);
            json.WriteStartArray("features"u8);
            foreach (var one in told) EntityJsonWriter.WriteFeature(json, one.Entity, context, one.In(form));
            json.WriteEndArray();
            json.WriteEndObject();
        }
        else
        {
            json.WriteStartArray();
            foreach (var one in told) EntityJsonWriter.Write(json, one.Entity, context, one.In(form), withContext: media == MediaTypes.JsonLd);
            json.WriteEndArray();
        }
        if (media != MediaTypes.JsonLd && context.Address is null) EntityJsonWriter.WriteContext(json, context);
        json.WriteEndObject();
        var link = media == MediaTypes.JsonLd || context.Address is null ? null : $"<{context.Address}>; rel=\"{ContextRelation}\"; type=\"{MediaTypes.JsonLd}\"";
        return new(Conforming(subscription, Unescaped(buffer.Finish())), media == MediaTypes.Json && context.Address is null ? MediaTypes.JsonLd : media, link, tenant);
    }

    /// <summary>The message with its entities as the version of the specification has them that the subscription names (clauses 4.3.6.8 and 5.8.6).</summary>
    private static byte[] Conforming(Subscription subscription, byte[] message)
    {
        if (subscription.Conformance is not { } version || version.CompareTo(Preferences.Native) >= 0) return message;
        using var document = JsonDocument.Parse(message);
        using var buffer = JsonBuffer.Rent();
        var earlier = new EarlierVersion(version, subscription.Form.Format == EntityFormat.Simplified, subscription.Endpoint.Accept == MediaTypes.GeoJson);
        buffer.Json.WriteStartObject();
        foreach (var member in document.RootElement.EnumerateObject())
        {
            if (member.Name != "data")
            {
                member.WriteTo(buffer.Json);
                continue;
            }
            buffer.Json.WritePropertyName("data"u8);
            earlier.Write(buffer.Json, member.Value);
        }
        buffer.Json.WriteEndObject();
        return buffer.Finish().ToArray();
    }

    /// <summary>The JSON with its characters as they are. Values go out as they came in, and some senders escape what is not ASCII, which some receivers read badly.</summary>
    private static byte[] Unescaped(ReadOnlySpan<byte> json)
    {
        var bytes = json.ToArray();
        if (bytes.AsSpan().IndexOf("\\u"u8) < 0) return bytes;
        using var document = JsonDocument.Parse(bytes);
        return JsonSerializer.SerializeToUtf8Bytes(document.RootElement, PlainJson.Options);
    }
}
