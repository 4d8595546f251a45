using System.Reflection;
using System.Text.RegularExpressions;
using Dalgu.Hub.Storage;
using Xunit;

namespace Dalgu.Store.Postgres.Tests;

/// <summary>Every statement of the store, held against what Citus documents that it can route, fan out or carry out through the coordinator.
/// The rules and their sources stand in docs/operate/scale.md.</summary>
public sealed partial class CitusRulesTests
{
    private static readonly Dictionary<string, string> Columns = Schema.Distributed.ToDictionary(t => t.Table, t => t.Column, StringComparer.Ordinal);
    private static readonly HashSet<string> Group = [.. Schema.Distributed.Where(t => t.Beside == "entity").Select(t => t.Table), "entity"];

    /// <summary>Every statement by name: the constants, those that depend on the server, and those that are put together for a narrowing.</summary>
    internal static IEnumerable<(string Name, string Sql)> All()
    {
        foreach (var hasPostgis in (bool[])[true, false])
        {
            var statements = new Statements(hasPostgis, new Locks(Schema.Name));
            foreach (var field in typeof(Statements).GetFields(BindingFlags.Public | BindingFlags.Static))
                if (field.GetValue(null) is string sql && sql.Contains(' ') && field.Name != nameof(Statements.AuditColumns)) yield return (field.Name, sql);
            foreach (var property in typeof(Statements).GetProperties())
                if (property.GetValue(statements) is string sql && property.Name != nameof(Statements.Edges)) yield return (property.Name, sql);
            foreach (var (sql, text) in Statements.Checks) yield return (text, sql);
            yield return ("Read", Statements.Read(onCitus: true));
            yield return ("ReadMany", Statements.ReadMany(onCitus: true));
            yield return ("DumpEntities", statements.DumpEntities(onCitus: true));
            yield return ("Size", Statements.Size(onCitus: true));
            foreach (var sql in Statements.Remove) yield return ("Remove", sql);
            foreach (var descending in (bool[])[true, false]) yield return ("History", Statements.History(descending));
            foreach (var narrowing in Narrowings())
            {
                if (narrowing.Place is { } box) yield return ($"IdsOfPlace {narrowing}", statements.IdsOfPlace(box, 64));
                else if (narrowing.Types is null) yield return ($"Page {narrowing}", Statements.Page(narrowing, 64)); // by type it is read otherwise there
                yield return ($"Count {narrowing}", statements.Count(narrowing));
            }
        }
    }

    private static IEnumerable<Narrowing> Narrowings()
    {
        foreach (var gone in (bool[])[true, false])
        {
            yield return new() { IncludeGone = gone };
            yield return new() { IncludeGone = gone, Types = [1] };
            yield return new() { IncludeGone = gone, Types = [1, 2] };
            yield return new() { IncludeGone = gone, Ids = ["a"] };
            yield return new() { IncludeGone = gone, Place = new Box(1, 2, 3, 4) };
        }
    }

    private static void Each(Func<string, bool> concerns, Func<string, bool> holds)
    {
        var checkedOnes = 0;
        var broken = new List<string>();
        foreach (var (name, sql) in All())
        {
            if (!concerns(sql)) continue;
            checkedOnes++;
            if (!holds(sql)) broken.Add($"{name}: {sql}");
        }
        Assert.True(checkedOnes > 0, "The rule concerns no statement.");
        Assert.True(broken.Count == 0, string.Join('\n', broken));
    }

    private static List<string> Tables(string sql) => [.. Mention().Matches(sql).Select(m => m.Groups[1].Value).Where(t => Columns.ContainsKey(t) || Schema.Local.Contains(t)).Distinct(StringComparer.Ordinal)];
    private static List<string> Spread(string sql) => [.. Tables(sql).Where(Columns.ContainsKey)];

    [Fact]
    public void Every_key_of_a_distributed_table_holds_its_distribution_column()
    {
        foreach (Match table in TableText().Matches(Schema.Create(hasPostgis: true)))
            if (Columns.TryGetValue(table.Groups[1].Value, out var column))
            {
                var keys = Key().Matches(table.Value).Select(m => m.Groups[1].Value).ToList();
                Assert.NotEmpty(keys);
                Assert.All(keys, key => Assert.Contains(column, key.Split(',', StringSplitOptions.TrimEntries)));
            }
        Assert.Equal(Columns.Count + Schema.Local.Count + 1, TableText().Count(Schema.Create(hasPostgis: true)) - 1); // and the version, without the default partition
    }

