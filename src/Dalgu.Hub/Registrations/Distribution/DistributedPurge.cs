using Dalgu.Hub.Batch;
using Dalgu.Hub.Http;
using Dalgu.Hub.Query;

namespace Dalgu.Hub.Registrations.Distribution;

/// <summary>The part that sources have in a purge (clause 5.6.21.4): what is asked of the broker is asked of them, in their names.</summary>
internal static class DistributedPurge
{
    /// <summary>Asks the sources; returns when all have answered.</summary>
    public static async Task RunAsync(NgsiLdCall call, EntityQuery query, BatchOutcome outcome)
    {
        if (await Distribution.OfAsync(call) is not { } distribution) return;
        var matching = distribution.Matching(DistributedReads.Question(call, query)).FindAll(r => r.Mode != RegistrationMode.Auxiliary);
        distribution.RefuseLoop();
        foreach (var registration in matching) Sharing.RequireWrite(call, registration, null);
        foreach (var registration in matching)
            if (registration.IsProxied && !registration.Supports(SourceOperations.PurgeEntity)) outcome.Errors.Add(OperationError.Of(null, Sharing.Refusal(registration, "what is to be purged"), registration.Id));
        var answers = await Task.WhenAll(matching.Where(r => r.Supports(SourceOperations.PurgeEntity)).Select(async registration =>
        {
            var target = await distribution.TargetAsync(registration);
            return await distribution.SendAsync(target, HttpMethod.Delete, "/entities", DistributedWrite.PassedOn(call, target));
        }));
        foreach (var answer in answers)
            if (answer.Status == 207)
            {
                var (success, errors) = SourceResult.Parts(answer);
                outcome.Changed.AddRange(success);
                outcome.Errors.AddRange(errors);
            }
            else if (!answer.IsSuccess && answer.Status != 404) outcome.Errors.Add(OperationError.Of(null, answer));
    }
}
