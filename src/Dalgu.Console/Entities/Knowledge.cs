using Dalgu.Console.Charts;
using Dalgu.Console.Display;
using Dalgu.Hub;

namespace Dalgu.Console.Entities;

/// <summary>As of which knowledge a history is shown. A city corrects its figures: what it says now of last week may differ from what it said then.</summary>
/// <param name="First">True for each value as it was first recorded.</param>
/// <param name="At">The moment (UTC) after which nothing was known; null for now.</param>
public readonly record struct Knowledge(bool First, DateTime? At)
{
    /// <summary>As now known: of each observed time the last recorded value.</summary>
    public static readonly Knowledge Now = new(false, null);

    /// <summary>What the address of a page asks for: <c>now</c>, <c>first</c>, or an instant.</summary>
    public static Knowledge Of(string? text) => text == "first" ? new(true, null) : Times.Parse(text) is { } at ? new(false, at) : Now;

    /// <summary>The word for an address.</summary>
    public string Word => First ? "first" : At is { } at ? Timestamp.Format(at) : "now";

    /// <summary>The observations of one attribute as this knowledge has them, by time and dataset, oldest first.</summary>
    public IReadOnlyList<Observation> Of(IEnumerable<Observation> observations)
    {
        var kept = new Dictionary<(DateTime, string?), Observation>();
        foreach (var observation in observations)
        {
            if (At is { } at && observation.Recorded > at) continue;
            var key = (observation.Time, observation.Instance.DatasetId);
            if (!kept.TryGetValue(key, out var old) || (First ? observation.Seq < old.Seq : observation.Seq > old.Seq)) kept[key] = observation;
        }
        return [.. kept.Values.OrderBy(o => o.Time).ThenBy(o => o.Instance.DatasetId, StringComparer.Ordinal)];
    }

    /// <summary>The numbers among observations as points of a chart; a removal breaks the line.</summary>
    public static IReadOnlyList<ChartPoint> Points(IReadOnlyList<Observation> observations)
    {
        var points = new List<ChartPoint>(observations.Count);
        foreach (var observation in observations)
        {
            if (observation.Instance.DatasetId is not null) continue;
            if (AttributeText.NumberOf(observation.Instance) is { } number) points.Add(new(observation.Time, number));
            else if (observation.Instance.Deleted) points.Add(new(observation.Time, double.NaN));
        }
        return points;
    }
}
