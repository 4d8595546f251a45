using Dalgu.Console.Display;

namespace Dalgu.Console.Entities;

/// <summary>A stretch of history: from (inclusive) to (exclusive), UTC.</summary>
/// <param name="Word">The word of the address: 24h, 7d, 30d, all, or range.</param>
/// <param name="From">The first instant; null for the beginning.</param>
/// <param name="To">The instant after the last; null for the end.</param>
public sealed record HistoryPeriod(string Word, DateTime? From, DateTime? To)
{
    /// <summary>The periods that the page offers, with what they are called.</summary>
    public static readonly IReadOnlyList<(string Word, BilingualText Name)> Offered =
        [("24h", Texts.Last24Hours), ("7d", Texts.Last7Days), ("30d", Texts.Last30Days), ("all", Texts.AllTime)];

    /// <summary>The period that an address asks for: a word, or from and to; the last 24 hours where it asks for none.</summary>
    public static HistoryPeriod Of(string? word, string? from, string? to, DateTime now)
    {
        var (first, last) = (Times.Parse(from), Times.Parse(to));
        if (word is null or "range" && (first is not null || last is not null)) return new("range", first, last);
        return word switch
        {
            "7d" => new(word, now.AddDays(-7), null),
            "30d" => new(word, now.AddDays(-30), null),
            "all" => new(word, null, null),
            _ => new("24h", now.AddHours(-24), null),
        };
    }
}
