using Dalgu.Hub.Http;
using Dalgu.Hub.Registrations;
using Dalgu.Hub.Registrations.Distribution;

namespace Dalgu.Hub.Entities;

/// <summary>The operations on attributes of an entity (clauses 5.6.2 to 5.6.5 and 5.6.19).</summary>
internal static class AttributeEndpoints
{
    /// <summary>POST /entities/{id}/attrs</summary>
    public static Task Append(NgsiLdCall call)
    {
        var overwrite = !call.Options().Contains("noOverwrite");
        return ChangeAsync(call, SourceOperations.AppendAttrs, (entity, fragment) => EntityOperations.Append(entity, fragment, overwrite));
    }

    /// <summary>PATCH /entities/{id}/attrs</summary>
    public static Task Update(NgsiLdCall call) => ChangeAsync(call, SourceOperations.UpdateEntity | SourceOperations.UpdateAttrs, EntityOperations.Update);

    private static async Task ChangeAsync(NgsiLdCall call, SourceOperations operation, Func<Entity, EntityFragment, (Entity State, UpdateResult Result)> change)
    {
        var id = call.EntityId;
        await new DistributedWrite(call, id, operation)
        {
            Fragment = await call.FragmentAsync(null), // an id in it is not what the operation is about (clause 5.6.2)
            TellsAttributes = true,
            Local = part => call.WriteAsync<UpdateResult?>([id], scope =>
            {
                var (next, outcome) = change(call.Require(scope, id), part!);
                call.RequireWrite(next.Types);
                if (outcome.Updated.Count > 0 || part!.Types is not null || part.ExpiresAt is not null) scope.Put(next);
                return outcome;
            }),
        }.RunAsync();
    }

    /// <summary>PATCH /entities/{id}/attrs/{attr}</summary>
    public static async Task UpdatePartially(NgsiLdCall call)
    {
        var (id, name) = (call.EntityId, call.RouteValue("attrId"));
        var body = await call.BodyAsync();
        var attribute = call.Context.ExpandAttribute(name);
        if (attribute == HistoryDifference.Scope) throw new Problem(ProblemKind.BadRequestData, "The scope has no parts; replace it by an update of the entity's attributes.");
        await ChangeOneAsync(call, SourceOperations.UpdateAttrs | SourceOperations.UpdateEntity, attribute, scope =>
        {
            var entity = call.Require(scope, id);
            var found = entity.Find(attribute) ?? throw new Problem(ProblemKind.ResourceNotFound, $"The entity \"{id}\" has no attribute \"{name}\".");
            var fragment = new EntityJsonReader(call.Context, call.Hub.Options) { IsAttributeBody = true }.ReadInstance(name, body, known: found.Instances[0].Kind, partial: true);
            scope.Put(EntityOperations.UpdatePartially(entity, attribute, fragment));
        });
    }

    /// <summary>PUT /entities/{id}/attrs/{attr}</summary>
    public static async Task Replace(NgsiLdCall call)
    {
        var (name, body) = (call.RouteValue("attrId"), await call.BodyAsync());
        await ChangeOneAsync(call, SourceOperations.ReplaceAttrs, call.Context.ExpandAttribute(name),
            scope => scope.Put(EntityOperations.ReplaceAttribute(call.Require(scope, call.EntityId), new EntityJsonReader(call.Context, call.Hub.Options) { IsAttributeBody = true }.ReadAttribute(name, body))));
    }

    /// <summary>DELETE /entities/{id}/attrs/{attr}</summary>
    public static Task Delete(NgsiLdCall call)
    {
        var attribute = call.Context.ExpandAttribute(call.RouteValue("attrId"));
        var dataset = call.Parameter("datasetId") is { } text and not "@none" ? Iri.Require(text, "The datasetId") : null;
        var all = call.Flag("deleteAll");
        var id = call.EntityId;
        return ChangeOneAsync(call, SourceOperations.DeleteAttrs, attribute, scope =>
        {
            if (scope.Find(id) is null && scope.FindLast(id) is { Gone: true, State.ExpiresAt: null } known) Close(call, scope, known.State, attribute, dataset, all);
            else scope.Put(EntityOperations.Delete(call.Require(scope, id), attribute, dataset, all));
        });
    }

    private static Task ChangeOneAsync(NgsiLdCall call, SourceOperations operation, string attribute, Action<WriteScope> change)
    {
        var id = call.EntityId;
        return new DistributedWrite(call, id, operation)
        {
            Attribute = attribute,
            Local = _ => call.WriteAsync<UpdateResult?>([id], scope =>
            {
                change(scope);
                return null;
            }),
        }.RunAsync();
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
