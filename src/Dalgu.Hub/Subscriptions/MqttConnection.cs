using System.Net;
using System.Text.Json;
using Dalgu.Hub.Http;
using MQTTnet;
using MQTTnet.Exceptions;
using MQTTnet.Formatter;
using MQTTnet.Protocol;

namespace Dalgu.Hub.Subscriptions;

/// <summary>The connection of one MQTT endpoint (clause 7.2): made when something is to be sent, kept while it holds. Used by one notification at a time.</summary>
internal sealed class MqttConnection(AddressGuard guard) : IDisposable
{
    private static readonly MqttClientFactory Factory = new();
    private IMqttClient? client;
    private string? version;

    /// <summary>Publishes a notification once.</summary>
    public async Task<Outcome> SendAsync(NotificationEndpoint endpoint, NotificationMessage message, TimeSpan time, CancellationToken cancel)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        limit.CancelAfter(time);
        try
        {
            var connected = await ConnectAsync(endpoint, limit.Token);
            var published = await connected.PublishAsync(new MqttApplicationMessageBuilder()
                .WithTopic(Uri.UnescapeDataString(endpoint.Uri.AbsolutePath.TrimStart('/')))
                .WithQualityOfServiceLevel((MqttQualityOfServiceLevel)int.Parse(endpoint.NotifierInfo.GetValueOrDefault("MQTT-QoS", "0"), System.Globalization.CultureInfo.InvariantCulture))
                .WithPayload(Payload(endpoint, message)).Build(), limit.Token);
            if (published.IsSuccess || published.ReasonCode == MqttClientPublishReasonCode.NoMatchingSubscribers) return Outcome.Taken;
            return published.ReasonCode is MqttClientPublishReasonCode.NotAuthorized or MqttClientPublishReasonCode.TopicNameInvalid or MqttClientPublishReasonCode.PayloadFormatInvalid ? Outcome.Refused : Outcome.Failed;
        }
        catch (Exception fault) when (fault is MqttCommunicationException or MqttProtocolViolationException or OutboundFault or System.Net.Sockets.SocketException or IOException or ObjectDisposedException
            or InvalidOperationException or OperationCanceledException && !cancel.IsCancellationRequested)
        {
            Drop();
            return Outcome.Failed;
        }
    }

    private async Task<IMqttClient> ConnectAsync(NotificationEndpoint endpoint, CancellationToken cancel)
    {
        var wanted = endpoint.NotifierInfo.GetValueOrDefault("MQTT-Version", "mqtt5.0");
        if (client is { IsConnected: true } known && version == wanted) return known;
        Drop();
        var uri = endpoint.Uri;
        // The address that is judged is the one connected to.
        var address = (await guard.ResolveAsync(uri.DnsSafeHost, cancel))[0];
        var options = new MqttClientOptionsBuilder()
            .WithEndPoint(new IPEndPoint(address, uri.Port > 0 ? uri.Port : uri.Scheme == "mqtts" ? 8883 : 1883))
            .WithProtocolVersion(wanted == "mqtt3.1.1" ? MqttProtocolVersion.V311 : MqttProtocolVersion.V500)
            .WithClientId("dalgu-" + Guid.NewGuid().ToString("N")).WithCleanStart();
        if (uri.UserInfo.Length > 0)
        {
            var colon = uri.UserInfo.IndexOf(':');
            options.WithCredentials(Uri.UnescapeDataString(colon < 0 ? uri.UserInfo : uri.UserInfo[..colon]), colon < 0 ? null : Uri.UnescapeDataString(uri.UserInfo[(colon + 1)..]));
        }
        if (uri.Scheme == "mqtts") options.WithTlsOptions(tls => tls.UseTls().WithTargetHost(uri.DnsSafeHost));
        client = Factory.CreateMqttClient();
        version = wanted;
        var result = await client.ConnectAsync(options.Build(), cancel);
        if (result.ResultCode != MqttClientConnectResultCode.Success) throw new MqttCommunicationException($"The broker answers {result.ResultCode}.");
        return client;
    }

    /// <summary>The notification with what would be headers over HTTP beside it.</summary>
    private static byte[] Payload(NotificationEndpoint endpoint, NotificationMessage message)
    {
        using var buffer = JsonBuffer.Rent();
        var json = buffer.Json;
        json.WriteStartObject();
        json.WriteStartObject("metadata"u8);
        json.WriteString("Content-Type"u8, message.MediaType);
        if (message.Link is { } link) json.WriteString("Link"u8, link);
        if (message.Snapshot is { } snapshot) json.WriteString(Snapshots.SnapshotEndpoints.Header, snapshot);
        if (message.Tenant.Length > 0) json.WriteString("NGSILD-Tenant"u8, message.Tenant);
        foreach (var (name, value) in endpoint.ReceiverInfo)
            if (name is not ("Content-Type" or "Link" or "NGSILD-Tenant")) json.WriteString(name, value);
        json.WriteEndObject();
        json.WritePropertyName("body"u8);
        json.WriteRawValue(message.Body, skipInputValidation: true);
        json.WriteEndObject();
        return buffer.Finish().ToArray();
    }

    private void Drop()
    {
        client?.Dispose();
        client = null;
    }

    public void Dispose() => Drop();
}
