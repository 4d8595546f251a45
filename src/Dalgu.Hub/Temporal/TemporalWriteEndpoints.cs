using Dalgu.Hub.Entities;
using Dalgu.Hub.Http;
using Dalgu.Hub.Registrations;
using Dalgu.Hub.Registrations.Distribution;
using Microsoft.AspNetCore.Http;

namespace Dalgu.Hub.Temporal;

/// <summary>Writes to the temporal evolution of entities (clauses 5.6.11 to 5.6.16). They touch history alone: the present state of an entity is
/// never changed by them, and an entity that they make has a history and no present state.</summary>
internal static class TemporalWriteEndpoints
{
    /// <summary>POST /temporal/entities</summary>
    public static async Task CreateOrUpdate(NgsiLdCall call)
    {
        var fragment = await FragmentAsync(call, null);
        if (fragment.Id is not { } id) throw new Problem(ProblemKind.BadRequestData, "The entity has no \"id\".");
        if (fragment.Types is not { Count: > 0 } types) throw new Problem(ProblemKind.BadRequestData, $"The entity \"{id}\" has no \"type\".");
        call.RequireWrite(types);
        var isNew = false;
        await new DistributedWrite(call, id, SourceOperations.UpsertTemporal)
        {
            Fragment = fragment,
            Success = StatusCodes.Status201Created,
            Location = $"{NgsiLdRoutes.Root}/temporal/entities/{Uri.EscapeDataString(id).Replace("%3A", ":", StringComparison.Ordinal)}",
            HasMade = () => isNew,
            Local = async part =>
            {
                isNew = await call.WriteAsync([id], scope => Record(call, scope, id, part!));
                return null;
            },
        }.RunAsync();
    }

    /// <summary>POST /temporal/entities/{id}/attrs</summary>
    public static async Task Append(NgsiLdCall call)
    {
        var id = call.EntityId;
        var fragment = await FragmentAsync(call, id);
        if (fragment.Attributes.Count == 0 && fragment.Scopes is null) throw new Problem(ProblemKind.BadRequestData, "The fragment has no attribute.");
        await new DistributedWrite(call, id, SourceOperations.AppendAttrsTemporal)
        {
            Fragment = fragment,
            Local = part => DoneAsync(call.WriteAsync([id], scope =>
            {
                Require(call, scope, id);
                return Record(call, scope, id, part!);
            })),
        }.RunAsync();
    }

    /// <summary>A local part that says nothing more than that it is done.</summary>
    private static async Task<UpdateResult?> DoneAsync(Task task)
    {
        await task;
        return null;
    }

    private static async ValueTask<EntityFragment> FragmentAsync(NgsiLdCall call, string? id)
    {
        var body = await call.BodyAsync();
        var fragment = new EntityJsonReader(call.Context, call.Hub.Options) { IsTemporal = true }.Read(body);
        return id is null || fragment.Id is null || fragment.Id == id ? fragment
            : throw new Problem(ProblemKind.BadRequestData, $"The body is of \"{fragment.Id}\", the address of \"{id}\"; an entity's id never changes.");
    }

    /// <summary>Adds what a fragment states to the history; true where the entity had none before.</summary>
    /// <param name="call">Whose rights are asked; null where they were asked before.</param>
    /// <param name="scope">The write.</param>
    /// <param name="id">The entity's id.</param>
    /// <param name="fragment">What is added.</param>
    internal static bool Record(NgsiLdCall? call, WriteScope scope, string id, EntityFragment fragment)
    {
        var known = scope.FindLast(id);
        if (known is { } found) call?.RequireWrite(found.State.Types);
        if (known is { Gone: false })
        {
            if (fragment.Attributes.Count > 0) scope.Record(id, fragment.Attributes);
            return false;
        }
        var before = known?.State ?? new Entity { Id = id, Types = fragment.Types! };
        scope.RecordAbsent(before with
        {
            Types = fragment.Types is { } types ? [.. before.Types.Union(types, StringComparer.Ordinal)] : before.Types,
            Scopes = fragment.Scopes ?? before.Scopes,
            Attributes = Latest(before.Attributes, fragment.Attributes),
        }, fragment.Attributes);
        return known is null;
    }

    /// <summary>Of each attribute the instance that held last: what an entity without present state is ordered by.</summary>
    private static List<EntityAttribute> Latest(IReadOnlyList<EntityAttribute> before, IReadOnlyList<EntityAttribute> added)
    {
        var latest = before.ToList();
        foreach (var attribute in added)
        {
            var last = attribute.Instances.MaxBy(i => i.ObservedAt ?? DateTime.MaxValue)!;
            var at = latest.FindIndex(a => a.Name == attribute.Name);
            if (at < 0) latest.Add(new(attribute.Name, [last]));
            else if (!(latest[at].Instances[0].ObservedAt > last.ObservedAt)) latest[at] = new(attribute.Name, [last]);
        }
        latest.RemoveAll(a => a.Instances[0].Deleted);
        return latest;
    }

    private static void Require(NgsiLdCall call, WriteScope scope, string id)
    {
        if (scope.FindLast(id) is not { } known || !call.Rights.MayRead(known.State)) throw new Problem(ProblemKind.ResourceNotFound, $"The entity \"{id}\" has no temporal evolution.");
        call.RequireWrite(known.State.Types);
    }

