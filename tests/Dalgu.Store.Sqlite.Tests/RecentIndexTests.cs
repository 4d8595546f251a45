using Dalgu.Store.Sqlite.History;
using Xunit;

namespace Dalgu.Store.Sqlite.Tests;

/// <summary>Where the rows of an entity lie in the log, over a commit that fails.</summary>
public sealed class RecentIndexTests
{
    private static (long, int)[] Found(RecentIndex index, long key)
    {
        using var positions = index.Find(key);
        return positions.Span.ToArray();
    }

    [Fact]
    public void The_rows_of_an_entity_are_found_the_latest_first()
    {
        var index = new RecentIndex();
        index.Add(7, 40_000_000_000, 0);
        index.Add(9, 40_000_000_000, 120);
        index.Add(7, 40_000_000_001, 7_880);
        Assert.Equal([(40_000_000_001, 7_880), (40_000_000_000, 0)], Found(index, 7));
        Assert.Equal([7, 9], index.Keys());
    }

    [Fact]
    public void What_a_commit_added_that_failed_is_forgotten()
    {
        var index = new RecentIndex();
        index.Add(7, 1, 0);
        index.Add(9, 1, 120);
        var before = index.Count;
        index.Add(7, 2, 0);
        index.Add(8, 2, 60);
        index.Add(7, 2, 90);
        index.Truncate(before);
        Assert.Equal([(1, 0)], Found(index, 7));
        Assert.Equal([(1, 120)], Found(index, 9));
        Assert.Empty(Found(index, 8));
        index.Add(8, 2, 0);
        Assert.Equal([(2, 0)], Found(index, 8));
        Assert.Equal(3, index.Count);
    }

    [Fact]
    public void An_index_that_lost_everything_begins_anew()
    {
        var index = new RecentIndex();
        index.Add(7, 5, 0);
        index.Truncate(0);
        Assert.Empty(index.Keys());
        index.Add(7, 3, 10); // before the chunk that it began with
        Assert.Equal([(3, 10)], Found(index, 7));
    }
}
