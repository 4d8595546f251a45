using System.Xml;
using Dalgu.Hub.Entities;
using Dalgu.Hub.Http;
using Microsoft.AspNetCore.Http;

namespace Dalgu.Hub.Registrations;

/// <summary>Who this instance is among brokers (clause 5.15): what another broker registers as contextSourceAlias.</summary>
internal static class SourceIdentity
{
    private static readonly string[] Forms = [MediaTypes.Json, MediaTypes.JsonLd];

    /// <summary>GET /info/sourceIdentity. A tenant that is not there yet has its name all the same.</summary>
    public static async Task Retrieve(NgsiLdCall call)
    {
        var media = MediaTypes.Choose(call.Http.Request.Headers.Accept, Forms);
        var alias = await call.Hub.Sources.AliasAsync(call.Http.Request.Headers["NGSILD-Tenant"].ToString());
        var now = call.Hub.Clock.GetUtcNow();
        await call.AnswerAsync(StatusCodes.Status200OK, media, json =>
        {
            json.WriteStartObject();
            json.WriteString("id"u8, "urn:ngsi-ld:ContextSourceIdentity:" + alias);
            json.WriteString("type"u8, "ContextSourceIdentity"u8);
            json.WriteString("contextSourceAlias"u8, alias);
            json.WriteString("contextSourceUptime"u8, XmlConvert.ToString(TimeSpan.FromSeconds(Math.Floor((now - call.Hub.Sources.StartedAt).TotalSeconds))));
            EntityJsonWriter.WriteTime(json, "contextSourceTimeAt"u8, Timestamp.Milliseconds(now.UtcDateTime));
            if (media == MediaTypes.JsonLd) EntityJsonWriter.WriteContext(json, call.Context);
            json.WriteEndObject();
        });
    }
}