    /// <summary>DELETE /temporal/entities/{id}</summary>
    public static async Task Delete(NgsiLdCall call)
    {
        var id = call.EntityId;
        await new DistributedWrite(call, id, SourceOperations.DeleteTemporal)
        {
            Local = _ => DoneAsync(call.Tenant.EraseHistoryAsync(call.Rights.Who, call.Operation.Name, id, scope => Require(call, scope, id))),
        }.RunAsync();
    }

    /// <summary>DELETE /temporal/entities/{id}/attrs/{attr}</summary>
    public static async Task DeleteAttribute(NgsiLdCall call)
    {
        var (id, name) = (call.EntityId, AttributeName(call));
        var dataset = call.Parameter("datasetId") is { } text and not "@none" ? Iri.Require(text, "The datasetId") : null;
        var all = call.Flag("deleteAll");
        await OfOneAsync(call, SourceOperations.DeleteAttrsTemporal, id, name, instance => all || instance.DatasetId == dataset ? null : instance,
            new Problem(ProblemKind.ResourceNotFound, $"The temporal evolution of \"{id}\" has no attribute \"{name}\"{(all ? "" : dataset is null ? " without datasetId" : $" of the dataset \"{dataset}\"")}."));
    }

    /// <summary>PATCH /temporal/entities/{id}/attrs/{attr}/{instanceId}</summary>
    public static async Task UpdateInstance(NgsiLdCall call)
    {
        var (id, name, instanceId) = (call.EntityId, AttributeName(call), InstanceId(call));
        var body = await call.BodyAsync();
        var reader = new EntityJsonReader(call.Context, call.Hub.Options) { IsAttributeBody = true };
        if (body.ValueKind == System.Text.Json.JsonValueKind.Object && body.TryGetProperty(name, out var inner)) body = inner; // the fragment may name the attribute around it
        else if (body.ValueKind == System.Text.Json.JsonValueKind.Object && !body.EnumerateObject().Any(m => EntityJsonReader.IsWordOfInstance(m.Name)))
            throw new Problem(ProblemKind.BadRequestData, $"The body has neither the attribute \"{name}\" of the address nor what an instance of one has (clause 5.6.14).");
        if (body.ValueKind == System.Text.Json.JsonValueKind.Array && body.GetArrayLength() == 1) body = body[0];
        if (body.ValueKind != System.Text.Json.JsonValueKind.Object) throw new Problem(ProblemKind.BadRequestData, $"The body is not one instance of \"{name}\".");
        var now = Timestamp.Milliseconds(call.Hub.Clock.GetUtcNow().UtcDateTime);
        await OfOneAsync(call, SourceOperations.UpdateAttrInstanceTemporal | SourceOperations.UpdateAttrsTemporal, id, name, instance =>
        {
            if (instance.InstanceId != instanceId) return instance;
            var fragment = reader.ReadInstance(name, body, known: instance.Kind, partial: true) with { DatasetId = instance.DatasetId };
            var one = new Entity { Id = id, Types = [], Attributes = [new(name, [instance])] };
            var next = EntityOperations.UpdatePartially(one, name, fragment).Find(name)?.Instances[0];
            if (next is null) return null;
            next = next with { InstanceId = instanceId };
            next.ModifiedAt = now;
            return next;
        }, NoInstance(id, name, instanceId));
    }

    /// <summary>DELETE /temporal/entities/{id}/attrs/{attr}/{instanceId}</summary>
    public static async Task DeleteInstance(NgsiLdCall call)
    {
        var (id, name, instanceId) = (call.EntityId, AttributeName(call), InstanceId(call));
        await OfOneAsync(call, SourceOperations.DeleteAttrInstanceTemporal, id, name, instance => instance.InstanceId == instanceId ? null : instance, NoInstance(id, name, instanceId));
    }

    /// <summary>Changes or takes away instances of one attribute, here and where sources have it.</summary>
    private static Task OfOneAsync(NgsiLdCall call, SourceOperations operation, string id, string name, Func<AttributeInstance, AttributeInstance?> correct, Problem none) =>
        new DistributedWrite(call, id, operation)
        {
            Attribute = call.Context.ExpandAttribute(name),
            Local = async _ => await CorrectAsync(call, id, name, correct) ? null : throw none,
        }.RunAsync();

    private static async Task<bool> CorrectAsync(NgsiLdCall call, string id, string name, Func<AttributeInstance, AttributeInstance?> correct)
    {
        if (await call.Tenant.LastStateAsync(id, call.Rights, call.Cancel) is null) throw new Problem(ProblemKind.ResourceNotFound, $"The entity \"{id}\" has no temporal evolution.");
        return await call.Tenant.CorrectHistoryAsync(call.Rights.Who, call.Operation.Name, id, call.Context.ExpandAttribute(name), correct, scope => Require(call, scope, id));
    }

    private static string AttributeName(NgsiLdCall call)
    {
        var name = call.RouteValue("attrId");
        EntityJsonReader.CheckName(name);
        return name;
    }

    private static string InstanceId(NgsiLdCall call) => Iri.Require(call.RouteValue("instanceId"), "The instance id");

    private static Problem NoInstance(string id, string name, string instanceId) => new(ProblemKind.ResourceNotFound, $"The attribute \"{name}\" of \"{id}\" has no instance \"{instanceId}\".");
}
