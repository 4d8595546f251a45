using Dalgu.Hub.Entities;
using Dalgu.Hub.Http;
using Dalgu.Hub.Query;

namespace Dalgu.Hub.Registrations.Distribution;

/// <summary>Who gets what of a write of one entity (clause 4.3.6): sources that alone hold something first, and what they take is nobody else's.</summary>
internal sealed class Sharing
{
    /// <summary>The sources that take part, each with the attributes (IRIs) that concern it; null for all.</summary>
    public List<(Registration Registration, HashSet<string>? Only)> Forwarded { get; } = [];
    /// <summary>The sources that alone hold something and do not offer the operation, with what they hold of it.</summary>
    public List<(Registration Registration, IReadOnlyCollection<string> Attributes)> Refused { get; } = [];
    /// <summary>The attributes that are left here; null for all.</summary>
    public HashSet<string>? Left { get; private set; }
    /// <summary>True where nothing is left here.</summary>
    public bool TakesAll { get; private set; }
    /// <summary>True where a source alone holds some of it.</summary>
    public bool IsElsewhere { get; private set; }

    /// <summary>Shares a write.</summary>
    /// <param name="distribution">The call's distribution.</param>
    /// <param name="selector">The entity.</param>
    /// <param name="stated">The attributes that the write states; null for the whole entity.</param>
    /// <param name="fragment">The fragment; null where the operation has none.</param>
    /// <param name="operations">The operations of which a source offers one.</param>
    /// <exception cref="Problem">LoopDetected where a source alone has it, and has passed the request on already; Forbidden where who asks may not write it.</exception>
    public static Sharing Of(Distribution distribution, EntitySelector selector, IReadOnlyCollection<string>? stated, EntityFragment? fragment, SourceOperations operations)
    {
        var sharing = new Sharing();
        var question = new RegistrationQuestion { Selectors = [selector], Attributes = stated, IsOfHistory = (operations & SourceOperationNames.TemporalWrites) != 0 };
        var matching = distribution.Matching(question);
        distribution.RefuseLoop();
        var taken = new HashSet<string>(StringComparer.Ordinal);
        HashSet<string>? Of(Registration registration) => SourceQuestion.Of(registration, question).Attributes?.ToHashSet(StringComparer.Ordinal);
        // A fragment without attributes says nothing to a source that has attributes alone.
        bool Concerns(HashSet<string>? only) => only is null || stated is not null || fragment is null;
        foreach (var registration in matching.Where(r => r.IsProxied).OrderBy(r => r.Mode))
        {
            var only = Of(registration);
            if (!Concerns(only)) continue;
            RequireWrite(distribution.Call, registration, fragment);
            sharing.IsElsewhere = true;
            if (registration.Supports(operations)) sharing.Forwarded.Add((registration, only));
            else sharing.Refused.Add((registration, only ?? stated ?? []));
            if (only is null) sharing.TakesAll = true;
            else taken.UnionWith(only);
        }
        sharing.TakesAll |= stated is not null && stated.All(taken.Contains);
        sharing.Left = taken.Count == 0 || stated is null ? null : [.. stated.Where(a => !taken.Contains(a))];
        if (sharing.TakesAll) return sharing;
        foreach (var registration in matching.Where(r => r.Mode == RegistrationMode.Inclusive && r.Supports(operations)))
        {
            var only = Of(registration);
            if (!Concerns(only)) continue;
            if (only is null && taken.Count > 0 && stated is not null) only = [.. stated];
            only?.ExceptWith(taken);
            if (only is { Count: 0 }) continue;
            RequireWrite(distribution.Call, registration, fragment);
            sharing.Forwarded.Add((registration, only));
        }
        return sharing;
    }

    /// <summary>Refuses who may not write what the source has: rights are decided here, as the source knows only this broker.</summary>
    public static void RequireWrite(NgsiLdCall call, Registration registration, EntityFragment? fragment) =>
        call.RequireWrite(fragment?.Types ?? [.. registration.Information.SelectMany(i => i.Entities).SelectMany(e => e.Types).Distinct(StringComparer.Ordinal)]);

    /// <summary>Why a source that alone holds something takes no part.</summary>
    public static Problem Refusal(Registration registration, string id) =>
        new(ProblemKind.Conflict, $"The source of the registration \"{registration.Id}\" alone holds this of \"{id}\", and does not offer the operation; ask for another, or change the registration.");
}
