using System.Text.Json;
using System.Text.Json.Nodes;
using Dalgu.Hub.Access;
using Dalgu.Hub.Batch;
using Dalgu.Hub.Contexts;
using Dalgu.Hub.Entities;
using Dalgu.Hub.Http;
using Dalgu.Hub.Query;
using Microsoft.AspNetCore.Http;

namespace Dalgu.Hub.Snapshots;

/// <summary>The operations on snapshots (clause 5.16). What is in one is asked for by the other operations with the header NGSILD-Snapshot.</summary>
internal static class SnapshotEndpoints
{
    /// <summary>The header that names the snapshot that an operation is about (clause 6.3.22).</summary>
    public const string Header = "NGSILD-Snapshot";

    private static readonly string[] Forms = [MediaTypes.Json, MediaTypes.JsonLd];
    private static readonly HashSet<string> Members = [.. SnapshotReader.Members.Select(CoreContext.Instance.ExpandAttribute)];

    /// <summary>POST /snapshots</summary>
    public static async Task Create(NgsiLdCall call)
    {
        var snapshot = new SnapshotReader(call).Read(await call.BodyAsync(), of: null);
        await (await call.RequireTenantAsync()).Snapshots.AddAsync(snapshot);
        var background = call.InBackground(call.Operation.Name, call.Tenant.Snapshots.End);
        _ = Task.Run(() => new SnapshotFill(background, snapshot).RunAsync(), CancellationToken.None);
        AnswerCreated(call, snapshot);
    }

    /// <summary>POST /snapshots/{id}/clone</summary>
    public static async Task Clone(NgsiLdCall call)
    {
        var original = Required(call);
        var clone = new SnapshotReader(call).Read(await call.BodyAsync(), original);
        if (original.IsPreparing) throw new Problem(ProblemKind.Conflict, $"The snapshot \"{original.Id}\" is still being filled; clone it when its snapshotStatus is no longer preparing.");
        await call.Tenant.Snapshots.AddAsync(clone);
        var background = call.InBackground(call.Operation.Name, call.Tenant.Snapshots.End);
        _ = Task.Run(() => CopyAsync(background, original, clone), CancellationToken.None);
        AnswerCreated(call, clone);
    }

    private static async Task CopyAsync(NgsiLdCall call, Snapshot original, Snapshot clone)
    {
        var status = "success";
        try
        {
            await call.Hub.CloneStoreAsync(original.Store, clone.Store, call.Cancel);
            await (await call.Hub.OpenStoreAsync(clone.Store, create: true, call.Cancel)).BecomeSnapshotAsync(call.Tenant.Name, clone.Id);
        }
        catch (OperationCanceledException)
        {
            return; // the instance ends; the next start says that it failed
        }
        catch (Problem)
        {
            status = "failure";
        }
        await SnapshotFill.SayAsync(call, clone with { Status = status });
    }

    private static void AnswerCreated(NgsiLdCall call, Snapshot snapshot)
    {
        call.Http.Response.Headers.Location = $"{NgsiLdRoutes.Root}/snapshots/{Uri.EscapeDataString(snapshot.Id).Replace("%3A", ":", StringComparison.Ordinal)}";
        call.Answer(StatusCodes.Status201Created);
    }

    /// <summary>GET /snapshots/{id}</summary>
    public static Task Retrieve(NgsiLdCall call) => AnswerAsync(call, Required(call)).AsTask();

    private static ValueTask AnswerAsync(NgsiLdCall call, Snapshot snapshot)
    {
        var media = MediaTypes.Choose(call.Http.Request.Headers.Accept, Forms);
        var body = snapshot.ToJson();
        if (media == MediaTypes.JsonLd) body["@context"] = JsonNode.Parse(call.Context.Json.Span);
        return call.AnswerAsync(StatusCodes.Status200OK, media, json => body.WriteTo(json));
    }

    /// <summary>PATCH /snapshots/{id}</summary>
    public static async Task Update(NgsiLdCall call)
    {
        var (id, body, reader) = (Required(call).Id, await call.BodyAsync(), new SnapshotReader(call));
        Snapshot? changed = null;
        if (!await call.Tenant.Snapshots.ChangeAsync(call.Rights.Who, call.Operation.Name, id, s => changed = reader.Update(s, body))) throw Missing(id);
        if (changed!.Endpoint is not null && !changed.IsPreparing) _ = SnapshotNotification.SendAsync(call.Hub, call.Tenant.Name, changed);
        await AnswerAsync(call, changed);
    }

    /// <summary>DELETE /snapshots/{id}</summary>
    public static async Task Delete(NgsiLdCall call)
    {
        await call.Tenant.Snapshots.RemoveAsync(call.Rights.Who, call.Operation.Name, Required(call));
        call.Answer(StatusCodes.Status204NoContent);
    }

    /// <summary>DELETE /snapshots: those whose members satisfy a filter.</summary>
    public static async Task Purge(NgsiLdCall call)
    {
        var text = call.Parameter("q") ?? throw new Problem(ProblemKind.BadRequestData, "The purge says nothing of what is to go; name it with q, such as q=snapshotPriority<5.");
        var filter = QExpression.Parse(text, CoreContext.Instance, call.Hub.Options);
        if (filter.HasLinks || filter.Roots.FirstOrDefault(r => !Members.Contains(r)) is not null)
            throw new Problem(ProblemKind.BadRequestData, $"The filter \"{Iri.Shorten(text)}\" looks at what is no member of a snapshot; those are {string.Join(", ", SnapshotReader.Members)} (clause 5.16.7).");
        var outcome = new BatchOutcome();
        foreach (var snapshot in call.Tenant.Snapshots.Of(call.Rights.Who))
        {
            if (!filter.Matches(AsEntity(snapshot))) continue;
            try
            {
                await call.Tenant.Snapshots.RemoveAsync(call.Rights.Who, call.Operation.Name, snapshot);
                outcome.Changed.Add(snapshot.Id);
            }
            catch (Problem problem)
            {
                outcome.Errors.Add(Registrations.Distribution.OperationError.Of(snapshot.Id, problem));
            }
        }
        if (outcome.Changed.Count == 0 && outcome.Errors.Count == 0) throw new Problem(ProblemKind.ResourceNotFound, $"No snapshot matches \"{Iri.Shorten(text)}\".");
        await outcome.AnswerChangedAsync(call);
    }

    /// <summary>The members of a snapshot as attributes, which is what a filter looks at.</summary>
    private static Entity AsEntity(Snapshot snapshot) => new()
    {
        Id = snapshot.Id, Types = ["Snapshot"], CreatedAt = snapshot.CreatedAt, ModifiedAt = snapshot.ModifiedAt,
        Attributes = [.. snapshot.ToJson().Where(m => m.Key is not ("id" or "type")).Select(m => new EntityAttribute(CoreContext.Instance.ExpandAttribute(m.Key),
            [new AttributeInstance { Kind = AttributeKind.Property, Value = JsonSerializer.SerializeToUtf8Bytes(m.Value, PlainJson.Options) }]))],
    };

    private static Snapshot Required(NgsiLdCall call)
    {
        var id = Iri.Require(call.RouteValue("snapshotId"), "The snapshot id");
        return call.Tenant.Snapshots.Find(id) is { } snapshot && SnapshotBook.MayManage(snapshot, call.Rights.Who) ? snapshot : throw Missing(id);
    }

    /// <summary>The refusal where there is no snapshot of an id, or none that may be managed.</summary>
    public static Problem Missing(string id) => new(ProblemKind.ResourceNotFound, $"The snapshot \"{Iri.Shorten(id)}\" does not exist.");
}
