using System.Text.Json;
using Dalgu.Hub.Http;
using Microsoft.AspNetCore.Http;

namespace Dalgu.Hub.Contexts;

/// <summary>The operations on @contexts (clause 5.13). A hosted one is listed, served and deleted in its tenant alone (clause 5.5.10); who knows its address
/// may name it in a request of any tenant.</summary>
internal static class ContextEndpoints
{
    /// <summary>POST /jsonldContexts</summary>
    public static async Task Add(NgsiLdCall call)
    {
        var body = await call.BodyAsync(ownContext: true);
        if (body.ValueKind != JsonValueKind.Object || !body.TryGetProperty("@context", out var context))
            throw new Problem(ProblemKind.InvalidRequest, "The body has no member \"@context\"; write {\"@context\": …}.");
        foreach (var part in context.ValueKind == JsonValueKind.Array ? [.. context.EnumerateArray()] : new[] { context })
            if (part.ValueKind == JsonValueKind.String && !Iri.IsAbsolute(part.GetString()!) && !part.GetString()!.StartsWith('/'))
                throw new Problem(ProblemKind.BadRequestData, $"The @context \"{Iri.Shorten(part.GetString()!)}\" is no address; write one such as https://example.org/context.jsonld, or an object of terms.");
        var added = await call.Hub.Contexts.HostAsync(call.Rights.Who, call.Operation.Name, (await call.RequireTenantAsync()).Name, context);
        call.Http.Response.Headers.Location = added.Path;
        call.Answer(StatusCodes.Status201Created);
    }

    /// <summary>GET /jsonldContexts</summary>
    public static async Task List(NgsiLdCall call)
    {
        var details = call.Flag("details");
        ContextKind? kind = call.Parameter("kind") switch
        {
            null => null,
            var text when Enum.TryParse<ContextKind>(text, out var known) && !char.IsDigit(text[0]) => known,
            var other => throw new Problem(ProblemKind.BadRequestData, $"The kind \"{Iri.Shorten(other)}\" is not known; write Hosted, Cached or ImplicitlyCreated."),
        };
        var store = await call.Hub.Contexts.StoreAsync();
        await call.AnswerAsync(StatusCodes.Status200OK, MediaTypes.Json, json =>
        {
            json.WriteStartArray();
            foreach (var context in store.SeenBy(call.Tenant?.Name))
            {
                if (kind is not null && context.Kind != kind) continue;
                if (details) WriteDetails(json, call, context);
                else json.WriteStringValue(AddressOf(call, context));
            }
            json.WriteEndArray();
        }, link: false);
    }

    /// <summary>GET /jsonldContexts/{id}</summary>
    public static async Task Serve(NgsiLdCall call)
    {
        var details = call.Flag("details");
        var context = await FindAsync(call);
        if (details)
        {
            await call.AnswerAsync(StatusCodes.Status200OK, MediaTypes.Json, json => WriteDetails(json, call, context), link: false);
            context.Use(call.Hub.Clock.GetUtcNow());
            return;
        }
        if (context.Kind == ContextKind.Cached)
            throw new Problem(ProblemKind.OperationNotSupported, $"The @context \"{Iri.Shorten(context.Address)}\" is served where it was fetched from; only its details are to be had here (details=true).");
        context.Use(call.Hub.Clock.GetUtcNow());
        var media = MediaTypes.Choose(call.Http.Request.Headers.Accept, [MediaTypes.Json, MediaTypes.JsonLd]);
        await call.AnswerAsync(StatusCodes.Status200OK, media, json => json.WriteRawValue(context.Json), link: false);
    }

    /// <summary>DELETE /jsonldContexts/{id}</summary>
    public static async Task Delete(NgsiLdCall call)
    {
        var reload = call.Flag("reload");
        var store = await call.Hub.Contexts.StoreAsync();
        var name = call.RouteValue("contextId");
        var context = Seen(store, call, name);
        if (reload && context?.Kind != ContextKind.Cached) throw new Problem(ProblemKind.BadRequestData, $"The @context \"{Iri.Shorten(name)}\" was not fetched from elsewhere, so it cannot be reloaded.");
        if (context is null) throw Unknown(name);
        if (context == store.Core && !reload) throw new Problem(ProblemKind.BadRequestData, "The core @context is part of this instance and cannot be deleted.");
        if (context != store.Core)
        {
            if (reload) await store.ReloadAsync(call.Rights.Who, call.Operation.Name, context, call.Cancel);
            else await store.RemoveAsync(call.Rights.Who, call.Operation.Name, context);
            call.Hub.Contexts.Forget();
        }
        call.Answer(StatusCodes.Status204NoContent);
    }

    private static async ValueTask<StoredContext> FindAsync(NgsiLdCall call)
    {
        var name = call.RouteValue("contextId");
        return Seen(await call.Hub.Contexts.StoreAsync(), call, name) ?? throw Unknown(name);
    }

    private static StoredContext? Seen(ContextStore store, NgsiLdCall call, string name) => store.Find(name) is { } found && found.IsSeenBy(call.Tenant?.Name) ? found : null;

    private static Problem Unknown(string name) => new(ProblemKind.ResourceNotFound, $"This instance has no @context \"{Iri.Shorten(name)}\".");

    private static string AddressOf(NgsiLdCall call, StoredContext context) => context.Address ?? $"{call.Http.Request.Scheme}://{call.Http.Request.Host}{context.Path}";

    private static void WriteDetails(Utf8JsonWriter json, NgsiLdCall call, StoredContext context)
    {
        json.WriteStartObject();
        json.WriteString("URL"u8, AddressOf(call, context));
        json.WriteString("localId"u8, context.Id);
        json.WriteString("kind"u8, context.Kind.ToString());
        json.WriteString("createdAt"u8, Timestamp.Format(context.CreatedAt));
        if (context.LastUsage is { } used) json.WriteString("lastUsage"u8, Timestamp.Format(Timestamp.Milliseconds(used)));
        json.WriteNumber("numberOfHits"u8, context.Hits);
        json.WriteEndObject();
    }
}
