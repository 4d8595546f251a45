using System.Runtime.InteropServices;
using Dalgu.Hub.Entities;
using Dalgu.Hub.Query;

namespace Dalgu.Hub.Subscriptions;

/// <summary>Subscriptions that compare one attribute with a number, sorted by the number, so that a value finds those it passes without asking each.</summary>
internal sealed class Comparisons
{
    private readonly List<(double Bound, SubscriptionState State)> above = [], below = [];
    private readonly Dictionary<double, List<SubscriptionState>> equal = [];

    public bool IsEmpty => above.Count == 0 && below.Count == 0 && equal.Count == 0;

    public void Add(QBound bound, SubscriptionState state)
    {
        if (bound.Operator == QOperator.Equal) (CollectionsMarshal.GetValueRefOrAddDefault(equal, bound.Value, out _) ??= []).Add(state);
        else
        {
            var list = bound.Operator is QOperator.Greater or QOperator.GreaterEqual ? above : below;
            list.Insert(After(list, bound.Value), (bound.Value, state));
        }
    }

    public bool Remove(QBound bound, SubscriptionState state)
    {
        if (bound.Operator == QOperator.Equal)
        {
            if (equal.TryGetValue(bound.Value, out var list) && list.Remove(state) && list.Count == 0) equal.Remove(bound.Value);
            return true;
        }
        (bound.Operator is QOperator.Greater or QOperator.GreaterEqual ? above : below).Remove((bound.Value, state));
        return true;
    }

    /// <summary>Those that a value may pass.</summary>
    public void Find(EntityAttribute attribute, List<SubscriptionState> found, long stamp)
    {
        double least = double.PositiveInfinity, most = double.NegativeInfinity;
        foreach (var instance in attribute.Instances)
        {
            if (instance.Value.Span is [(byte)'[' or (byte)'{', ..])
            {
                All(found, stamp); // its elements decide, and they are not looked at here
                return;
            }
            if (instance.Number() is not { } number) continue;
            (least, most) = (Math.Min(least, number), Math.Max(most, number));
            if (equal.TryGetValue(number, out var same)) foreach (var state in same) SubscriptionIndex.Take(state, found, stamp);
        }
        for (var i = 0; i < above.Count && above[i].Bound <= most; i++) SubscriptionIndex.Take(above[i].State, found, stamp);
        for (var i = below.Count - 1; i >= 0 && below[i].Bound >= least; i--) SubscriptionIndex.Take(below[i].State, found, stamp);
    }

    /// <summary>All of them.</summary>
    public void All(List<SubscriptionState> found, long stamp)
    {
        foreach (var (_, state) in above) SubscriptionIndex.Take(state, found, stamp);
        foreach (var (_, state) in below) SubscriptionIndex.Take(state, found, stamp);
        foreach (var list in equal.Values) foreach (var state in list) SubscriptionIndex.Take(state, found, stamp);
    }

    /// <summary>Where a bound goes: behind those that are not above it.</summary>
    private static int After(List<(double Bound, SubscriptionState State)> list, double bound)
    {
        var (low, high) = (0, list.Count);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (list[middle].Bound <= bound) low = middle + 1;
            else high = middle;
        }
        return low;
    }
}
