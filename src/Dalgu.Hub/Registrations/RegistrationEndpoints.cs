using System.Globalization;
using Dalgu.Hub.Http;
using Dalgu.Hub.Query;
using Dalgu.Hub.Temporal;
using Microsoft.AspNetCore.Http;

namespace Dalgu.Hub.Registrations;

/// <summary>The operations on registrations of context sources (clauses 5.9 and 5.10).</summary>
internal static class RegistrationEndpoints
{
    private static readonly string[] Forms = [MediaTypes.Json, MediaTypes.JsonLd];

    /// <summary>POST /csourceRegistrations</summary>
    public static async Task Create(NgsiLdCall call)
    {
        call.Hub.Sources.CalledBy(call.Http.Request);
        var document = RegistrationReader.Expand(await call.BodyAsync(), call.Context);
        if (!document.ContainsKey("id")) document["id"] = "urn:ngsi-ld:ContextSourceRegistration:" + Guid.NewGuid();
        var registration = await (await call.RequireTenantAsync()).Registrations.AddAsync(call.Rights.Who, document);
        call.Http.Response.Headers.Location = $"{NgsiLdRoutes.Root}/csourceRegistrations/{Uri.EscapeDataString(registration.Id).Replace("%3A", ":", StringComparison.Ordinal)}";
        call.Answer(StatusCodes.Status201Created);
    }

    /// <summary>GET /csourceRegistrations/{id}</summary>
    public static async Task Retrieve(NgsiLdCall call)
    {
        var media = MediaTypes.Choose(call.Http.Request.Headers.Accept, Forms);
        var id = Id(call);
        var registration = call.Tenant.Registrations.Find(id) ?? throw RegistrationBook.Missing(id);
        var times = call.Options().Contains("sysAttrs");
        await call.AnswerAsync(StatusCodes.Status200OK, media, json => RegistrationWriter.Write(json, registration, call.Context, times, media == MediaTypes.JsonLd));
    }

    /// <summary>GET /csourceRegistrations</summary>
    public static async Task Query(NgsiLdCall call)
    {
        var media = MediaTypes.Choose(call.Http.Request.Headers.Accept, Forms);
        // An empty parameter is one that is not there: a form sends every field.
        string? Parameter(string name) => call.Parameter(name) is { Length: > 0 } value ? value : null;
        var query = new QueryParser(call.Context, call.Hub.Options).Parse(Parameter);
        if (query is { Types: null, Ids: null, IdPattern: null, Attributes: null, Q: null, Geo: null, Scopes: null } && Parameter("csf") is null && Parameter("type") != "*")
            throw new Problem(ProblemKind.BadRequestData, "The query is too wide: name at least one of type (* for any), attrs, id, idPattern, q, csf, scopeQ, georel (clause 5.10.2).");
        var times = call.Options().Contains("sysAttrs");
        var count = call.Flag("count");
        if (query.Limit == 0 && !count) throw new Problem(ProblemKind.BadRequestData, "The limit is 0; that is for counting alone, with count=true.");
        var question = new RegistrationQuestion
        {
            Selectors = query is { Types: null, Ids: null, IdPattern: null } ? [] : [new EntitySelector(query.Types, query.Ids, query.IdPattern)],
            Attributes = query.Attributes,
            Csf = Parameter("csf") is { } csf ? QExpression.Parse(csf, call.Context, call.Hub.Options) : null,
            Geo = query.Geo,
            Scopes = query.Scopes,
            Time = TemporalQuery.Parse(Parameter, aggregated: false, call.Hub.Options) is { IsStated: true } time ? time : null,
        };
        var matching = call.Tenant.Registrations.Matching(question);
        if (query.Q is { } q) matching.RemoveAll(r => !q.Matches(r.Properties));
        if (count) call.Http.Response.Headers["NGSILD-Results-Count"] = matching.Count.ToString(CultureInfo.InvariantCulture);
        Paging.AddLinks(call, query.Limit, query.Offset, matching.Count > (long)query.Offset + query.Limit, asAsked: true);
        await call.AnswerAsync(StatusCodes.Status200OK, media, json =>
        {
            json.WriteStartArray();
            foreach (var registration in matching.Skip(query.Offset).Take(query.Limit))
                RegistrationWriter.Write(json, registration, call.Context, times, media == MediaTypes.JsonLd);
            json.WriteEndArray();
        });
    }

    /// <summary>PATCH /csourceRegistrations/{id}</summary>
    public static async Task Update(NgsiLdCall call)
    {
        var id = Id(call);
        var fragment = RegistrationReader.Expand(await call.BodyAsync(), call.Context);
        if (fragment.TryGetPropertyValue("id", out var stated) && (stated is not System.Text.Json.Nodes.JsonValue value || !value.TryGetValue(out string? text) || text != id))
            throw new Problem(ProblemKind.BadRequestData, $"The body is of another registration than the address, \"{id}\"; an id never changes.");
        await call.Tenant.Registrations.UpdateAsync(call.Rights.Who, id, fragment);
        call.Answer(StatusCodes.Status204NoContent);
    }

    /// <summary>DELETE /csourceRegistrations/{id}</summary>
    public static async Task Delete(NgsiLdCall call)
    {
        await call.Tenant.Registrations.DeleteAsync(call.Rights.Who, Id(call));
        call.Answer(StatusCodes.Status204NoContent);
    }

    private static string Id(NgsiLdCall call) => Iri.Require(call.RouteValue("registrationId"), "The registration id");
}
