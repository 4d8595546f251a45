using System.Text.RegularExpressions;
using Dalgu.Hub.Query;
using Dalgu.Hub.Temporal;

namespace Dalgu.Hub.Registrations;

/// <summary>Which registrations a request is about, by what it asks for (clause 5.12). Null and empty stand for any.</summary>
internal sealed record RegistrationQuestion
{
    /// <summary>Selectors of entities, of which a registration's information covers one; empty for any.</summary>
    public IReadOnlyList<EntitySelector> Selectors { get; init; } = [];
    /// <summary>Attributes (IRIs) of which the information has one; null for any.</summary>
    public IReadOnlyCollection<string>? Attributes { get; init; }
    /// <summary>A filter over the properties of the source.</summary>
    public QExpression? Csf { get; init; }
    /// <summary>A filter over the location of the registration.</summary>
    public GeoQuery? Geo { get; init; }
    /// <summary>A filter over its scopes.</summary>
    public ScopeQuery? Scopes { get; init; }
    /// <summary>Datasets of which a source has one, where it names any; null for all.</summary>
    public IReadOnlyList<string>? Datasets { get; init; }
    /// <summary>A filter over places: a source whose registered places lie elsewhere is out, one without is in.</summary>
    public GeoQuery? Near { get; init; }
    /// <summary>The times asked for; null for sources of present state alone.</summary>
    public TemporalQuery? Time { get; init; }
    /// <summary>True where a source that says nothing of its times may have them too.</summary>
    public bool IsOfHistory { get; init; }
}

/// <summary>Decides whether a registration matches (clauses 5.10.2.4 and 5.12).</summary>
internal static class RegistrationMatch
{
    public static bool Matches(Registration registration, RegistrationQuestion question)
    {
        if (!MatchesTime(registration, question)) return false;
        if (question.Csf is { } csf && !csf.Matches(registration.Properties)) return false;
        if (question.Geo is { } geo && !geo.Matches(registration.Properties)) return false;
        if (question.Scopes is { } scopes && !scopes.Matches(registration.Properties.Scopes)) return false;
        if (question.Near?.MayMatchIn(registration.Properties) == false) return false;
        if (question.Datasets is { } datasets && registration.Datasets is { } has && !datasets.Any(has.Contains)) return false;
        foreach (var information in registration.Information) if (Matches(information, question)) return true;
        return false;
    }

    /// <summary>True where a part of a registration's information is what the question is about.</summary>
    public static bool Matches(RegistrationInformation information, RegistrationQuestion question) =>
        MatchesAttributes(information, question.Attributes) && MatchesEntities(information, question.Selectors);

    public static bool MatchesAttributes(RegistrationInformation information, IReadOnlyCollection<string>? attributes)
    {
        if (attributes is null || information.Attributes is null) return true;
        foreach (var attribute in attributes) if (information.Attributes.Contains(attribute)) return true;
        return false;
    }

    private static bool MatchesEntities(RegistrationInformation information, IReadOnlyList<EntitySelector> selectors)
    {
        if (selectors.Count == 0 || information.Entities.Count == 0) return true;
        foreach (var selector in selectors)
            foreach (var entity in information.Entities)
                if (Matches(entity, selector)) return true;
        return false;
    }

    /// <summary>True where a selector may select an entity that the registration means. Two patterns are taken to overlap: nobody can tell quickly that they do not.</summary>
    public static bool Matches(EntityInfo entity, EntitySelector selector)
    {
        if (selector.Types is { } types && !MayMatch(types, entity.Types)) return false;
        if (selector.Ids is { } ids)
        {
            foreach (var id in ids) if (entity.CoversId(id)) return true;
            return false;
        }
        return selector.IdPattern is not { } pattern || entity.Id is null || Matches(pattern, entity.Id);
    }

    /// <summary>An entity has the registered types, and may have others: each type named by a selection that is not registered counts as possible only beside one that is.</summary>
    private static bool MayMatch(TypeSelection selection, IReadOnlyList<string> registered)
    {
        if (registered.Count == 0 || selection.Matches(registered)) return true;
        if (selection.IsAnyOf) return false;
        foreach (var type in registered) if (selection.Mentioned.Contains(type)) return true;
        return false;
    }

    private static bool MatchesTime(Registration registration, RegistrationQuestion question)
    {
        if (question.IsOfHistory && registration.IsOfPresent) return true;
        if (question.Time is not { } time) return registration.IsOfPresent;
        var span = time.Property == TimeProperty.ObservedAt ? registration.Observation : registration.Management;
        return span is { } has && (time.To is null || has.Start < time.To) && (time.From is null || has.End is null || has.End >= time.From);
    }

    public static bool Matches(Regex pattern, string id)
    {
        try
        {
            return pattern.IsMatch(id);
        }
        catch (RegexMatchTimeoutException)
        {
            return true; // asking a source too much is no fault, leaving it out is
        }
    }
}
