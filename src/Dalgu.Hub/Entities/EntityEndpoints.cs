using System.Text.Json;
using Dalgu.Hub.Contexts;
using Dalgu.Hub.Http;
using Dalgu.Hub.Query;
using Dalgu.Hub.Registrations;
using Dalgu.Hub.Registrations.Distribution;
using Microsoft.AspNetCore.Http;

namespace Dalgu.Hub.Entities;

/// <summary>The operations on entities (clauses 5.6.1, 5.6.6, 5.6.17, 5.6.18, 5.7.1, 5.7.2).</summary>
internal static class EntityEndpoints
{
    private static readonly string[] Forms = [MediaTypes.Json, MediaTypes.JsonLd, MediaTypes.GeoJson];

    /// <summary>POST /entities</summary>
    public static async Task Create(NgsiLdCall call)
    {
        var plain = await call.PlainAsync(static (packer, body) => packer.ReadOne(body.Span));
        var fragment = plain ?? await call.FragmentAsync(null);
        var id = fragment.ToEntity().Id;
        call.RequireWrite(fragment.Types!);
        await new DistributedWrite(call, id, SourceOperations.CreateEntity)
        {
            IsLocal = plain is not null,
            Fragment = fragment,
            Success = StatusCodes.Status201Created,
            Location = $"{NgsiLdRoutes.Root}/entities/{DistributedReads.Escape(id)}",
            Local = part => call.WriteAsync<UpdateResult?>([id], scope =>
            {
                if (scope.Find(id) is not null) throw new Problem(ProblemKind.AlreadyExists, $"The entity \"{id}\" exists already.");
                scope.Put(part!.ToEntity());
                return null;
            }),
        }.RunAsync();
    }

    /// <summary>GET /entities/{id}</summary>
    public static async Task Retrieve(NgsiLdCall call)
    {
        var media = MediaTypes.Choose(call.Http.Request.Headers.Accept, Forms);
        var id = call.EntityId;
        var form = call.Http.Request.QueryString.HasValue ? call.Form() : Representation.Default;
        if (media == MediaTypes.GeoJson) form = form.AsPreferred(call);
        var entity = await (await Distribution.OfAsync(call) is { } distribution ? DistributedReads.RetrieveAsync(distribution, id, form) : call.Tenant.RetrieveAsync(id, call.Rights, call.Cancel))
            ?? throw new Problem(ProblemKind.ResourceNotFound, $"The entity \"{id}\" does not exist.");
        call.RequireType(entity);
        if (call.Parameter("attrs") is { } attrs)
        {
            var wanted = attrs.Split(',').Select(a => call.Context.ExpandAttribute(a.Trim())).ToHashSet(StringComparer.Ordinal);
            if (!entity.Attributes.Any(a => wanted.Contains(a.Name))) throw new Problem(ProblemKind.ResourceNotFound, $"The entity \"{id}\" has none of the attributes {Iri.Shorten(attrs)}.");
        }
        if ((form.Pick ?? form.Omit) is not null && !HasMember(entity, form)) throw new Problem(ProblemKind.ResourceNotFound, $"The entity \"{id}\" has none of the members asked for (clause 4.21).");
        if (EntityMapEndpoints.IsAsked(call)) await EntityMapEndpoints.NameAsync(call, entity);
        if (form.JoinLevel == 0)
        {
            await call.AnswerAsync(StatusCodes.Status200OK, media, json => WriteOne(json, entity, call.Context, form, media));
            return;
        }
        var (joined, beside) = await call.JoinAsync([entity], form with { Around = [id] });
        await call.AnswerAsync(StatusCodes.Status200OK, media, json =>
        {
            if (beside.Count == 0) WriteOne(json, entity, call.Context, joined, media);
            else WriteMany(json, [entity], beside, call.Context, joined, media);
        });
    }

    /// <summary>GET /entities</summary>
    public static async Task Query(NgsiLdCall call)
    {
        var media = MediaTypes.Choose(call.Http.Request.Headers.Accept, Forms);
        var query = new QueryParser(call.Context, call.Hub.Options).Parse(call.Parameter);
        if (query is { Types: null, Geo: null, LooksAtAttributes: false } && (call.Parameter("type") != "*" || call.Parameter("local") == "false") && !call.Flag("local"))
            throw new Problem(ProblemKind.BadRequestData, "The query is too wide: id, idPattern and scopeQ narrow it, but it needs at least one of type, attrs, q, georel beside them (type=* for any), or local=true (clause 5.7.2).");
        await AnswerAsync(call, query, media, call.Form());
    }

