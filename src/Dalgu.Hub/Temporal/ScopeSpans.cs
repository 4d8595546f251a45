using System.Text.Json;
using Dalgu.Hub.Entities;
using Dalgu.Hub.Http;
using Dalgu.Hub.Query;

namespace Dalgu.Hub.Temporal;

/// <summary>When an entity had scopes that a query asks for. A scope holds from the time when it was set until another is set or it is taken away
/// (clause 4.18, annex C.5.16); one that is there from the first and has no time of its own has always held. Times are UTC, an end is exclusive.</summary>
internal sealed class ScopeSpans
{
    private static readonly ScopeSpans Always = new([(DateTime.MinValue, DateTime.MaxValue)]), Never = new([]);

    private readonly List<(DateTime From, DateTime To)> spans;

    private ScopeSpans(List<(DateTime From, DateTime To)> spans) => this.spans = spans;

    /// <summary>True where no such scope held in the span of the query.</summary>
    public bool IsNever => spans.Count == 0;

    /// <summary>True where one held throughout the span of the query.</summary>
    public bool IsAlways => ReferenceEquals(this, Always);

    /// <summary>True where one held at a time.</summary>
    public bool Covers(DateTime time)
    {
        foreach (var (from, to) in spans) if (time >= from && time < to) return true;
        return false;
    }

    /// <summary>When scopes of an entity satisfied a filter, within the span of a temporal query. Queries by another time than observedAt are asked of the last state.</summary>
    public static async ValueTask<ScopeSpans> OfAsync(NgsiLdCall call, Entity entity, ScopeQuery scopes, TemporalQuery time)
    {
        if (time.Property != TimeProperty.ObservedAt) return scopes.Matches(entity.Scopes) ? Always : Never;
        var set = new List<(DateTime At, long Seq, bool Matches)>();
        await foreach (var change in call.Tenant.HistoryAsync(entity.Id, HistoryDifference.Scope, null, null, descending: false, call.Rights, call.Cancel))
        {
            var isFirst = set.Count == 0 && change.Instance.ObservedAt is null;
            set.Add((isFirst ? DateTime.MinValue : change.Instance.ObservedAt ?? change.Time, change.Seq,
                !change.Instance.Deleted && scopes.Matches(JsonSerializer.Deserialize<string[]>(change.Instance.Value.Span) ?? [])));
        }
        if (set.Count == 0) return scopes.Matches(entity.Scopes) ? Always : Never;
        set.Sort((a, b) => (a.At, a.Seq).CompareTo((b.At, b.Seq)));
        var (first, last) = (time.From ?? DateTime.MinValue, time.To ?? DateTime.MaxValue);
        var spans = new List<(DateTime From, DateTime To)>();
        for (var i = 0; i < set.Count; i++)
        {
            var (from, to) = (set[i].At, i + 1 < set.Count ? set[i + 1].At : DateTime.MaxValue);
            if (set[i].Matches && from < to && from < last && to > first) spans.Add((from, to));
        }
        return spans is [var only] && only.From <= first && only.To >= last ? Always : new(spans);
    }
}
