using System.Text;
using Dalgu.Console.Entities;
using Dalgu.Hub;
using Dalgu.Hub.Entities;
using Xunit;

namespace Dalgu.Console.Tests;

public class KnowledgeTests
{
    private static readonly DateTime Day = new(2020, 2, 25, 0, 0, 0, DateTimeKind.Utc);

    // Daegu metro boardings of 2020-02-25: 120,830 counted, 121,000 published later by the operator (data/platforms).
    private static readonly Observation[] Boardings =
    [
        At(Day, 120_830, recorded: Day.AddDays(1), seq: 10),
        At(Day.AddDays(1), 118_000, recorded: Day.AddDays(2), seq: 11),
        At(Day, 121_000, recorded: Day.AddDays(9), seq: 12),
    ];

    [Fact]
    public void A_correction_changes_what_is_now_known_and_not_what_was_first_known()
    {
        Assert.Equal(["121000", "118000"], Values(Knowledge.Now));
        Assert.Equal(["120830", "118000"], Values(Knowledge.Of("first")));
    }

    [Fact]
    public void As_known_on_a_day_leaves_out_what_was_recorded_later()
    {
        Assert.Equal(["120830", "118000"], Values(Knowledge.Of("2020-03-01T00:00")));
        Assert.Equal(["120830"], Values(Knowledge.Of("2020-02-26T12:00:00Z")));
        Assert.Empty(Values(Knowledge.Of("2020-02-25T09:00")));
        Assert.Equal(Knowledge.Now, Knowledge.Of(null));
    }

    [Fact]
    public void A_removal_breaks_the_line()
    {
        var removed = new Observation("a", new AttributeInstance { Kind = AttributeKind.Property, Value = "null"u8.ToArray(), Deleted = true }, Day.AddHours(1), Day.AddHours(1), 2);
        var points = Knowledge.Points([At(Day, 1, Day, 1), removed, At(Day.AddHours(2), 3, Day, 3)]);
        Assert.Equal([1, double.NaN, 3], points.Select(p => p.Value));
    }

    [Fact]
    public void A_period_is_a_word_or_a_range()
    {
        Assert.Equal(Day.AddDays(-7), HistoryPeriod.Of("7d", null, null, Day).From);
        Assert.Equal(("24h", Day.AddHours(-24)), (HistoryPeriod.Of(null, null, null, Day).Word, HistoryPeriod.Of(null, null, null, Day).From!.Value));
        Assert.Equal(new HistoryPeriod("range", Day, null), HistoryPeriod.Of("range", "2020-02-25T09:00", null, Day));
        Assert.Null(HistoryPeriod.Of("all", null, null, Day).From);
    }

    private static IEnumerable<string> Values(Knowledge knowledge) => knowledge.Of(Boardings).Select(o => Encoding.UTF8.GetString(o.Instance.Value.Span));

    private static Observation At(DateTime time, int value, DateTime recorded, long seq) =>
        new("a", new AttributeInstance { Kind = AttributeKind.Property, Value = Encoding.ASCII.GetBytes($"{value}"), ObservedAt = time }, time, recorded, seq);
}
