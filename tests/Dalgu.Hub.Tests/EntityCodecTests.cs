using CsCheck;
using Dalgu.Hub.Entities;
using Dalgu.Hub.Storage;
using Xunit;

namespace Dalgu.Hub.Tests;

public class EntityCodecTests
{
    [Theory]
    [InlineData(100_000)]
    [InlineData(3)] // a table that is soon full: later names are stored in full
    public void An_entity_reads_back_as_it_was_written(int capacity)
    {
        Generated.Entity.Sample(entity =>
        {
            var names = new NameTable([""], capacity);
            var writer = new EntityCodec.Writer(names);
            EntityCodec.Write(writer, entity);
            var read = EntityCodec.Read(entity.Id, writer.Take(), names);
            Assert.Equal(Generated.Print(entity), Generated.Print(read));
        }, iter: 1_000);
    }

    [Fact]
    public void A_history_row_reads_back_one_attribute_or_all() =>
        Generated.Attributes(2).Sample(attributes =>
        {
            var names = new NameTable([""], 1_000);
            var writer = new EntityCodec.Writer(names);
            EntityCodec.WriteAttributes(writer, attributes);
            var body = writer.Take();
            var all = EntityCodec.ReadHistory(new HistoryRow(1, 0, 1, 0, body), names);
            Assert.Equal(attributes.Select(a => a.Name), all.Select(a => a.Name));
            foreach (var attribute in attributes)
                Assert.Equal(attribute.Instances.Count, Assert.Single(EntityCodec.ReadHistory(new HistoryRow(1, 0, 1, 0, body), names, attribute.Name)).Instances.Count);
        }, iter: 500);

    [Theory]
    [InlineData(false)]
    [InlineData(true)] // of a body that is also the end of a state, only what held at the row's time
    public void The_instances_of_a_history_row_are_those_of_its_attributes(bool ofState) =>
        Generated.Attributes(2).Sample(attributes =>
        {
            var names = new NameTable([""], 3);
            var writer = new EntityCodec.Writer(names);
            EntityCodec.WriteAttributes(writer, attributes);
            var body = writer.Take();
            var times = attributes.SelectMany(a => a.Instances).Select(i => i.ObservedAt?.Ticks).OfType<long>().Append(7);
            foreach (var time in times)
            {
                var row = new HistoryRow(1, time, 1, 7, body, ofState);
                var found = new List<string>();
                var instances = EntityCodec.InstancesOf(row, names);
                while (instances.Next(out var i)) found.Add(Print(i.Attribute, i.Kind, i.Deleted, i.Dataset, i.Observed, i.Expires, i.Value));
                var none = EntityCodec.StoredInstance.None;
                Assert.Equal(EntityCodec.ReadHistory(row, names).SelectMany(a => a.Instances.Select(i => Print(a.Name, i.Kind, i.Deleted, i.DatasetId, i.ObservedAt?.Ticks ?? none, i.ExpiresAt?.Ticks ?? none, i.Value))), found);
            }
        }, iter: 500);

    private static string Print(string name, AttributeKind kind, bool deleted, string? dataset, long observed, long expires, ReadOnlyMemory<byte> value) =>
        $"{name}#{dataset}:{kind}={Convert.ToHexString(value.Span)}|{observed}|{expires}|{deleted}";

    [Fact]
    public void A_state_of_another_form_is_refused_by_name() =>
        Assert.Contains("urn:a:b", Assert.Throws<InvalidDataException>(() => EntityCodec.Read("urn:a:b", new byte[] { 9, 0 }, new NameTable([""], 10))).Message, StringComparison.Ordinal);
}

public class NameTableTests
{
    [Fact]
    public void Numbers_are_given_once_and_a_full_table_gives_none()
    {
        var table = new NameTable(["", "a"], 3);
        var added = new List<(int, string)>();
        Assert.Equal((1, 2, 2, 3, 0, 0), (table.Number("a", added), table.Number("b", added), table.Number("b", added), table.Number("c", added), table.Number("d", added), table.NumberOf("d")));
        Assert.Equal([(2, "b"), (3, "c")], added);
        Assert.Equal(("a", "b", "c"), (table[1], table[2], table[3]));
    }

    [Fact]
    public void Names_that_were_not_stored_are_forgotten_and_their_numbers_given_again()
    {
        var table = new NameTable([""], 100);
        var kept = new List<(int, string)>();
        table.Number("a", kept);
        var lost = new List<(int, string)>();
        table.Number("b", lost);
        table.Number("c", lost);
        table.Truncate(2);
        Assert.Equal((1, 0, 0), (table.NumberOf("a"), table.NumberOf("b"), table.NumberOf("c")));
        var next = new List<(int, string)>();
        Assert.Equal((2, "d"), (table.Number("d", next), table[2]));
    }

    [Fact]
    public void A_table_grows_past_its_first_size()
    {
        var table = new NameTable([""], 10_000);
        for (var i = 1; i <= 5_000; i++) Assert.Equal(i, table.Number("n" + i, []));
        for (var i = 1; i <= 5_000; i++) Assert.Equal("n" + i, table[i]);
    }
}
