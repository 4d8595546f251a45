using System.Buffers;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;
using System.Threading.Channels;
using Dalgu.Hub.Access;
using Dalgu.Hub.Mqtt;
using Dalgu.Testing;
using Microsoft.Extensions.DependencyInjection;
using MQTTnet;
using MQTTnet.Formatter;
using MQTTnet.Protocol;
using MQTTnet.Server;
using Xunit;

namespace Dalgu.Conformance.Subscriptions;

/// <summary>MQTT, out (ETSI GS CIM 009, clause 7.2) and in, against real brokers and clients on loopback.</summary>
public class MqttTests(City city)
{
    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    [Theory]
    [InlineData("mqtt5.0", "0", MqttProtocolVersion.V500)]
    [InlineData("mqtt5.0", "2", MqttProtocolVersion.V500)]
    [InlineData("mqtt3.1.1", "1", MqttProtocolVersion.V311)]
    public async Task A_notification_goes_to_a_broker_with_its_metadata(string version, string qos, MqttProtocolVersion expected)
    {
        var port = FreePort();
        using var broker = new MqttServerFactory().CreateMqttServer(new MqttServerOptionsBuilder().WithDefaultEndpoint().WithDefaultEndpointPort(port).WithDefaultEndpointBoundIPAddress(IPAddress.Loopback).Build());
        var arrived = Channel.CreateUnbounded<(string Topic, MqttQualityOfServiceLevel Level, JsonNode Payload)>();
        var versions = new List<MqttProtocolVersion>();
        broker.ValidatingConnectionAsync += args =>
        {
            versions.Add(args.ProtocolVersion);
            if (args.UserName != "user" || args.Password != "p@ss") args.ReasonCode = MqttConnectReasonCode.BadUserNameOrPassword;
            return Task.CompletedTask;
        };
        broker.InterceptingPublishAsync += args =>
        {
            arrived.Writer.TryWrite((args.ApplicationMessage.Topic, args.ApplicationMessage.QualityOfServiceLevel, JsonNode.Parse(args.ApplicationMessage.Payload.ToArray())!));
            return Task.CompletedTask;
        };
        await broker.StartAsync();
        var door = city.NewDoor();
        (await door.PostAsync("/subscriptions", $$"""
            {"id":"urn:s:1","type":"Subscription","entities":[{"type":"Counter"}],"notification":{"endpoint":{"uri":"mqtt://user:p%40ss@127.0.0.1:{{port}}/city/counters",
            "receiverInfo":[{"key":"who","value":"me"}],"notifierInfo":[{"key":"MQTT-Version","value":"{{version}}"},{"key":"MQTT-QoS","value":"{{qos}}"}]} } }
            """)).Is(201);
        (await door.PostAsync("/entities", """{"id":"urn:c:1","type":"Counter","n":7}""")).Is(201);
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        var (topic, level, payload) = await arrived.Reader.ReadAsync(limit.Token);
        Assert.Equal(("city/counters", qos, expected), (topic, ((int)level).ToString(System.Globalization.CultureInfo.InvariantCulture), versions[0]));
        Assert.Equal(("application/json", "me", door.Tenant), ((string?)payload["metadata"]!["Content-Type"], (string?)payload["metadata"]!["who"], (string?)payload["metadata"]!["NGSILD-Tenant"]));
        Assert.Equal(7, (int)payload["body"]!["data"]![0]!["n"]!["value"]!);
        await broker.StopAsync();
    }

