using CsCheck;
using Dalgu.Hub.Audit;
using Dalgu.Hub.Storage;
using Xunit;

namespace Dalgu.Hub.Tests;

public class AuditEntryTests
{
    private static readonly Gen<(AuditEntry First, AuditEntry Second)> Chain =
        Gen.Select(Generated.Text, Generated.Text, Generated.Text, Gen.Long[0, 1_000_000], Generated.Time).Select((who, action, target, seq, time) =>
        {
            var first = AuditEntry.After(null, time, who, action, target, seq, seq + 3, new byte[32]);
            return (first, AuditEntry.After(first, time, target, who, action, seq + 4, seq + 9, [.. Enumerable.Repeat((byte)seq, 32)]));
        });

    [Fact]
    public void An_entry_follows_from_the_one_before_it() => Chain.Sample(c =>
    {
        Assert.True(c.First.Follows(AuditEntry.Genesis));
        Assert.True(c.Second.Follows(c.First.Hash));
        Assert.False(c.Second.Follows(AuditEntry.Genesis));
        Assert.Equal(c.First.Number + 1, c.Second.Number);
    }, iter: 500);

    [Fact]
    public void Any_changed_part_breaks_it() => Chain.Sample(c =>
    {
        var entry = c.Second;
        AuditEntry[] changed =
        [
            entry with { Number = entry.Number + 1 }, entry with { At = entry.At.Year > 2 ? entry.At.AddTicks(-1) : entry.At.AddTicks(1) }, entry with { Who = entry.Who + "x" }, entry with { Action = "x" + entry.Action }, entry with { Target = entry.Target + " " },
            entry with { FirstSeq = entry.FirstSeq - 1 }, entry with { LastSeq = entry.LastSeq + 1 }, entry with { Content = [.. entry.Content.Select(b => (byte)(b ^ 1))] }, entry with { Hash = [.. entry.Hash.Reverse()] },
        ];
        foreach (var one in changed) Assert.False(one.Follows(c.First.Hash), one.ToString());
    }, iter: 500);

    [Fact]
    public void Texts_cannot_trade_characters_or_places() => Gen.Select(Generated.Word, Generated.Word).Sample((a, b) =>
    {
        var entry = AuditEntry.After(null, default, a, b, "t", 0, 0, AuditEntry.Genesis);
        if (a != b) Assert.False((entry with { Who = b, Action = a }).Follows(AuditEntry.Genesis));
        Assert.False((entry with { Who = a + b, Action = "" }).Follows(AuditEntry.Genesis));
        Assert.False((entry with { Who = a + b[..1], Action = b[1..] }).Follows(AuditEntry.Genesis));
    }, iter: 500);

    [Fact]
    public void The_digest_of_a_change_tells_states_and_histories_apart()
    {
        HistoryRow Row(long time, long recorded, params byte[] body) => new(1, time, 1, recorded, body);
        byte[] Of(byte[] state, HistoryRow[] rows)
        {
            var digest = ChangeDigest.Room(rows.Length > 0);
            ChangeDigest.Compute(state, rows, digest);
            return digest;
        }

        byte[][] digests =
        [
            Of([1], []), Of([2], []), Of([], [Row(1, 1, 1)]), Of([1], [Row(1, 1, 1)]), Of([1], [Row(2, 1, 1)]), Of([1], [Row(1, 2, 1)]),
            Of([1], [Row(1, 1, 1, 1)]), Of([1], [Row(1, 1, 1), Row(1, 1, 1)]), Of([1], [Row(1, 1)]),
        ];
        Assert.Equal(digests.Length, digests.Select(Convert.ToHexString).Distinct().Count());
        Assert.True(ChangeDigest.IsOfState(digests[3], [1]));
        Assert.False(ChangeDigest.IsOfState(digests[3], [2]));
    }
}
