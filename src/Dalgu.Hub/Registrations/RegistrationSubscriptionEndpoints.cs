using System.Globalization;
using System.Text.Json.Nodes;
using Dalgu.Hub.Http;
using Dalgu.Hub.Query;
using Dalgu.Hub.Subscriptions;
using Microsoft.AspNetCore.Http;

namespace Dalgu.Hub.Registrations;

/// <summary>The operations on subscriptions to registrations (clauses 5.11.2 to 5.11.6).</summary>
internal static class RegistrationSubscriptionEndpoints
{
    private static readonly string[] Forms = [MediaTypes.Json, MediaTypes.JsonLd];

    /// <summary>POST /csourceSubscriptions</summary>
    public static async Task Create(NgsiLdCall call)
    {
        var subscription = await SubscriptionEndpoints.ReadAsync(call);
        await (await call.RequireTenantAsync()).RegistrationSubscriptions.AddAsync(call.Rights.Who, subscription);
        call.Http.Response.Headers.Location = $"{NgsiLdRoutes.Root}/csourceSubscriptions/{Uri.EscapeDataString(subscription.Id).Replace("%3A", ":", StringComparison.Ordinal)}";
        call.Answer(StatusCodes.Status201Created);
    }

    /// <summary>GET /csourceSubscriptions/{id}</summary>
    public static async Task Retrieve(NgsiLdCall call)
    {
        var media = MediaTypes.Choose(call.Http.Request.Headers.Accept, Forms);
        var id = Id(call);
        var subscription = call.Tenant.RegistrationSubscriptions.Find(id) ?? throw SubscriptionBook.Missing(id);
        var times = call.Options().Contains("sysAttrs");
        await call.AnswerAsync(StatusCodes.Status200OK, media, json => SubscriptionEndpoints.Write(json, call, subscription.State, times, media, hasTriggers: false));
    }

    /// <summary>GET /csourceSubscriptions</summary>
    public static async Task List(NgsiLdCall call)
    {
        var media = MediaTypes.Choose(call.Http.Request.Headers.Accept, Forms);
        var page = new QueryParser(call.Context, call.Hub.Options).Parse(name => name is "limit" or "offset" ? call.Parameter(name) : null);
        var count = call.Flag("count");
        if (page.Limit == 0 && !count) throw new Problem(ProblemKind.BadRequestData, "The limit is 0; that is for counting alone, with count=true.");
        List<SubscriptionState> all = [.. call.Tenant.RegistrationSubscriptions.All().Select(s => s.State), .. call.Tenant.Relay.Watches()];
        var times = call.Options().Contains("sysAttrs");
        if (count) call.Http.Response.Headers["NGSILD-Results-Count"] = all.Count.ToString(CultureInfo.InvariantCulture);
        Paging.AddLinks(call, page.Limit, page.Offset, all.Count > (long)page.Offset + page.Limit);
        await call.AnswerAsync(StatusCodes.Status200OK, media, json =>
        {
            json.WriteStartArray();
            foreach (var state in all.Skip(page.Offset).Take(page.Limit)) SubscriptionEndpoints.Write(json, call, state, times, media, hasTriggers: false);
            json.WriteEndArray();
        });
    }

    /// <summary>PATCH /csourceSubscriptions/{id}</summary>
    public static async Task Update(NgsiLdCall call)
    {
        var id = Id(call);
        var fragment = await SubscriptionEndpoints.FragmentAsync(call, id);
        await call.Tenant.RegistrationSubscriptions.UpdateAsync(call.Rights.Who, id, fragment, (document, change) => SubscriptionEndpoints.Merge(document, change, call.Context, call.Hub.Clock.GetUtcNow().UtcDateTime));
        call.Answer(StatusCodes.Status204NoContent);
    }

    /// <summary>DELETE /csourceSubscriptions/{id}</summary>
    public static async Task Delete(NgsiLdCall call)
    {
        await call.Tenant.RegistrationSubscriptions.DeleteAsync(call.Rights.Who, Id(call));
        call.Answer(StatusCodes.Status204NoContent);
    }

    private static string Id(NgsiLdCall call) => Iri.Require(call.RouteValue("subscriptionId"), "The subscription id");
}
