using System.Runtime.InteropServices;
using Dalgu.Hub.Entities;
using Dalgu.Hub.Query;

namespace Dalgu.Hub.Subscriptions;

/// <summary>Finds the subscriptions that a change may concern: by type, by watched attribute, by id, by the number that an attribute is compared with.
/// It may find too many, never too few. One thread at a time.</summary>
internal sealed class SubscriptionIndex
{
    private const string AnyType = "*";
    private readonly Dictionary<string, OfType> types = new(StringComparer.Ordinal);
    private long stamp;

    /// <summary>Adds a subscription.</summary>
    public void Add(SubscriptionState state) => Each(state, state.Definition, add: true);

    /// <summary>Takes a subscription away, as it was when it was added.</summary>
    public void Remove(SubscriptionState state, Subscription definition) => Each(state, definition, add: false);

    private void Each(SubscriptionState state, Subscription definition, bool add)
    {
        if (definition.Interval is not null) return; // nothing that changes concerns it
        if (definition.Selectors is null) Place(AnyType, null, null);
        else
            foreach (var selector in definition.Selectors)
                if (selector.Types is null) Place(AnyType, selector.Ids, selector.IdPattern);
                else foreach (var type in selector.Types.Mentioned) Place(type, selector.Ids, selector.IdPattern);

        void Place(string type, IReadOnlyList<string>? ids, System.Text.RegularExpressions.Regex? pattern)
        {
            if (!types.TryGetValue(type, out var ofType))
            {
                if (!add) return;
                types[type] = ofType = new();
            }
            if (definition.Watched is null) Move(ofType.Any, ids, pattern);
            else foreach (var attribute in definition.Watched) Move(ofType.Of(attribute), ids, pattern);
            if (!add && ofType.IsEmpty) types.Remove(type);
        }

        void Move(Node node, IReadOnlyList<string>? ids, System.Text.RegularExpressions.Regex? pattern)
        {
            if (add) node.Add(state, definition, ids, pattern);
            else node.Remove(state, definition, ids, pattern);
        }
    }

    /// <summary>Adds every subscription that the change may concern to a list, each once.</summary>
    /// <param name="facts">The change.</param>
    /// <param name="found">Where to.</param>
    /// <param name="anyValue">True where the entity's values are not those of the change, so that they narrow nothing.</param>
    public void Find(ChangeFacts facts, List<SubscriptionState> found, bool anyValue = false)
    {
        stamp++;
        var entity = facts.Change.Entity;
        for (var i = 0; i < entity.Types.Count; i++)
            if (types.TryGetValue(entity.Types[i], out var ofType)) Find(ofType, facts, entity, found, anyValue);
        if (types.TryGetValue(AnyType, out var any)) Find(any, facts, entity, found, anyValue);
    }

    private void Find(OfType ofType, ChangeFacts facts, Entity entity, List<SubscriptionState> found, bool anyValue)
    {
        ofType.Any.Find(entity, found, stamp, anyValue);
        if (ofType.Watched.Count == 0) return;
        for (var i = 0; i < facts.Count; i++)
            if (ofType.Watched.TryGetValue(facts.Name(i), out var node)) node.Find(entity, found, stamp, anyValue);
    }

    private sealed class OfType
    {
        public Node Any { get; } = new();
        public Dictionary<string, Node> Watched { get; } = new(StringComparer.Ordinal);
        public bool IsEmpty => Any.IsEmpty && Watched.Values.All(n => n.IsEmpty);
        public Node Of(string attribute) => CollectionsMarshal.GetValueRefOrAddDefault(Watched, attribute, out _) ??= new();
    }

    /// <summary>The subscriptions of one type and attribute: those of single ids, those with a pattern, those that compare a number, the rest.</summary>
    private sealed class Node
    {
        private readonly Dictionary<string, List<SubscriptionState>> ids = new(StringComparer.Ordinal);
        private readonly List<SubscriptionState> rest = [];
        private readonly List<(System.Text.RegularExpressions.Regex Pattern, SubscriptionState State)> patterns = [];
        private readonly Dictionary<string, Comparisons> compared = new(StringComparer.Ordinal);

        public bool IsEmpty => ids.Count == 0 && rest.Count == 0 && patterns.Count == 0 && compared.Count == 0;

        public void Add(SubscriptionState state, Subscription definition, IReadOnlyList<string>? only, System.Text.RegularExpressions.Regex? pattern)
        {
            if (only is not null) foreach (var id in only) (CollectionsMarshal.GetValueRefOrAddDefault(ids, id, out _) ??= []).Add(state);
            else if (pattern is not null) patterns.Add((pattern, state));
            else if (definition.Filter.Q?.Bound is { } bound) (CollectionsMarshal.GetValueRefOrAddDefault(compared, bound.Attribute, out _) ??= new()).Add(bound, state);
            else rest.Add(state);
        }

        public void Remove(SubscriptionState state, Subscription definition, IReadOnlyList<string>? only, System.Text.RegularExpressions.Regex? pattern)
        {
            if (only is not null)
            {
                foreach (var id in only)
                    if (ids.TryGetValue(id, out var list) && list.Remove(state) && list.Count == 0) ids.Remove(id);
            }
            else if (pattern is not null) patterns.Remove((pattern, state));
            else if (definition.Filter.Q?.Bound is { } bound)
            {
                if (compared.TryGetValue(bound.Attribute, out var comparisons) && comparisons.Remove(bound, state) && comparisons.IsEmpty) compared.Remove(bound.Attribute);
            }
            else rest.Remove(state);
        }

        public void Find(Entity entity, List<SubscriptionState> found, long stamp, bool anyValue)
        {
            if (ids.Count > 0 && ids.TryGetValue(entity.Id, out var exact)) foreach (var state in exact) Take(state, found, stamp);
            foreach (var (pattern, state) in patterns) if (state.Stamp != stamp && IsMatch(pattern, entity.Id)) Take(state, found, stamp);
            foreach (var (attribute, comparisons) in compared)
                if (anyValue) comparisons.All(found, stamp);
                else if (entity.Find(attribute) is { } value) comparisons.Find(value, found, stamp);
            foreach (var state in rest) Take(state, found, stamp);
        }

        private static bool IsMatch(System.Text.RegularExpressions.Regex pattern, string id)
        {
            try
            {
                return pattern.IsMatch(id);
            }
            catch (System.Text.RegularExpressions.RegexMatchTimeoutException)
            {
                return false;
            }
        }
    }

    internal static void Take(SubscriptionState state, List<SubscriptionState> found, long stamp)
    {
        if (state.Stamp == stamp) return;
        state.Stamp = stamp;
        found.Add(state);
    }
}