    [Fact]
    public async Task Messages_become_entities_and_bad_ones_are_counted_and_refused()
    {
        var port = FreePort();
        await using var server = await TestServer.StartAsync(o => o with { Hub = o.Hub with { MqttListen = $"127.0.0.1:{port}" } });
        var inlet = server.Host.Services.GetRequiredService<MqttInlet>();
        var (writer, secret) = await server.Access.Keys.AddAsync(Principal.System, "devices", Role.Operator, [], [], null);
        var (_, reading) = await server.Access.Keys.AddAsync(Principal.System, "reading", Role.Reader, [], [], null);
        var door = new Door(server.Client, "");

        using var stranger = new MqttClientFactory().CreateMqttClient();
        Assert.Equal(MqttClientConnectResultCode.BadUserNameOrPassword, await ConnectAsync(stranger, "dlg_0000000000000000000000000000000000000000000"));
        using var client = new MqttClientFactory().CreateMqttClient();
        Assert.Equal(MqttClientConnectResultCode.Success, await ConnectAsync(client, secret));

        Assert.Equal(MqttClientPublishReasonCode.Success, await PublishAsync(client, "ngsi-ld/-/entities", """{"id":"urn:b:1","type":"Building","speed":{"type":"Property","value":1,"unitCode":"KMH"}}"""));
        Assert.Equal(MqttClientPublishReasonCode.Success, await PublishAsync(client, "ngsi-ld/-/entities/urn:b:1/attrs", """{"speed":2}"""));
        Assert.Equal(MqttClientPublishReasonCode.Success, await PublishAsync(client, "devices/Sensor/7", """{"temperature":21.5,"observedAt":"2026-11-23T08:00:00Z"}"""));
        Assert.Equal(MqttClientPublishReasonCode.Success, await PublishAsync(client, "devices/Sensor/7/humidity", "55"));
        Assert.Equal(MqttClientPublishReasonCode.Success, await PublishAsync(client, "ngsi-ld/district/entities", """[{"id":"urn:b:1","type":"Building"},{"id":"urn:b:2","type":"Building"}]"""));
        (await door.GetAsync("/entities/urn:b:1")).Is(200).Has("""{"id":"urn:b:1","type":"Building","speed":{"type":"Property","value":2}}""");
        (await door.GetAsync("/entities/urn:ngsi-ld:Sensor:7")).Is(200).Has("""
            {"id":"urn:ngsi-ld:Sensor:7","type":"Sensor","temperature":{"type":"Property","value":21.5,"observedAt":"2026-11-23T08:00:00Z"},"humidity":{"type":"Property","value":55}}
            """);
        (await new Door(server.Client, "district").GetAsync("/entities/urn:b:2")).Is(200);
        Assert.Equal(5, inlet.Taken);

        foreach (var (topic, payload) in new[] { ("ngsi-ld/-/entities", "{"), ("ngsi-ld/-/entities", "[1]"), ("ngsi-ld/-/entities", """{"id":"no","type":"T"}"""), ("ngsi-ld/-/entities/urn:none:1/attrs", """{"a":1}"""),
            ("nowhere", "{}"), ("devices/T/1", """{"a":1,"a":2}"""), ("devices/T/1", """{"observedAt":"soon"}"""), ("ngsi-ld/UPPER/entities", """{"id":"urn:a:1","type":"T"}"""), ("devices/T/1/x", "\"\\ud800\"") })
            Assert.NotEqual(MqttClientPublishReasonCode.Success, await PublishAsync(client, topic, payload));
        Assert.Equal((5, 9), (inlet.Taken, inlet.Refused));

        using var reader = new MqttClientFactory().CreateMqttClient();
        await ConnectAsync(reader, reading);
        Assert.Equal(MqttClientPublishReasonCode.NotAuthorized, await PublishAsync(reader, "devices/Sensor/7/humidity", "56"));
        await server.Access.Keys.DisableAsync(Principal.System, writer.Name);
        Assert.NotEqual(MqttClientPublishReasonCode.Success, await PublishAsync(client, "devices/Sensor/7/humidity", "57"));
        Assert.Equal(55, (int)(await door.GetAsync("/entities/urn:ngsi-ld:Sensor:7")).Is(200).Body["humidity"]!["value"]!);

        async Task<MqttClientConnectResultCode> ConnectAsync(IMqttClient mqtt, string password)
        {
            try
            {
                return (await mqtt.ConnectAsync(new MqttClientOptionsBuilder().WithTcpServer("127.0.0.1", port).WithProtocolVersion(MqttProtocolVersion.V500).WithCredentials("any", password).Build(), TestContext.Current.CancellationToken)).ResultCode;
            }
            catch (MQTTnet.Exceptions.MqttCommunicationException)
            {
                return MqttClientConnectResultCode.BadUserNameOrPassword;
            }
        }

        static async Task<MqttClientPublishReasonCode> PublishAsync(IMqttClient mqtt, string topic, string payload)
        {
            try
            {
                return (await mqtt.PublishAsync(new MqttApplicationMessageBuilder().WithTopic(topic).WithPayload(Encoding.UTF8.GetBytes(payload)).WithQualityOfServiceLevel(MqttQualityOfServiceLevel.AtLeastOnce).Build(), TestContext.Current.CancellationToken)).ReasonCode;
            }
            catch (MQTTnet.Exceptions.MqttCommunicationException)
            {
                return MqttClientPublishReasonCode.NotAuthorized; // cut off
            }
        }
    }
}