    [Fact]
    public void An_insert_names_the_distribution_column() =>
        Each(s => Insert().Match(s) is { Success: true } m && Columns.ContainsKey(m.Groups[1].Value), s => Insert().Match(s) is var m && m.Groups[2].Value.Split(',', StringSplitOptions.TrimEntries).Contains(Columns[m.Groups[1].Value]));

    [Fact]
    public void A_conflict_is_of_a_key_with_the_distribution_column_which_it_does_not_change() =>
        Each(s => Insert().Match(s) is { Success: true } m && Columns.ContainsKey(m.Groups[1].Value) && Conflict().IsMatch(s), s =>
        {
            var column = Columns[Insert().Match(s).Groups[1].Value];
            var conflict = Conflict().Match(s);
            return conflict.Groups[1].Value.Split(',', StringSplitOptions.TrimEntries).Contains(column) && !Regex.IsMatch(conflict.Groups[2].Value, $@"(^|[ ,]){column} =", RegexOptions.CultureInvariant);
        });

    [Fact]
    public void A_change_of_a_distributed_table_looks_at_no_other_table() =>
        Each(s => (s.StartsWith("UPDATE ", StringComparison.Ordinal) || s.StartsWith("DELETE ", StringComparison.Ordinal)) && Spread(s).Count > 0, s => Tables(s).Count == 1 && !s.Contains("SELECT", StringComparison.Ordinal) && !s.Contains("USING", StringComparison.Ordinal));

    [Fact]
    public void No_statement_joins_distributed_tables_with_local_ones() => Each(s => Tables(s).Count > 1, s => Spread(s).Count == 0 || Spread(s).Count == Tables(s).Count);

    [Fact]
    public void Distributed_tables_are_joined_with_those_beside_them_on_the_distribution_column() =>
        Each(s => Spread(s).Count > 1, s => Spread(s).TrueForAll(Group.Contains) && JoinOnId().IsMatch(s));

    [Fact]
    public void Rows_are_locked_in_local_tables_alone() => Each(s => s.Contains("FOR UPDATE", StringComparison.Ordinal), s => Spread(s).Count == 0);

    [Fact]
    public void Nothing_that_works_on_one_shard_alone_and_nothing_volatile_is_used() =>
        Each(s => Spread(s).Count > 0, s => !Forbidden().IsMatch(s));

    // The result of a subquery that has an end of its own is brought to the coordinator and sent to every worker.
    [Fact]
    public void Only_a_whole_statement_has_a_limit() => Each(s => Spread(s).Count > 0, s => !LimitWithin().IsMatch(s));

    [Fact]
    public void Every_statement_says_the_tenant() => Each(s => Tables(s).Count > 0, s => s.Contains("tenant", StringComparison.Ordinal));

    [GeneratedRegex(@"(?:FROM|JOIN|INTO|UPDATE) ([a-z_]+)")]
    private static partial Regex Mention();

    [GeneratedRegex(@"^INSERT INTO ([a-z_]+) \(([^)]*)\)")]
    private static partial Regex Insert();

    [GeneratedRegex(@"ON CONFLICT \(([^)]*)\) DO (.*)$")]
    private static partial Regex Conflict();

    [GeneratedRegex(@"CREATE TABLE ([a-z_]+) [^;]*;")]
    private static partial Regex TableText();

    [GeneratedRegex(@"(?:PRIMARY KEY|UNIQUE) \(([^)]*)\)")]
    private static partial Regex Key();

    [GeneratedRegex(@"\b(?:e|p|t)\.id = (?:e|p|t)\.id\b")]
    private static partial Regex JoinOnId();

    [GeneratedRegex(@"\bLIMIT [^)]*\)")]
    private static partial Regex LimitWithin();

    [GeneratedRegex(@"\b(?:RECURSIVE|TABLESAMPLE|GROUPING|ROLLUP|CUBE|LATERAL|WITH |MERGE|random\(|now\(|clock_timestamp|nextval|RETURNING)\b")]
    private static partial Regex Forbidden();
}
