using System.Text.Json;
using Dalgu.Hub.Contexts;
using Dalgu.Hub.Entities;
using Dalgu.Hub.Http;
using Dalgu.Hub.Query;
using Dalgu.Hub.Registrations;
using Dalgu.Hub.Registrations.Distribution;
using Microsoft.AspNetCore.Http;

namespace Dalgu.Hub.Batch;

/// <summary>The operations on many entities (clauses 5.6.7 to 5.6.10, 5.6.20, and the query of 5.7.2 by a body). One batch is one commit:
/// what is acknowledged of it is durable together.</summary>
internal static class BatchEndpoints
{
    private delegate ChangeResult Change(WriteScope scope, Entity? current, EntityFragment fragment, LdContext context);

    private enum ChangeResult { Created, Changed }

    /// <summary>POST /entityOperations/create</summary>
    public static async Task Create(NgsiLdCall call)
    {
        var outcome = await RunAsync(call, SourceOperations.CreateBatch, (scope, current, fragment, _) =>
        {
            if (current is not null) throw new Problem(ProblemKind.AlreadyExists, $"The entity \"{fragment.Id}\" exists already.");
            scope.Put(fragment.ToEntity());
            return ChangeResult.Created;
        });
        await outcome.AnswerAsync(call, StatusCodes.Status201Created, outcome.Created);
    }

    /// <summary>POST /entityOperations/upsert</summary>
    public static async Task Upsert(NgsiLdCall call)
    {
        var update = call.Options().Contains("update");
        var outcome = await RunAsync(call, SourceOperations.UpsertBatch, (scope, current, fragment, _) =>
        {
            scope.Put(current is null ? fragment.ToEntity()
                : update ? EntityOperations.Append(current, fragment, overwrite: true).State
                : (fragment with { Types = fragment.Types ?? current.Types }).ToEntity());
            return current is null ? ChangeResult.Created : ChangeResult.Changed;
        });
        if (outcome.Errors.Count == 0 && outcome.Created.Count == 0) call.Answer(StatusCodes.Status204NoContent);
        else await outcome.AnswerAsync(call, StatusCodes.Status201Created, outcome.Created);
    }

    /// <summary>POST /entityOperations/update</summary>
    public static async Task Update(NgsiLdCall call)
    {
        var overwrite = !call.Options().Contains("noOverwrite");
        await (await RunAsync(call, SourceOperations.UpdateBatch, (scope, current, fragment, _) =>
        {
            var (next, result) = EntityOperations.Append(Existing(current, fragment), fragment, overwrite);
            if (result.Updated.Count > 0 || fragment.Types is not null || fragment.ExpiresAt is not null) scope.Put(next);
            if (result.NotUpdated.Count > 0)
                throw new Problem(ProblemKind.BadRequestData, string.Join(' ', result.NotUpdated.Select(n => $"{call.Context.Compact(n.Attribute)}: {n.Reason}")));
            return ChangeResult.Changed;
        })).AnswerChangedAsync(call);
    }

    /// <summary>POST /entityOperations/merge</summary>
    public static async Task Merge(NgsiLdCall call)
    {
        var merge = MergeForm.Of(call);
        await (await RunAsync(call, SourceOperations.MergeBatch, (scope, current, fragment, context) =>
        {
            scope.Put(merge.Apply(Existing(current, fragment), fragment, new(context, call.Hub.Options)));
            return ChangeResult.Changed;
        }, merge)).AnswerChangedAsync(call);
    }

    private static Entity Existing(Entity? current, EntityFragment fragment) =>
        current ?? throw new Problem(ProblemKind.ResourceNotFound, $"The entity \"{fragment.Id}\" does not exist.");

    /// <summary>POST /entityOperations/delete</summary>
    public static async Task Delete(NgsiLdCall call)
    {
        var body = await ArrayAsync(call);
        var outcome = new BatchOutcome();
        var ids = new List<string>();
        foreach (var item in body.EnumerateArray())
        {
            if (item.ValueKind != JsonValueKind.String) throw new Problem(ProblemKind.BadRequestData, $"\"{Iri.Shorten(item.GetRawText())}\" is no entity id; a batch delete is an array of ids.");
            var id = item.GetString()!;
            if (Iri.IsAbsolute(id)) ids.Add(id);
            // One that is no URI fails as its own deletion would (clauses 5.6.6.4 and 5.6.10.4), and the others go.
            else outcome.Errors.Add(OperationError.Of(id, new Problem(ProblemKind.BadRequestData, $"The entity id \"{Iri.Shorten(id)}\" is not a valid URI; write an absolute one such as urn:ngsi-ld:Road:7.")));
        }
        var distributed = await DistributedBatch.StartAsync(call, SourceOperations.DeleteBatch, [.. ids.Select(id => new BatchItem(id, default, call.Context, null))]);
        if (ids.Count > 0) await call.WriteAsync(ids, scope =>
        {
            Action<string> delete = id =>
            {
                if (distributed?.Elsewhere.Contains(id) == true && scope.Find(id) is null) return;
                call.Require(scope, id);
                scope.Delete(id);
                outcome.Changed.Add(id);
            };
            foreach (var id in ids) outcome.Try(id, id, delete);
            return true;
        });
        if (distributed is not null) await outcome.AddAsync(distributed);
        await outcome.AnswerChangedAsync(call);
    }

