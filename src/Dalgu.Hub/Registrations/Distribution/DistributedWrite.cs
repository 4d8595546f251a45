using System.Text.Json;
using Dalgu.Hub.Contexts;
using Dalgu.Hub.Entities;
using Dalgu.Hub.Http;
using Dalgu.Hub.Query;
using Microsoft.AspNetCore.Http;

namespace Dalgu.Hub.Registrations.Distribution;

/// <summary>A write of one entity that sources may take part in (clauses 5.6.1.4 to 5.6.6.4 and 5.6.17.4 to 5.6.19.4). What a source alone holds goes to it,
/// what others hold too goes to them and stays, the rest is done here. Without sources it is what it is here.</summary>
internal sealed class DistributedWrite(NgsiLdCall call, string id, SourceOperations operation)
{
    private readonly List<OperationError> errors = [];
    private readonly List<string> updated = [];
    private readonly List<(string Attribute, string Reason, string? Registration)> notUpdated = [];
    private int successes;
    private bool hasSourceMade;

    /// <summary>True where there was no source when the body was read, so that it is not at hand as JSON.</summary>
    public bool IsLocal { get; init; }
    /// <summary>What the body states; null for an operation on the whole entity.</summary>
    public EntityFragment? Fragment { get; init; }
    /// <summary>The attribute of the address (IRI); null where there is none.</summary>
    public string? Attribute { get; init; }
    /// <summary>The status of a success.</summary>
    public int Success { get; init; } = StatusCodes.Status204NoContent;
    /// <summary>Where the thing made is found; null where nothing is made.</summary>
    public string? Location { get; init; }
    /// <summary>Tells, after the local part is done, whether it made the thing; null where that is no question, and <see cref="Success"/> stands.</summary>
    public Func<bool>? HasMade { get; init; }
    /// <summary>True where the answer says of each attribute what became of it.</summary>
    public bool TellsAttributes { get; init; }
    /// <summary>Carries out the part that is left here: the fragment without what others alone hold, or null where the operation has none.</summary>
    public required Func<EntityFragment?, Task<UpdateResult?>> Local { get; init; }

    /// <summary>Carries the write out and answers.</summary>
    public async Task RunAsync()
    {
        if (IsLocal || await Distribution.OfAsync(call) is not { } distribution)
        {
            Note(await Local(Fragment));
            successes++;
            await AnswerAsync();
            return;
        }
        IReadOnlyCollection<string>? stated = Attribute is not null ? [Attribute] : Fragment is { Attributes.Count: > 0 } fragment ? [.. fragment.Attributes.Select(a => a.Name)] : null;
        var types = call.Parameter("type") is { } type ? TypeSelection.Parse(type, call.Context) : operation is SourceOperations.CreateEntity or SourceOperations.UpsertTemporal && Fragment?.Types is { } t ? TypeSelection.AnyOf(t) : null;
        var sharing = Sharing.Of(distribution, new EntitySelector(types, [id], null), stated, Fragment, operation);
        foreach (var (registration, attributes) in sharing.Refused) Refuse(registration, attributes);
        var sending = sharing.Forwarded.Select(f => SendAsync(distribution, f.Registration, f.Only)).ToArray();
        if (!sharing.TakesAll || operation is SourceOperations.DeleteEntity or SourceOperations.DeleteTemporal) await LocallyAsync(sharing.Left, sharing.IsElsewhere);
        foreach (var answer in await Task.WhenAll(sending)) Note(answer.Answer, answer.Only, answer.Target, stated);
        await AnswerAsync();
    }

    private void Refuse(Registration registration, IReadOnlyCollection<string> attributes)
    {
        var problem = Sharing.Refusal(registration, id);
        errors.Add(OperationError.Of(id, problem, registration.Id));
        foreach (var attribute in attributes) notUpdated.Add((attribute, problem.Message, registration.Id));
    }

    private async Task LocallyAsync(HashSet<string>? left, bool isElsewhere)
    {
        try
        {
            Note(await Local(Fragment is null || left is null ? Fragment : Fragment with { Attributes = [.. Fragment.Attributes.Where(a => left.Contains(a.Name))] }));
            successes++;
        }
        catch (Problem problem)
        {
            // What a source alone holds need not be here too.
            if (isElsewhere && problem.Kind == ProblemKind.ResourceNotFound && operation is SourceOperations.DeleteEntity or SourceOperations.DeleteTemporal) return;
            errors.Add(OperationError.Of(id, problem));
            foreach (var attribute in left ?? Fragment?.Attributes.Select(a => a.Name) ?? []) notUpdated.Add((attribute, problem.Message, null));
        }
    }