    /// <summary>Answers with a page of a query: the entities, links to the pages beside it, the count where asked for.</summary>
    public static async Task AnswerAsync(NgsiLdCall call, EntityQuery query, string media, Representation form, Func<string, string?>? parameter = null)
    {
        var count = call.Flag("count");
        if (query.Limit == 0 && !count) throw new Problem(ProblemKind.BadRequestData, "The limit is 0; that is for counting alone, with count=true.");
        if (query.Q?.LinkDepth is { } depth && depth > form.JoinLevel)
            throw new Problem(ProblemKind.BadRequestData, $"The q follows relationships {depth} deep, and linked entities are {(form.JoinLevel == 0 ? "not asked for" : $"asked for to the depth of {form.JoinLevel}")}; add join=inline or join=flat with a joinLevel of {depth} (clause 5.7.2.4).");
        var status = StatusCodes.Status200OK;
        if (media == MediaTypes.GeoJson) form = form.AsPreferred(call);
        EntityPage? page = null;
        var filters = SourceFilters.Of(parameter ?? call.Parameter, call);
        if (EntityMapEndpoints.IsAsked(call)) (page, status) = await EntityMapEndpoints.PageAsync(call, query, filters);
        else if (await Distribution.OfAsync(call) is { } distribution) page = await DistributedReads.PageAsync(distribution, query, filters);
        page ??= await call.Tenant.QueryAsync(query, call.Rights, count, call.Cancel);
        if (page.Total is { } total) call.Http.Response.Headers["NGSILD-Results-Count"] = total.ToString(System.Globalization.CultureInfo.InvariantCulture);
        Paging.AddLinks(call, query.Limit, query.Offset, page.HasMore, media: media);
        var (joined, beside) = form.JoinLevel == 0 ? (form, []) : await call.JoinAsync(page.Entities, form, parameter);
        await call.AnswerAsync(status, media, json => WriteMany(json, page.Entities, beside, call.Context, joined, media));
    }

    private static bool HasMember(Entity entity, Representation form) =>
        form.Writes("id") || form.Writes("type") || entity.Scopes.Count > 0 && form.Writes("scope") || entity.Attributes.Any(a => form.Writes(a.Name));

    private static void WriteOne(Utf8JsonWriter json, Entity entity, LdContext context, Representation form, string media)
    {
        if (media == MediaTypes.GeoJson) EntityJsonWriter.WriteFeature(json, entity, context, form, withContext: !form.PlainGeoJson);
        else EntityJsonWriter.Write(json, entity, context, form, withContext: media == MediaTypes.JsonLd);
    }

    private static void WriteMany(Utf8JsonWriter json, IReadOnlyList<Entity> entities, IReadOnlyList<(Entity Entity, Representation Form)> beside, LdContext context, Representation form, string media)
    {
        if (media == MediaTypes.GeoJson)
        {
            json.WriteStartObject();
            json.WriteString("type"u8, "FeatureCollection"u8);
            json.WriteStartArray("features"u8);
            foreach (var entity in entities) EntityJsonWriter.WriteFeature(json, entity, context, form);
            foreach (var (entity, how) in beside) EntityJsonWriter.WriteFeature(json, entity, context, how);
            json.WriteEndArray();
            if (!form.PlainGeoJson) EntityJsonWriter.WriteContext(json, context);
            json.WriteEndObject();
            return;
        }
        json.WriteStartArray();
        foreach (var entity in entities) EntityJsonWriter.Write(json, entity, context, Rooted(entity, form), withContext: media == MediaTypes.JsonLd);
        foreach (var (entity, how) in beside) EntityJsonWriter.Write(json, entity, context, how, withContext: media == MediaTypes.JsonLd);
        json.WriteEndArray();
    }

    private static Representation Rooted(Entity entity, Representation form) => form.Linked is null ? form : form with { Around = [entity.Id] };

    /// <summary>PUT /entities/{id}</summary>
    public static async Task Replace(NgsiLdCall call)
    {
        var id = call.EntityId;
        await new DistributedWrite(call, id, SourceOperations.ReplaceEntity)
        {
            Fragment = await call.FragmentAsync(id),
            Local = part => call.WriteAsync<UpdateResult?>([id], scope =>
            {
                var current = call.Require(scope, id);
                var next = (part! with { Id = id, Types = part.Types ?? current.Types }).ToEntity();
                call.RequireWrite(next.Types);
                scope.Put(next);
                return null;
            }),
        }.RunAsync();
    }

    /// <summary>PATCH /entities/{id}</summary>
    public static async Task Merge(NgsiLdCall call)
    {
        var (id, merge) = (call.EntityId, MergeForm.Of(call));
        var fragment = await call.FragmentAsync(id, merge);
        await new DistributedWrite(call, id, SourceOperations.MergeEntity)
        {
            Fragment = fragment,
            Local = part => call.WriteAsync<UpdateResult?>([id], scope =>
            {
                var next = merge.Apply(call.Require(scope, id), part!, new(call.Context, call.Hub.Options));
                call.RequireWrite(next.Types);
                scope.Put(next);
                return null;
            }),
        }.RunAsync();
    }

    /// <summary>DELETE /entities/{id}</summary>
    public static Task Delete(NgsiLdCall call)
    {
        var id = call.EntityId;
        return new DistributedWrite(call, id, SourceOperations.DeleteEntity)
        {
            Local = _ => call.WriteAsync<UpdateResult?>([id], scope =>
            {
                call.Require(scope, id);
                scope.Delete(id);
                return null;
            }),
        }.RunAsync();
    }
}
