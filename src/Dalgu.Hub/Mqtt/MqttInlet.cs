using System.Buffers;
using System.Net;
using System.Text.Json;
using Dalgu.Hub.Access;
using Dalgu.Hub.Contexts;
using Dalgu.Hub.Entities;
using MQTTnet.Protocol;
using MQTTnet.Server;

namespace Dalgu.Hub.Mqtt;

/// <summary>The broker inside: takes messages from devices over MQTT 3.1.1 and 5.0 and writes them through the tenant's door as whoever's API key they bring. It
/// passes nothing on: who wants to know subscribes to the hub. A message is acknowledged when what it says is durable; a bad one is counted and refused.</summary>
/// <remarks>Topics: <c>ngsi-ld/TENANT/entities</c> with one NGSI-LD entity or an array of them, <c>ngsi-ld/TENANT/entities/ID/attrs</c> with attributes of an entity
/// that exists ("-" is the default tenant), and the simple ones of <see cref="HubOptions.MqttTopics"/>.</remarks>
public sealed class MqttInlet(CityHub hub, ApiKeys keys) : IAsyncDisposable
{
    private readonly IReadOnlyList<TopicTemplate> templates = TopicTemplate.ParseAll(hub.Options.MqttTopics);
    private MqttServer? server;
    private long taken, refused;

    /// <summary>How many messages were written.</summary>
    public long Taken => Interlocked.Read(ref taken);
    /// <summary>How many messages were refused.</summary>
    public long Refused => Interlocked.Read(ref refused);
    /// <summary>Why the last one was refused; null where none was.</summary>
    public string? LastRefusal { get; private set; }

    /// <summary>Listens where the settings say; does nothing where they say nothing.</summary>
    /// <exception cref="Problem">BadRequestData where the address cannot be read.</exception>
    public async Task StartAsync()
    {
        if (hub.Options.MqttListen.Length == 0) return;
        if (!IPEndPoint.TryParse(hub.Options.MqttListen, out var at) || at.Port == 0)
            throw new Problem(ProblemKind.BadRequestData, $"\"{Iri.Shorten(hub.Options.MqttListen)}\" is no address to listen at for MQTT; write one such as 0.0.0.0:1883.");
        var options = new MqttServerOptionsBuilder().WithDefaultEndpoint().WithDefaultEndpointPort(at.Port).WithDefaultEndpointBoundIPAddress(at.Address)
            .WithDefaultEndpointBoundIPV6Address(at.AddressFamily == System.Net.Sockets.AddressFamily.InterNetworkV6 ? at.Address : IPAddress.None).WithMaxPendingMessagesPerClient(100).Build();
        server = new MqttServerFactory().CreateMqttServer(options);
        server.ValidatingConnectionAsync += ValidateAsync;
        server.InterceptingPublishAsync += TakeAsync;
        server.InterceptingSubscriptionAsync += static args =>
        {
            args.ProcessSubscription = false;
            args.Response.ReasonCode = MqttSubscribeReasonCode.NotAuthorized;
            return Task.CompletedTask;
        };
        await server.StartAsync();
    }

    /// <summary>The password is an API key; the user name says nothing.</summary>
    private Task ValidateAsync(ValidatingConnectionEventArgs args)
    {
        if (keys.Find(args.Password) is not { } key)
        {
            args.ReasonCode = MqttConnectReasonCode.BadUserNameOrPassword;
            return Task.CompletedTask;
        }
        keys.Touch(key);
        args.SessionItems["key"] = args.Password;
        return Task.CompletedTask;
    }

    private async Task TakeAsync(InterceptingPublishEventArgs args)
    {
        args.ProcessPublish = false; // nobody is passed anything
        try
        {
            // The key is asked for each time: one that was closed writes nothing more.
            if (args.SessionItems["key"] is not string secret || keys.Find(secret) is not { } key) throw new Problem(ProblemKind.Unauthorized, "The API key is closed.");
            if (args.ApplicationMessage.Payload.Length > hub.Options.MaxBodyBytes) throw new Problem(ProblemKind.PayloadTooLarge, $"The message is larger than {hub.Options.MaxBodyBytes} bytes.");
            await WriteAsync(key, args.ApplicationMessage.Topic, args.ApplicationMessage.Payload.ToArray());
            Interlocked.Increment(ref taken);
        }
        catch (Exception fault) // whatever a message holds, the broker goes on
        {
            Interlocked.Increment(ref refused);
            LastRefusal = fault is Problem problem ? problem.Message : "A fault of this instance.";
            args.Response.ReasonCode = fault is not Problem p ? MqttPubAckReasonCode.UnspecifiedError : p.Kind switch
            {
                ProblemKind.Unauthorized or ProblemKind.Forbidden => MqttPubAckReasonCode.NotAuthorized,
                ProblemKind.Unavailable or ProblemKind.StorageFull or ProblemKind.PayloadTooLarge => MqttPubAckReasonCode.QuotaExceeded,
                ProblemKind.ResourceNotFound or ProblemKind.NonexistentTenant => MqttPubAckReasonCode.TopicNameInvalid,
                _ => MqttPubAckReasonCode.PayloadFormatInvalid,
            };
            // What can be taken later is sent again by a client that is cut off; in 3.1.1 no acknowledgement can say so.
            args.CloseConnection = fault is Problem { Kind: ProblemKind.Unavailable or ProblemKind.StorageFull or ProblemKind.Unauthorized };
        }
    }