    private async Task<(SourceAnswer Answer, SourceTarget Target, HashSet<string>? Only)> SendAsync(Distribution distribution, Registration registration, HashSet<string>? only)
    {
        var target = await distribution.TargetAsync(registration, forBody: call.Body.ValueKind != JsonValueKind.Undefined);
        var path = call.Operation.Route.Replace("{entityId}", DistributedReads.Escape(id), StringComparison.Ordinal);
        if (Attribute is not null) path = path.Replace("{attrId}", DistributedReads.Escape(target.Names.Compact(Attribute)), StringComparison.Ordinal);
        if (path.Contains("{instanceId}", StringComparison.Ordinal)) path = path.Replace("{instanceId}", DistributedReads.Escape(call.RouteValue("instanceId")), StringComparison.Ordinal);
        ReadOnlyMemory<byte>? body = call.Body.ValueKind == JsonValueKind.Undefined ? null
            : Attribute is not null ? SourceBody.OfAttribute(call.Body, call.Context, target) : SourceBody.Of(call.Body, call.Context, target, only);
        return (await distribution.SendAsync(target, new HttpMethod(call.Http.Request.Method), path, PassedOn(call, target), body), target, only);
    }

    /// <summary>The parameters of the request that concern a source too.</summary>
    public static IEnumerable<(string, string)> PassedOn(NgsiLdCall call, SourceTarget target)
    {
        foreach (var parameter in call.Http.Request.Query)
            switch (parameter.Key)
            {
                case "local" or "csf" or "splitEntities" or "entityMap" or "limit" or "offset" or "count": break;
                case "type": yield return ("type", TypeSelection.Parse(parameter.Value.ToString(), call.Context).ToText(target.Names.Compact)); break;
                case "keep" or "drop" or "attrs" when !target.IsOriginal:
                    yield return (parameter.Key, string.Join(',', parameter.Value.ToString().Split(',').Select(n => target.Names.Compact(call.Context.ExpandAttribute(n.Trim())))));
                    break;
                default: yield return (parameter.Key, parameter.Value.ToString()); break;
            }
    }

    private void Note(UpdateResult? result)
    {
        if (result is null) return;
        updated.AddRange(result.Updated);
        foreach (var (attribute, reason) in result.NotUpdated) notUpdated.Add((attribute, reason, null));
    }

    private void Note(SourceAnswer answer, HashSet<string>? only, SourceTarget target, IReadOnlyCollection<string>? stated)
    {
        IEnumerable<string> concerned = only ?? stated ?? [];
        if (answer.IsSuccess && answer.Status != StatusCodes.Status207MultiStatus)
        {
            successes++;
            hasSourceMade |= answer.Status == StatusCodes.Status201Created;
            updated.AddRange(concerned);
            return;
        }
        var error = OperationError.Of(id, answer);
        if (answer.Status == StatusCodes.Status207MultiStatus)
        {
            successes++;
            if (SourceResult.NotUpdated(answer, target) is { Count: > 0 } left)
            {
                updated.AddRange(concerned.Where(a => !left.ContainsKey(a)));
                foreach (var (attribute, reason) in left) notUpdated.Add((attribute, reason, answer.Registration.Id));
                if (!TellsAttributes) errors.Add(error);
                return;
            }
        }
        errors.Add(error);
        foreach (var attribute in concerned) notUpdated.Add((attribute, error.Detail, answer.Registration.Id));
    }

    private async Task AnswerAsync()
    {
        if (errors.Count == 0 && (notUpdated.Count == 0 || !TellsAttributes))
        {
            var isMade = HasMade is null || hasSourceMade || HasMade();
            if (Location is not null && isMade) call.Http.Response.Headers.Location = Location;
            call.Answer(isMade ? Success : StatusCodes.Status204NoContent);
            return;
        }
        if (successes == 0 && errors.Count == 1)
        {
            await call.AnswerAsync(errors[0].Status, MediaTypes.Json, errors[0].WriteProblem, link: false);
            return;
        }
        await call.AnswerAsync(StatusCodes.Status207MultiStatus, MediaTypes.Json, json =>
        {
            json.WriteStartObject();
            if (TellsAttributes) WriteAttributes(json);
            else WriteParts(json);
            json.WriteEndObject();
        }, link: false);
    }

    private void WriteParts(Utf8JsonWriter json)
    {
        json.WriteStartArray("success"u8);
        if (successes > 0) json.WriteStringValue(id);
        json.WriteEndArray();
        json.WriteStartArray("errors"u8);
        foreach (var error in errors) error.Write(json);
        json.WriteEndArray();
    }

    private void WriteAttributes(Utf8JsonWriter json)
    {
        json.WriteStartArray("updated"u8);
        foreach (var name in updated.Distinct(StringComparer.Ordinal)) json.WriteStringValue(name); // no @context goes with a 207, so names are IRIs
        json.WriteEndArray();
        json.WriteStartArray("notUpdated"u8);
        foreach (var (name, reason, registration) in notUpdated)
        {
            json.WriteStartObject();
            json.WriteString("attributeName"u8, name);
            json.WriteString("reason"u8, reason);
            if (registration is not null) json.WriteString("registrationId"u8, registration);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }
}
