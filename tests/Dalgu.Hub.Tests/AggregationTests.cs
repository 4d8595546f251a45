using System.Globalization;
using System.Text;
using CsCheck;
using Dalgu.Hub.Entities;
using Dalgu.Hub.Temporal;
using Xunit;

namespace Dalgu.Hub.Tests;

public class AggregationTests
{
    private static readonly DateTime Start = new(2026, 1, 15, 0, 0, 0, DateTimeKind.Utc);

    private static byte[] Value(string json) => Encoding.UTF8.GetBytes(json);

    [Theory]
    [InlineData("PT1H")]
    [InlineData("P1D")]
    [InlineData("P1M")]
    [InlineData("P1Y")]
    [InlineData("P1M10DT3H")]
    public void Buckets_hold_what_a_plain_loop_finds(string period)
    {
        var length = Duration.Parse(period);
        Gen.Select(Gen.Long[0, TimeSpan.FromDays(800).Ticks], Gen.Double[-1e6, 1e6]).Array[1, 40].Sample(points =>
        {
            var aggregation = new Aggregation(AttributeKind.Property, length, Start, TemporalQuery.KnownMethods);
            foreach (var (at, value) in points) aggregation.Add(Start.AddTicks(at), Value(value.ToString("R", CultureInfo.InvariantCulture)));
            var expected = new SortedDictionary<DateTime, List<double>>();
            foreach (var (at, value) in points)
            {
                long n = 0;
                while (length.After(Start, n + 1) <= Start.AddTicks(at)) n++;
                var start = length.After(Start, n);
                if (!expected.TryGetValue(start, out var list)) expected[start] = list = [];
                list.Add(value);
            }
            Assert.Equal(expected.Keys, aggregation.Buckets.Select(b => b.Start));
            foreach (var (bucket, values) in aggregation.Buckets.Zip(expected.Values))
            {
                Assert.Equal((values.Count, values.Min(), values.Max(), values.Distinct().Count()), (bucket.Count, bucket.Min, bucket.Max, bucket.Distinct));
                Near(values.Sum(), bucket.Sum);
                Near(values.Average(), bucket.Average);
                Near(values.Sum(v => v * v), bucket.SumOfSquares);
                var mean = values.Average();
                Near(Math.Sqrt(values.Sum(v => (v - mean) * (v - mean)) / values.Count), bucket.StandardDeviation);
            }
        }, iter: 200);

        static void Near(double expected, double actual) => Assert.True(Math.Abs(expected - actual) <= 1e-6 * Math.Max(1, Math.Abs(expected)), $"{expected} is not {actual}");
    }

    [Fact]
    public void Texts_flags_and_lists_count_as_the_specification_says()
    {
        var aggregation = new Aggregation(AttributeKind.Property, default, Start, TemporalQuery.KnownMethods); // clause 4.5.19: one bucket for all
        foreach (var json in new[] { "\"b\"", "\"a\"", "\"a\"" }) aggregation.Add(Start, Value(json));
        var texts = Assert.Single(aggregation.Buckets);
        Assert.Equal((3, 2, 0, "a", "b"), ((int)texts.Count, (int)texts.Distinct, (int)texts.Numbers, texts.MinText, texts.MaxText));
        var mixed = new Aggregation(AttributeKind.Property, default, Start, TemporalQuery.KnownMethods);
        foreach (var json in new[] { "true", "false", "[1,2,3]", "1e999", "null", "{\"a\":1}" }) mixed.Add(Start, Value(json));
        var one = Assert.Single(mixed.Buckets);
        Assert.Equal((6L, 3L, 4.0, 0.0, 3.0), (one.Count, one.Numbers, one.Sum, one.Min, one.Max));
    }

    [Fact]
    public void An_average_is_printed_as_it_is_and_not_as_rounding_left_it()
    {
        var aggregation = new Aggregation(AttributeKind.Property, default, Start, ["sum", "avg"]);
        foreach (var json in new[] { "16.9", "17.1", "16.8", "17.2", "17.3", "16.7", "17.0" }) aggregation.Add(Start, Value(json));
        Assert.Equal((17.0, 119.0), (Assert.Single(aggregation.Buckets).Average, aggregation.Buckets.Single().Sum));
        var tenths = new Aggregation(AttributeKind.Property, default, Start, ["sum", "avg"]);
        for (var i = 0; i < 1000; i++) tenths.Add(Start, Value("0.1"));
        Assert.Equal(100.0, tenths.Buckets.Single().Sum);
        var cancelled = new Aggregation(AttributeKind.Property, default, Start, ["sum", "avg"]);
        foreach (var json in new[] { "1", "1e100", "1", "-1e100" }) cancelled.Add(Start, Value(json));
        Assert.Equal(2.0, cancelled.Buckets.Single().Sum);
    }

    [Fact]
    public void The_last_instant_of_a_period_belongs_to_it_however_far_the_beginning_lies_back()
    {
        var end = Start.AddHours(1);
        var aggregation = new Aggregation(AttributeKind.Property, Duration.Parse("PT1H"), new DateTime(1700, 1, 1, 0, 0, 0, DateTimeKind.Utc), ["sum", "avg"]);
        aggregation.Add(end.AddTicks(-1), Value("1"));
        var bucket = Assert.Single(aggregation.Buckets);
        Assert.Equal((Start, end), (bucket.Start, bucket.End));
    }

    [Fact]
    public void A_value_before_the_beginning_falls_into_a_period_before_it()
    {
        var aggregation = new Aggregation(AttributeKind.Property, Duration.Parse("PT1H"), Start, ["sum", "avg"]);
        foreach (var time in new[] { Start, Start.AddTicks(-1), Start.AddHours(-1) }) aggregation.Add(time, Value("1"));
        Assert.Equal([(Start.AddHours(-1), 2L), (Start, 1L)], aggregation.Buckets.Select(b => (b.Start, b.Count)));
    }

    [Fact]
    public void A_row_of_an_answer_has_its_number_and_both_ends_of_its_period()
    {
        var row = new AggregateRow(stackalloc byte[AggregateRow.MaxBytes]);
        DateTime[] times = [Start, Start.AddMinutes(5), Start.AddMinutes(10), Start.AddDays(40).AddMilliseconds(5), Start.AddDays(41), DateTime.SpecifyKind(DateTime.MaxValue, DateTimeKind.Utc)];
        double[] values = [-double.MaxValue, 17.25, double.NaN, 0, 1 / 3.0];
        for (var i = 0; i + 1 < times.Length; i++)
        {
            var number = double.IsFinite(values[i]) ? values[i].ToString("R", CultureInfo.InvariantCulture) : "null";
            Assert.Equal($"[{number},\"{Timestamp.Format(times[i])}\",\"{Timestamp.Format(times[i + 1])}\"]", Encoding.UTF8.GetString(row.Write(values[i], times[i], times[i + 1])));
        }
        // After a gap a period does not begin where the one before it ended.
        Assert.Equal("[1,\"2026-01-15T00:00:00Z\",\"2026-01-15T01:00:00Z\"]", Encoding.UTF8.GetString(row.Write(1, Start, Start.AddHours(1))));
    }
}