    private static async Task<BatchOutcome> RunAsync(NgsiLdCall call, SourceOperations operation, Change change, MergeForm? merge = null)
    {
        // The members that are plain, and null for each of the others.
        var plain = merge is null ? await call.PlainAsync(static (packer, body) => packer.ReadBatch(body.Span)) : null;
        var outcome = new BatchOutcome();
        var items = new List<BatchItem>(plain?.Count ?? 0);
        if (plain is null || plain.Contains(null)) await ReadAsync(call, merge, plain, outcome, items);
        else foreach (var fragment in plain) Take(call, outcome, items, new(fragment!.Id!, default, call.Context, fragment));
        if (items.Count == 0) return outcome;
        var distributed = plain is null ? await DistributedBatch.StartAsync(call, operation, items) : null;
        if (distributed is not null) items = distributed.Left;
        var ids = new string[items.Count];
        for (var i = 0; i < ids.Length; i++) ids[i] = items[i].Id;
        if (items.Count > 0) await call.WriteAsync(ids, scope =>
        {
            Action<BatchItem> apply = item => // one for all: a batch has thousands
            {
                var fragment = item.Fragment!;
                var current = scope.Find(fragment.Id!);
                if (current is not null) call.RequireWrite(current.Types);
                var list = change(scope, current, fragment, item.Own) == ChangeResult.Created ? outcome.Created : outcome.Changed;
                list.Add(fragment.Id!);
            };
            foreach (var item in items) outcome.Try(item.Id, item, apply);
            return true;
        });
        if (distributed is not null) await outcome.AddAsync(distributed);
        return outcome;
    }

    /// <summary>Reads the members as JSON, but for those that are read already.</summary>
    private static async Task ReadAsync(NgsiLdCall call, MergeForm? merge, List<EntityFragment?>? known, BatchOutcome outcome, List<BatchItem> items)
    {
        var reader = Reader();
        var at = 0;
        foreach (var item in (await ArrayAsync(call)).EnumerateArray())
        {
            if (known?[at++] is { } plain)
            {
                Take(call, outcome, items, new(plain.Id!, item, call.Context, plain));
                continue;
            }
            string? id = null;
            try
            {
                if (item.ValueKind != JsonValueKind.Object) throw new Problem(ProblemKind.BadRequestData, "A member of the batch is no JSON object.");
                if ((item.TryGetProperty("id", out var stated) || item.TryGetProperty("@id", out stated)) && stated.ValueKind == JsonValueKind.String) id = stated.GetString();
                var before = call.Context;
                await call.UseContextAsync(item);
                if (!ReferenceEquals(before, call.Context)) reader = Reader();
                var fragment = reader.Read(item);
                if (fragment.Id is null) throw new Problem(ProblemKind.BadRequestData, "A member of the batch has no \"id\".");
                Take(call, outcome, items, new(fragment.Id, item, call.Context, fragment));
            }
            catch (Problem problem)
            {
                outcome.Errors.Add(OperationError.Of(id, problem));
            }
        }

        EntityJsonReader Reader() => new(call.Context, call.Hub.Options) { IsMerge = merge is not null, IsSimplified = merge?.IsSimplified == true };
    }

    /// <summary>Adds a member that the caller may write; notes another one as refused.</summary>
    private static void Take(NgsiLdCall call, BatchOutcome outcome, List<BatchItem> items, BatchItem item)
    {
        try
        {
            if (item.Fragment!.Types is { } types) call.RequireWrite(types);
            items.Add(item);
        }
        catch (Problem problem)
        {
            outcome.Errors.Add(OperationError.Of(item.Id, problem));
        }
    }

    private static async Task<JsonElement> ArrayAsync(NgsiLdCall call)
    {
        var body = await call.BodyAsync();
        if (body.ValueKind != JsonValueKind.Array) throw new Problem(ProblemKind.BadRequestData, "The body of a batch is an array.");
        var length = body.GetArrayLength();
        if (length == 0) throw new Problem(ProblemKind.BadRequestData, "The batch is empty.");
        foreach (var item in body.EnumerateArray())
            if (item.ValueKind == JsonValueKind.Null) throw new Problem(ProblemKind.BadRequestData, "The batch has a member that is null.");
        if (length > call.Hub.Options.MaxBatchSize) throw new Problem(ProblemKind.BadRequestData, $"The batch has {length} members; the limit is {call.Hub.Options.MaxBatchSize}. Send it in parts.");
        return body;
    }

    /// <summary>POST /entityOperations/query</summary>
    public static async Task Query(NgsiLdCall call)
    {
        var media = MediaTypes.Choose(call.Http.Request.Headers.Accept, [MediaTypes.Json, MediaTypes.JsonLd, MediaTypes.GeoJson]);
        var body = await call.BodyAsync();
        var query = new QueryBody(call, QueryBody.Require(body));
        await EntityEndpoints.AnswerAsync(call, query.Read(), media, call.Form(query.Parameter), query.Parameter);
    }
}
