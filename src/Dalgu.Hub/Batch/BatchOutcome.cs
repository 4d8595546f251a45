using Dalgu.Hub.Http;
using Microsoft.AspNetCore.Http;

namespace Dalgu.Hub.Batch;

/// <summary>What became of a batch: ids that went well, told apart by what happened, and the refusals (clause 5.2.16).</summary>
internal sealed class BatchOutcome
{
    public List<string> Created { get; } = [];
    public List<string> Changed { get; } = [];
    public List<(string? Id, Problem Problem)> Errors { get; } = [];

    /// <summary>Does something for one entity; a refusal is noted and refuses the others nothing.</summary>
    public void Try(string id, Action act)
    {
        try
        {
            act();
        }
        catch (Problem problem)
        {
            Errors.Add((id, problem));
        }
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
            foreach (var (id, problem) in Errors)
            {
                json.WriteStartObject();
                if (id is not null) json.WriteString("entityId"u8, id);
                json.WriteStartObject("error"u8);
                json.WriteString("type"u8, problem.Type);
                json.WriteString("title"u8, problem.Title);
                json.WriteString("detail"u8, problem.Message);
                json.WriteNumber("status"u8, problem.Status);
                json.WriteEndObject();
                json.WriteEndObject();
            }
            json.WriteEndArray();
            json.WriteEndObject();
        }, link: false);
    }
}
