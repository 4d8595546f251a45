using Dalgu.Hub.Access;
using Dalgu.Hub.Query;

namespace Dalgu.Hub.Subscriptions;

/// <summary>Decides whether a change makes a notification of a subscription (clause 5.8.6). The index narrows; this decides.</summary>
internal static class SubscriptionMatch
{
    /// <summary>True where the change concerns the subscription and its maker may read the entity.</summary>
    public static bool Matches(Subscription subscription, ChangeFacts facts, Rights rights, DateTime now)
    {
        var entity = facts.Change.Entity;
        if (subscription.Interval is not null || !subscription.IsActive || subscription.ExpiresAt <= now) return false;
        if (!facts.Fires(subscription.Triggers, subscription.Watched)) return false;
        if (!rights.MayRead(entity) || facts.Change.Before is { } before && !rights.MayRead(before)) return false;
        try
        {
            return (subscription.Selectors is null || Selects(subscription.Selectors, entity)) && Evaluator.Matches(entity, subscription.FilterAtOnce);
        }
        catch (Problem)
        {
            return false; // a pattern that takes too long on this entity selects it not
        }
    }

    private static bool Selects(IReadOnlyList<EntitySelector> selectors, Entities.Entity entity)
    {
        foreach (var (types, ids, pattern) in selectors)
        {
            if (types is not null && !types.Matches(entity.Types)) continue;
            if (ids is not null) // an id excludes the pattern (clause 5.2.33)
            {
                if (ids.Contains(entity.Id)) return true;
            }
            else if (pattern is null || Evaluator.Matches(pattern, entity.Id)) return true;
        }
        return false;
    }
}
