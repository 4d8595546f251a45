using Dalgu.Hub.Http;
using Microsoft.AspNetCore.Http;

namespace Dalgu.Hub.Entities;

/// <summary>The operations on attributes of an entity (clauses 5.6.2 to 5.6.5 and 5.6.19).</summary>
internal static class AttributeEndpoints
{
    /// <summary>POST /entities/{id}/attrs</summary>
    public static Task Append(NgsiLdCall call)
    {
        var overwrite = !call.Options().Contains("noOverwrite");
        return ChangeAsync(call, (entity, fragment) => EntityOperations.Append(entity, fragment, overwrite));
    }

    /// <summary>PATCH /entities/{id}/attrs</summary>
    public static Task Update(NgsiLdCall call) => ChangeAsync(call, EntityOperations.Update);

    private static async Task ChangeAsync(NgsiLdCall call, Func<Entity, EntityFragment, (Entity State, UpdateResult Result)> change)
    {
        var id = call.EntityId;
        var fragment = await call.FragmentAsync(id);
        var result = await call.WriteAsync([id], scope =>
        {
            var (next, outcome) = change(call.Require(scope, id), fragment);
            call.RequireWrite(next.Types);
            if (outcome.Updated.Count > 0 || fragment.Types is not null || fragment.ExpiresAt is not null) scope.Put(next);
            return outcome;
        });
        if (result.NotUpdated.Count == 0)
        {
            call.Answer(StatusCodes.Status204NoContent);
            return;
        }
        await call.AnswerAsync(StatusCodes.Status207MultiStatus, MediaTypes.Json, json =>
        {
            json.WriteStartObject();
            json.WriteStartArray("updated"u8);
            foreach (var name in result.Updated) json.WriteStringValue(name); // no @context goes with a 207, so names are IRIs
            json.WriteEndArray();
            json.WriteStartArray("notUpdated"u8);
            foreach (var (name, reason) in result.NotUpdated)
            {
                json.WriteStartObject();
                json.WriteString("attributeName"u8, name);
                json.WriteString("reason"u8, reason);
                json.WriteEndObject();
            }
            json.WriteEndArray();
            json.WriteEndObject();
        }, link: false);
    }

    /// <summary>PATCH /entities/{id}/attrs/{attr}</summary>
    public static async Task UpdatePartially(NgsiLdCall call)
    {
        var (id, name) = (call.EntityId, call.RouteValue("attrId"));
        var body = await call.BodyAsync();
        var attribute = call.Context.ExpandAttribute(name);
        await call.WriteAsync([id], scope =>
        {
            var entity = call.Require(scope, id);
            var found = entity.Find(attribute) ?? throw new Problem(ProblemKind.ResourceNotFound, $"The entity \"{id}\" has no attribute \"{name}\".");
            var fragment = new EntityJsonReader(call.Context, call.Hub.Options).ReadInstance(name, body, known: found.Instances[0].Kind, partial: true);
            scope.Put(EntityOperations.UpdatePartially(entity, attribute, fragment));
            return true;
        });
        call.Answer(StatusCodes.Status204NoContent);
    }

    /// <summary>PUT /entities/{id}/attrs/{attr}</summary>
    public static async Task Replace(NgsiLdCall call)
    {
        var (id, name) = (call.EntityId, call.RouteValue("attrId"));
        var body = await call.BodyAsync();
        var attribute = new EntityJsonReader(call.Context, call.Hub.Options).ReadAttribute(name, body);
        await call.WriteAsync([id], scope =>
        {
            scope.Put(EntityOperations.ReplaceAttribute(call.Require(scope, id), attribute));
            return true;
        });
        call.Answer(StatusCodes.Status204NoContent);
    }

    /// <summary>DELETE /entities/{id}/attrs/{attr}</summary>
    public static async Task Delete(NgsiLdCall call)
    {
        var (id, name) = (call.EntityId, call.RouteValue("attrId"));
        var attribute = call.Context.ExpandAttribute(name);
        var dataset = call.Parameter("datasetId") is { } text and not "@none" ? Iri.Require(text, "The datasetId") : null;
        var all = call.Flag("deleteAll");
        await call.WriteAsync([id], scope =>
        {
            if (scope.Find(id) is null && scope.FindLast(id) is { Gone: true, State.ExpiresAt: null } known) Close(call, scope, known.State, attribute, dataset, all);
            else scope.Put(EntityOperations.Delete(call.Require(scope, id), attribute, dataset, all));
            return true;
        });
        call.Answer(StatusCodes.Status204NoContent);
    }

    /// <summary>Notes the removal of an attribute in the history of an entity that is known by its history alone.</summary>
    private static void Close(NgsiLdCall call, WriteScope scope, Entity known, string attribute, string? dataset, bool all)
    {
        if (!call.Rights.MayRead(known)) throw new Problem(ProblemKind.ResourceNotFound, $"The entity \"{known.Id}\" does not exist.");
        call.RequireWrite(known.Types);
        var next = EntityOperations.Delete(known, attribute, dataset, all);
        scope.RecordAbsent(next, HistoryDifference.Of(known, next, scope.Now));
    }
}