    private async Task WriteAsync(ApiKey key, string topic, byte[] payload)
    {
        using var document = Parse(payload);
        var body = document.RootElement;
        var levels = topic.Split('/');
        if (levels is ["ngsi-ld", var tenant, "entities"]) await PutAsync(key, tenant == "-" ? "" : tenant, await FragmentsAsync(body), mustExist: false);
        else if (levels is ["ngsi-ld", var of, "entities", .. var id, "attrs"])
        {
            var fragment = await FragmentAsync(body);
            await PutAsync(key, of == "-" ? "" : of, [fragment with { Id = Iri.Require(string.Join('/', id), "The entity id in the topic") }], mustExist: true);
        }
        else
        {
            foreach (var template in templates)
                if (template.Match(topic) is { } about)
                {
                    await PutAsync(key, about.Tenant, [Simple(about.Type, about.Id, about.Attribute, body)], mustExist: false);
                    return;
                }
            throw new Problem(ProblemKind.ResourceNotFound, $"The topic \"{Iri.Shorten(topic)}\" is none of those that are taken here.");
        }
    }

    private JsonDocument Parse(byte[] payload)
    {
        try
        {
            return StrictJson.Parse(payload, new JsonDocumentOptions { AllowDuplicateProperties = false, MaxDepth = hub.Options.MaxJsonDepth });
        }
        catch (JsonException)
        {
            throw new Problem(ProblemKind.InvalidRequest, "The message is not valid JSON.");
        }
    }

    private async Task<List<EntityFragment>> FragmentsAsync(JsonElement body)
    {
        if (body.ValueKind != JsonValueKind.Array) return [await FragmentAsync(body)];
        if (body.GetArrayLength() > hub.Options.MaxBatchSize) throw new Problem(ProblemKind.TooManyResults, $"The message holds more than {hub.Options.MaxBatchSize} entities.");
        var fragments = new List<EntityFragment>();
        foreach (var item in body.EnumerateArray()) fragments.Add(await FragmentAsync(item));
        return fragments;
    }

    private async Task<EntityFragment> FragmentAsync(JsonElement body)
    {
        if (body.ValueKind != JsonValueKind.Object) throw new Problem(ProblemKind.BadRequestData, "The message is no JSON object.");
        var context = body.TryGetProperty("@context", out var named) ? await hub.Contexts.ResolveAsync(named) : CoreContext.Instance;
        return new EntityJsonReader(context, hub.Options).Read(body);
    }

    /// <summary>A message of plain names and values, or of one value where the topic names the attribute. A member "observedAt" says when all of it held.</summary>
    private EntityFragment Simple(string type, string id, string? attribute, JsonElement body)
    {
        var reader = new EntityJsonReader(CoreContext.Instance, hub.Options);
        DateTime? observed = null;
        var attributes = new List<EntityAttribute>();
        if (attribute is not null) attributes.Add(reader.ReadAttribute(attribute, body));
        else
        {
            if (body.ValueKind != JsonValueKind.Object) throw new Problem(ProblemKind.BadRequestData, "The message is no JSON object of names and values.");
            foreach (var member in body.EnumerateObject())
                if (member.Name == "observedAt")
                    observed = member.Value.ValueKind == JsonValueKind.String && Timestamp.TryParse(member.Value.GetString(), out var at) ? at
                        : throw new Problem(ProblemKind.BadRequestData, "The observedAt of the message is no instant in UTC such as 2026-11-23T08:00:00Z.");
                else if (member.Name is not ("id" or "type")) attributes.Add(reader.ReadAttribute(member.Name, member.Value));
        }
        if (observed is not null) attributes = attributes.ConvertAll(a => a with { Instances = [.. a.Instances.Select(i => i with { ObservedAt = i.ObservedAt ?? observed })] });
        return new EntityFragment { Id = Iri.Require(id, "The entity id"), Types = [CoreContext.Instance.ExpandType(type)], Attributes = attributes };
    }

    /// <summary>Writes all or nothing of a message: what exists gets its attributes, what does not comes to be.</summary>
    private async Task PutAsync(ApiKey key, string tenantName, List<EntityFragment> fragments, bool mustExist)
    {
        if (key.Tenants.Count > 0 && !key.Tenants.Contains(tenantName, StringComparer.Ordinal)) throw new Problem(ProblemKind.Forbidden, $"The API key \"{key.Name}\" is not for the tenant \"{Iri.Shorten(tenantName)}\".");
        var tenant = await hub.TenantAsync(tenantName, create: hub.Options.TenantsByFirstUse && !mustExist && key.Role >= Role.Operator);
        var rights = hub.Access.For(key.Principal);
        await tenant.WriteAsync(key.Principal, "mqtt.publish", fragments.ConvertAll(f => Iri.Require(f.Id, "The entity id")), scope =>
        {
            foreach (var fragment in fragments)
            {
                var current = scope.Find(fragment.Id!);
                if (current is null && mustExist || current is not null && !rights.MayRead(current)) throw new Problem(ProblemKind.ResourceNotFound, $"The entity \"{fragment.Id}\" does not exist.");
                var next = current is null ? fragment.ToEntity() : EntityOperations.Append(current, fragment, overwrite: true).State;
                if (!rights.MayWrite(next.Types) || current is not null && !rights.MayWrite(current.Types)) throw new Problem(ProblemKind.Forbidden, $"{key.Name} may not write \"{fragment.Id}\".");
                scope.Put(next);
            }
            return true;
        });
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (server is null) return;
        await server.StopAsync();
        server.Dispose();
    }
}
