using Dalgu.Hub.Entities;
using Dalgu.Hub.Http;
using Dalgu.Hub.Query;

namespace Dalgu.Hub.Temporal;

/// <summary>How a temporal answer is made: which span, which members, which form.</summary>
internal sealed class TemporalForm
{
    /// <summary>Reads the form.</summary>
    /// <param name="call">The call, whose parameters options and format are read.</param>
    /// <param name="parameter">Where the others stand; the parameters of the call where it is null.</param>
    public TemporalForm(NgsiLdCall call, Func<string, string?>? parameter = null)
    {
        parameter ??= call.Parameter;
        var options = call.Options();
        Aggregated = options.Contains("aggregatedValues") || parameter != call.Parameter && parameter("aggrMethods") is not null;
        Values = options.Contains("temporalValues");
        if (Aggregated && Values) throw new Problem(ProblemKind.BadRequestData, "The options temporalValues and aggregatedValues are two forms; use one.");
        SystemAttributes = options.Contains("sysAttrs");
        Language = parameter("lang");
        Time = TemporalQuery.Parse(parameter, Aggregated, call.Hub.Options);
        var parser = new QueryParser(call.Context, call.Hub.Options);
        (Pick, Omit) = (parser.Members(parameter("pick")), parser.Members(parameter("omit")));
        if (Pick is not null && Omit is not null && Pick.Overlaps(Omit)) throw new Problem(ProblemKind.BadRequestData, "A member stands in pick and in omit; name it in one.");
        if (parameter("attrs") is { } attrs)
        {
            if (Pick is not null || Omit is not null) throw new Problem(ProblemKind.BadRequestData, "The parameter attrs chooses attributes as pick and omit do; use attrs alone, or these.");
            Pick = parser.Members(attrs + ",id,type,scope");
        }
        Only = Pick?.Where(p => p is not ("id" or "type" or "scope")).ToHashSet(StringComparer.Ordinal);
        Datasets = QueryParser.Datasets(parameter("datasetId"));
    }

    public TemporalQuery Time { get; }
    public bool Values { get; }
    public bool Aggregated { get; }
    public bool SystemAttributes { get; }
    public string? Language { get; }
    /// <summary>The members to write; null for all.</summary>
    public IReadOnlySet<string>? Pick { get; }
    /// <summary>The members not to write.</summary>
    public IReadOnlySet<string>? Omit { get; }
    /// <summary>The attributes of <see cref="Pick"/>; null for all.</summary>
    public IReadOnlySet<string>? Only { get; }
    public IReadOnlyList<string>? Datasets { get; }

    /// <summary>True where the answer has the attribute.</summary>
    public bool Shows(string attribute) => attribute == HistoryDifference.Scope ? Writes("scope") : Only is not { Count: > 0 } only ? Omit?.Contains(attribute) != true : only.Contains(attribute);

    public bool Writes(string member) => (Pick is null || Pick.Contains(member)) && (Omit is null || !Omit.Contains(member));

    /// <summary>Says in Content-Range which span a cut answer covers (clause 6.3.10): from where the span or its instances begin, or with lastN end.</summary>
    public string RangeOf(IEnumerable<Evolution> evolutions)
    {
        var (least, most) = (DateTime.MaxValue, DateTime.MinValue);
        foreach (var evolution in evolutions)
            foreach (var observations in evolution.Attributes.Values)
                foreach (var observation in observations)
                    if (Time.TimeOf(observation) is { } at) (least, most) = (at < least ? at : least, at > most ? at : most);
        var (start, end) = Time.LastN is null ? (Time.From ?? least, most) : (Time.To ?? most, least);
        return $"date-time {Instant(start)}-{Instant(end)}/{Time.LastN?.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? "*"}";

        static string Instant(DateTime time) => time.ToString(time.Ticks % TimeSpan.TicksPerSecond == 0 ? "yyyy-MM-dd'T'HH:mm:ss" : "yyyy-MM-dd'T'HH:mm:ss.FFFFFFF", System.Globalization.CultureInfo.InvariantCulture);
    }
}
