using System.Text.Json;
using Dalgu.Hub.Contexts;
using Dalgu.Hub.Entities;
using Dalgu.Hub.Http;
using Dalgu.Hub.Query;

namespace Dalgu.Hub.Registrations.Distribution;

/// <summary>One member of a batch: its JSON and the @context of that; without a fragment where the batch is of ids.</summary>
internal sealed record BatchItem(string Id, JsonElement Body, LdContext Own, EntityFragment? Fragment);

/// <summary>The part that sources have in a batch (clauses 5.6.7.4 to 5.6.10.4 and 5.6.20.4): one request to each that offers the batch, one for each
/// member to the others.</summary>
internal sealed class DistributedBatch
{
    private readonly Distribution distribution;
    private readonly SourceOperations operation;
    private readonly List<Task> sending = [];

    private DistributedBatch(Distribution distribution, SourceOperations operation) => (this.distribution, this.operation) = (distribution, operation);

    /// <summary>The members with what is left of them here.</summary>
    public List<BatchItem> Left { get; } = [];
    /// <summary>Ids that sources created.</summary>
    public HashSet<string> Created { get; } = new(StringComparer.Ordinal);
    /// <summary>Ids that sources changed.</summary>
    public HashSet<string> Changed { get; } = new(StringComparer.Ordinal);
    /// <summary>What sources refused.</summary>
    public List<OperationError> Errors { get; } = [];
    /// <summary>Ids that sources alone hold, so that they need not be here.</summary>
    public HashSet<string> Elsewhere { get; } = new(StringComparer.Ordinal);

    /// <summary>What a source may offer instead of a batch, for each member.</summary>
    private static SourceOperations Single(SourceOperations batch) => batch switch
    {
        SourceOperations.CreateBatch => SourceOperations.CreateEntity,
        SourceOperations.UpsertBatch => SourceOperations.UpdateEntity | SourceOperations.UpdateAttrs | SourceOperations.ReplaceEntity | SourceOperations.CreateEntity,
        SourceOperations.UpdateBatch => SourceOperations.AppendAttrs | SourceOperations.UpdateEntity | SourceOperations.UpdateAttrs,
        SourceOperations.MergeBatch => SourceOperations.MergeEntity,
        _ => SourceOperations.DeleteEntity,
    };

    /// <summary>Sends sources their parts; null where there are no sources.</summary>
    public static async ValueTask<DistributedBatch?> StartAsync(NgsiLdCall call, SourceOperations operation, IReadOnlyList<BatchItem> items)
    {
        if (await Distribution.OfAsync(call) is not { } distribution) return null;
        var batch = new DistributedBatch(distribution, operation);
        var shares = new Dictionary<Registration, List<(BatchItem, HashSet<string>?)>>();
        foreach (var item in items) batch.Share(item, shares);
        foreach (var (registration, share) in shares) batch.sending.Add(batch.SendAsync(registration, share));
        return batch;
    }

    private void Share(BatchItem item, Dictionary<Registration, List<(BatchItem, HashSet<string>?)>> shares)
    {
        try
        {
            var types = item.Fragment?.Types is { } t ? TypeSelection.AnyOf(t) : null;
            string[]? stated = item.Fragment is { Attributes.Count: > 0 } fragment ? [.. fragment.Attributes.Select(a => a.Name)] : null;
            var sharing = Sharing.Of(distribution, new EntitySelector(types, [item.Id], null), stated, item.Fragment, operation | Single(operation));
            foreach (var (registration, _) in sharing.Refused) Errors.Add(OperationError.Of(item.Id, Sharing.Refusal(registration, item.Id), registration.Id));
            foreach (var (registration, only) in sharing.Forwarded)
                (shares.TryGetValue(registration, out var share) ? share : shares[registration] = []).Add((item, only));
            if (sharing.IsElsewhere) Elsewhere.Add(item.Id);
            if (!sharing.TakesAll || operation == SourceOperations.DeleteBatch)
                Left.Add(sharing.Left is not { } left || item.Fragment is null ? item : item with { Fragment = item.Fragment with { Attributes = [.. item.Fragment.Attributes.Where(a => left.Contains(a.Name))] } });
        }
        catch (Problem problem)
        {
            Errors.Add(OperationError.Of(item.Id, problem));
        }
    }

