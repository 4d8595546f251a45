using Dalgu.Console.Components;
using Dalgu.Console.Display;
using Dalgu.Hub.Changes;
using Dalgu.Hub.Storage;

namespace Dalgu.Console.Live;

/// <summary>Whether a source sends as it used to.</summary>
public enum SourceState
{
    /// <summary>It has sent once, so that nothing can be expected of it.</summary>
    Once,
    /// <summary>It sends as often as it used to.</summary>
    Good,
    /// <summary>It has been silent for more than three of its usual pauses.</summary>
    Late,
    /// <summary>It has been silent for more than ten of its usual pauses.</summary>
    Silent,
}

/// <summary>How a source is doing.</summary>
/// <param name="Who">The account, key or part of the product that writes.</param>
/// <param name="Provider">The data provider that the entities name; null where they name none.</param>
/// <param name="Values">Values among the changes that were looked at: those since the start, and the last ones before it.</param>
/// <param name="Entities">How many entities it has written among these; 10,000 stands for that many or more.</param>
/// <param name="PerMinute">Values in the last whole minute before the question.</param>
/// <param name="Last">When it last wrote, UTC.</param>
/// <param name="Pause">Its usual pause between writes; null after one write only.</param>
/// <param name="State">Whether it sends as it used to.</param>
public sealed record SourceReport(string Who, string? Provider, long Values, int Entities, double PerMinute, DateTime Last, TimeSpan? Pause, SourceState State)
{
    /// <summary>True where its data come from a generator.</summary>
    public bool Synthetic => Provider == Names.SyntheticProvider;
    /// <summary>The state as a badge.</summary>
    public BadgeKind Badge => State switch { SourceState.Good => BadgeKind.Good, SourceState.Late => BadgeKind.Warn, SourceState.Silent => BadgeKind.Bad, _ => BadgeKind.Unknown };
    /// <summary>The state in a word.</summary>
    public string StateText => State switch { SourceState.Good => Texts.StateGood.Current, SourceState.Late => Texts.StateLate.Current, SourceState.Silent => Texts.StateSilent.Current, _ => Texts.StateOnce.Current };
}

/// <summary>The health of the sources, from the change feed: who wrote, for which provider, how much, how long ago. In memory; what was before the start comes from the outbox. Thread-safe.</summary>
public sealed class SourceHealth
{
    private const int MaxSources = 1_000, MaxEntities = 10_000;
    /// <summary>Below this silence no source is late: a second or two says nothing.</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(30);
    private readonly Lock gate = new();
    private readonly Dictionary<(string Who, string? Provider), Source> sources = [];

    /// <summary>Takes the changes of a commit.</summary>
    public void Take(IReadOnlyList<Change> commit)
    {
        lock (gate)
        {
            (string Who, string? Provider) key = default;
            Source? source = null;
            foreach (var change in commit)
            {
                if (change.Kind == ChangeKind.History) continue; // a back-fill says nothing of now
                var provider = change.After is { } after ? Names.ProviderOf(after) : null;
                if (source is null || key.Who != change.Who || key.Provider != provider) // most changes of a commit are of one source
                {
                    key = (change.Who, provider);
                    if (!sources.TryGetValue(key, out source))
                    {
                        if (sources.Count == MaxSources) continue;
                        sources[key] = source = new Source();
                    }
                }
                source.Take(change);
            }
        }
    }

    /// <summary>The sources at a moment, the worst first, then by name.</summary>
    public IReadOnlyList<SourceReport> Report(DateTime now)
    {
        lock (gate)
            return [.. sources.Select(s => s.Value.Report(s.Key.Who, s.Key.Provider, now)).OrderByDescending(r => r.State).ThenBy(r => r.Who, StringComparer.Ordinal).ThenBy(r => r.Provider, StringComparer.Ordinal)];
    }

    private sealed class Source
    {
        private readonly HashSet<string> entities = new(StringComparer.Ordinal);
        private readonly Queue<(DateTime At, int Values)> lately = new();
        private (DateTime At, int Values) newest; // of one moment, as the changes of a commit are
        private DateTime last;
        private long values;
        private double? pauseSeconds;

        public void Take(Change change)
        {
            // Changes of one commit, and commits within a second, are one sending.
            if (values > 0 && (change.Recorded - last).TotalSeconds is > 1 and var pause)
                pauseSeconds = pauseSeconds is { } usual ? usual * 0.8 + pause * 0.2 : pause;
            var n = Math.Max(1, change.Attributes.Count);
            values += n;
            if (change.Recorded > last) last = change.Recorded;
            if (entities.Count < MaxEntities) entities.Add(change.Id);
            if (change.Recorded == newest.At)
            {
                newest.Values += n;
                return;
            }
            if (newest.Values > 0) lately.Enqueue(newest);
            newest = (change.Recorded, n);
            while (lately.Count > 0 && (last - lately.Peek().At).TotalSeconds > 60 || lately.Count > 100_000) lately.Dequeue();
        }

        public SourceReport Report(string who, string? provider, DateTime now)
        {
            var perMinute = (now - newest.At).TotalSeconds <= 60 ? newest.Values : 0;
            foreach (var (at, n) in lately) if ((now - at).TotalSeconds <= 60) perMinute += n;
            var silence = now - last;
            TimeSpan? pause = pauseSeconds is { } seconds ? TimeSpan.FromSeconds(seconds) : null;
            var state = pause is not { } usual ? values > 0 && silence < Grace && perMinute > 1 ? SourceState.Good : SourceState.Once
                : silence <= Longer(usual * 3, Grace) ? SourceState.Good : silence <= Longer(usual * 10, Grace * 2) ? SourceState.Late : SourceState.Silent;
            return new(who, provider, values, entities.Count, perMinute, last, pause, state);
        }

        private static TimeSpan Longer(TimeSpan a, TimeSpan b) => a > b ? a : b;
    }
}
