using System.Buffers.Text;
using System.Text.Json;
using Dalgu.Hub.Entities;

namespace Dalgu.Hub.Temporal;

/// <summary>The aggregates of one attribute over consecutive periods (clause 4.5.19). Numbers count for all methods; other values for the counts,
/// texts for min and max, an array by its length, and true as 1.</summary>
/// <param name="kind">The kind of the attribute.</param>
/// <param name="period">The length of a period; zero for one that holds all.</param>
/// <param name="from">Where the first period begins; null for the first value's time.</param>
/// <param name="methods">The aggregates that will be asked for, among <see cref="TemporalQuery.KnownMethods"/>.</param>
internal sealed class Aggregation(AttributeKind kind, Duration period, DateTime? from, IReadOnlyList<string> methods)
{
    // What costs more than the rest is added up only where it is asked for.
    private readonly bool distinguishes = methods.Contains("distinctCount"), squares = methods.Contains("sumsq"), spreads = methods.Contains("stddev");

    private DateTime origin = from ?? default;
    private bool hasOrigin = from is not null;

    /// <summary>One period: from its start, inclusive, to its end, exclusive.</summary>
    internal sealed class Bucket(DateTime start, DateTime end)
    {
        private HashSet<string>? distinct;
        private double mean, differences; // Welford's running mean and sum of squared differences
        private Total sum, sumOfSquares;

        public DateTime Start => start;
        public DateTime End => end;
        public long Count { get; private set; }
        public long Numbers { get; private set; }
        public double Sum => sum.Value;
        public double SumOfSquares => sumOfSquares.Value;
        public double Min { get; private set; } = double.PositiveInfinity;
        public double Max { get; private set; } = double.NegativeInfinity;
        public string? MinText { get; private set; }
        public string? MaxText { get; private set; }
        public long Distinct => distinct?.Count ?? 0;
        public double Average => Sum / Numbers;
        public double StandardDeviation => Math.Sqrt(differences / Numbers);

        public void Add(ReadOnlySpan<byte> json, Aggregation of)
        {
            Count++;
            if (of.distinguishes) (distinct ??= new(StringComparer.Ordinal)).Add(System.Text.Encoding.UTF8.GetString(json));
            if (ShortDecimal.TryParse(json, out var number) || IsNumber(json, out number))
            {
                Numbers++;
                sum.Add(number);
                Min = Math.Min(Min, number);
                Max = Math.Max(Max, number);
                if (of.squares) sumOfSquares.Add(number * number);
                if (!of.spreads) return;
                var difference = number - mean;
                mean += difference / Numbers;
                differences += difference * (number - mean);
            }
            else if (json[0] == (byte)'"')
            {
                var text = JsonSerializer.Deserialize<string>(json)!;
                if (MinText is null || string.CompareOrdinal(text, MinText) < 0) MinText = text;
                if (MaxText is null || string.CompareOrdinal(text, MaxText) > 0) MaxText = text;
            }
        }

        private static bool IsNumber(ReadOnlySpan<byte> json, out double number)
        {
            if (Utf8Parser.TryParse(json, out number, out var used) && used == json.Length) return double.IsFinite(number); // 1e999 is JSON, but no number that adds up
            number = json[0] switch
            {
                (byte)'t' => 1,
                (byte)'f' => 0,
                (byte)'[' => JsonDocument.Parse(json.ToArray()).RootElement.GetArrayLength(),
                _ => double.NaN,
            };
            return !double.IsNaN(number);
        }
    }

    /// <summary>A sum that keeps what rounding loses (Neumaier), so that it prints as the sum of what was written.</summary>
    private struct Total
    {
        private double sum, lost;

        public readonly double Value => double.IsFinite(lost) ? sum + lost : sum;

        public void Add(double number)
        {
            var next = sum + number;
            lost += Math.Abs(sum) >= Math.Abs(number) ? sum - next + number : number - next + sum;
            sum = next;
        }
    }

    private readonly List<Bucket> buckets = []; // in order
    private Bucket? last;

    /// <summary>The kind of the attribute.</summary>
    public AttributeKind Kind => kind;
    /// <summary>The periods in which there is something, in order.</summary>
    public IReadOnlyList<Bucket> Buckets => buckets;
    /// <summary>The earliest and the latest time that was added.</summary>
    public DateTime First { get; private set; } = DateTime.MaxValue;
    public DateTime Last { get; private set; } = DateTime.MinValue;

    /// <summary>Adds a value; where no beginning was given, the first one's time begins the periods.</summary>
    public void Add(DateTime time, ReadOnlySpan<byte> value)
    {
        if (!hasOrigin) (origin, hasOrigin) = (time, true);
        if (time < First) First = time;
        if (time > Last) Last = time;
        if (last is null || time < last.Start || time >= last.End) last = BucketOf(time);
        last.Add(value, this);
    }

    private Bucket BucketOf(DateTime time)
    {
        if (period.IsZero)
        {
            if (buckets.Count == 0) buckets.Add(new(time, DateTime.SpecifyKind(DateTime.MaxValue, DateTimeKind.Utc)));
            return buckets[0];
        }
        long index;
        if (period.Months == 0) index = Floor((time - origin).Ticks, period.Rest.Ticks);
        else
        {
            index = ((time.Year - origin.Year) * 12 + time.Month - origin.Month) / Math.Max(1, period.Months);
            while (period.After(origin, index) > time) index--;
            while (period.After(origin, index + 1) <= time) index++;
        }
        var start = period.After(origin, index);
        var bucket = new Bucket(start, period.After(origin, index + 1));
        if (buckets.Count == 0 || start > buckets[^1].Start)
        {
            buckets.Add(bucket); // values nearly always come in the order of time
            return bucket;
        }
        var at = buckets.BinarySearch(bucket, ByStart);
        if (at >= 0) return buckets[at];
        buckets.Insert(~at, bucket);
        return bucket;
    }

    private static readonly Comparer<Bucket> ByStart = Comparer<Bucket>.Create(static (a, b) => a.Start.CompareTo(b.Start));

    private static long Floor(long a, long b) => a / b - (a % b < 0 ? 1 : 0);
}