    /// <summary>Returns when every source has answered.</summary>
    public Task FinishAsync() => Task.WhenAll(sending);

    private async Task SendAsync(Registration registration, List<(BatchItem Item, HashSet<string>? Only)> share)
    {
        var target = await distribution.TargetAsync(registration, forBody: true);
        if (!registration.Supports(operation))
        {
            await Task.WhenAll(share.Select(s => SendOneAsync(target, s.Item, s.Only)));
            return;
        }
        var body = operation == SourceOperations.DeleteBatch ? SourceBody.OfIds(share.Select(s => s.Item.Id))
            : SourceBody.OfMany(share.Select(s => (s.Item.Body, s.Item.Own, (IReadOnlySet<string>?)s.Only)), target);
        var answer = await distribution.SendAsync(target, HttpMethod.Post, distribution.Call.Operation.Route, DistributedWrite.PassedOn(distribution.Call, target), body);
        lock (Errors) Note(answer, [.. share.Select(s => s.Item.Id)]);
    }

    private void Note(SourceAnswer answer, string[] ids)
    {
        if (answer.Status == 207)
        {
            var (success, errors) = SourceResult.Parts(answer);
            Errors.AddRange(errors);
            foreach (var id in ids)
                if (success.Contains(id)) (operation == SourceOperations.CreateBatch ? Created : Changed).Add(id);
                else if (!errors.Exists(e => e.EntityId == id)) Errors.Add(OperationError.Of(id, answer));
        }
        else if (answer.IsSuccess)
        {
            var created = SourceResult.Ids(answer);
            foreach (var id in ids) (operation == SourceOperations.CreateBatch || answer.Status == 201 && (created.Count == 0 || created.Contains(id)) ? Created : Changed).Add(id);
        }
        else foreach (var id in ids) Errors.Add(OperationError.Of(id, answer));
    }

    private async Task SendOneAsync(SourceTarget target, BatchItem item, HashSet<string>? only)
    {
        var path = "/entities/" + DistributedReads.Escape(item.Id);
        var (body, offers) = (item.Fragment is null ? (ReadOnlyMemory<byte>?)null : SourceBody.Of(item.Body, item.Own, target, only), target.Registration.Operations);
        var options = distribution.Call.Options();
        var answer = operation switch
        {
            SourceOperations.CreateBatch => await CreateAsync(),
            SourceOperations.DeleteBatch => await AskAsync(HttpMethod.Delete, path),
            SourceOperations.MergeBatch => await AskAsync(HttpMethod.Patch, path),
            SourceOperations.UpdateBatch => (offers & SourceOperations.AppendAttrs) != 0 ? await AskAsync(HttpMethod.Post, path + "/attrs", options.Contains("noOverwrite") ? ("options", "noOverwrite") : null) : await AskAsync(HttpMethod.Patch, path + "/attrs"),
            _ => await UpsertAsync(),
        };
        lock (Errors) Note(answer, [item.Id]);

        Task<SourceAnswer> AskAsync(HttpMethod method, string to, (string, string)? parameter = null) => distribution.SendAsync(target, method, to, parameter is { } p ? [p] : [], body);
        Task<SourceAnswer> CreateAsync() => AskAsync(HttpMethod.Post, "/entities");

        async Task<SourceAnswer> UpsertAsync()
        {
            var replaces = !options.Contains("update");
            var changes = replaces ? SourceOperations.ReplaceEntity : SourceOperations.UpdateEntity | SourceOperations.UpdateAttrs;
            if ((offers & changes) == 0) return await CreateAsync();
            var changed = replaces ? await AskAsync(HttpMethod.Put, path) : await AskAsync(HttpMethod.Patch, path + "/attrs");
            return changed.Status == 404 && (offers & SourceOperations.CreateEntity) != 0 ? await CreateAsync() : changed;
        }
    }
}
