using Dalgu.Hub.Http;
using Dalgu.Hub.Registrations.Distribution;
using Microsoft.AspNetCore.Http;

namespace Dalgu.Hub.Batch;

/// <summary>What became of a batch: ids that went well, told apart by what happened, and the refusals (clause 5.2.16).</summary>
internal sealed class BatchOutcome
{
    public List<string> Created { get; } = [];
    public List<string> Changed { get; } = [];
    public List<OperationError> Errors { get; } = [];

    /// <summary>Does something for one entity; a refusal is noted and refuses the others nothing.</summary>
    public void Try<T>(string id, T item, Action<T> act)
    {
        try
        {
            act(item);
        }
        catch (Problem problem)
        {
            Errors.Add(OperationError.Of(id, problem));
        }
    }

    /// <summary>Adds what sources did. What one of them refused is no success, whoever else did it.</summary>
    public async Task AddAsync(DistributedBatch distributed)
    {
        await distributed.FinishAsync();
        Created.AddRange(distributed.Created.Where(id => !Created.Contains(id) && !Changed.Contains(id)));
        Changed.AddRange(distributed.Changed.Where(id => !Created.Contains(id) && !Changed.Contains(id)));
        Errors.AddRange(distributed.Errors);
        var failed = Errors.Select(e => e.EntityId).ToHashSet(StringComparer.Ordinal);
        Created.RemoveAll(failed.Contains);
        Changed.RemoveAll(failed.Contains);
    }

    /// <summary>204 where all went well; else what went well and what did not, as 207.</summary>
    public Task AnswerChangedAsync(NgsiLdCall call)
    {
        if (Errors.Count > 0) return AnswerAsync(call, StatusCodes.Status204NoContent, Changed);
        call.Answer(StatusCodes.Status204NoContent);
        return Task.CompletedTask;
    }

    /// <summary>The ids where all went well; else what went well and what did not, as 207.</summary>
    public async Task AnswerAsync(NgsiLdCall call, int good, List<string> ids)
    {
        if (Errors.Count == 0)
        {
            await call.AnswerAsync(good, MediaTypes.Json, json =>
            {
                json.WriteStartArray();
                foreach (var id in ids) json.WriteStringValue(id);
                json.WriteEndArray();
            }, link: false);
            return;
        }
        await call.AnswerAsync(StatusCodes.Status207MultiStatus, MediaTypes.Json, json =>
        {
            json.WriteStartObject();
            json.WriteStartArray("success"u8);
            foreach (var id in Created.Concat(Changed)) json.WriteStringValue(id);
            json.WriteEndArray();
            json.WriteStartArray("errors"u8);
            foreach (var error in Errors) error.Write(json);
            json.WriteEndArray();
            json.WriteEndObject();
        }, link: false);
    }
}
