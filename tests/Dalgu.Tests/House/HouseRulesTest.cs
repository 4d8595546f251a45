using System.Reflection;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using Dalgu.Testing;
using Xunit;

namespace Dalgu.Tests.House;

/// <summary>The rules of the house that a compiler does not hold.</summary>
public partial class HouseRulesTest
{
    private const int MostLines = 400;

    [Fact]
    public void Every_public_type_says_what_it_is()
    {
        var silent = new List<string>();
        foreach (var (name, assembly) in ArrowsTest.Assemblies())
        {
            var file = Path.ChangeExtension(assembly.Location, ".xml");
            Assert.True(File.Exists(file), $"{name} has no documentation file");
            var documented = XDocument.Load(file).Descendants("member").Where(m => m.Element("summary") is not null || m.Element("inheritdoc") is not null)
                .Select(m => (string)m.Attribute("name")!).ToHashSet(StringComparer.Ordinal);
            silent.AddRange(assembly.GetExportedTypes().Where(t => !IsGenerated(t) && !documented.Contains("T:" + t.FullName!.Replace('+', '.'))).Select(t => t.FullName!));
        }
        Assert.True(silent.Count == 0, "Without a summary:\n" + string.Join('\n', silent));
    }

    [Fact]
    public void No_file_has_more_than_400_lines() =>
        AssertNone(SourceFiles("*.cs", "*.razor", "*.js", "*.css").Select(f => (f, Lines: File.ReadLines(f).Count())).Where(f => f.Lines > MostLines).Select(f => $"{Relative(f.f)}: {f.Lines} lines"));

    [Fact]
    public void No_comment_puts_work_off() =>
        AssertNone(from file in SourceFiles("*.cs", "*.razor", "*.js", "*.css")
                   from line in File.ReadLines(file).Select((text, i) => (text, Number: i + 1))
                   where Postponed().IsMatch(line.text)
                   select $"{Relative(file)}:{line.Number}: {line.text.Trim()}");

    [Fact]
    public void Every_dependency_is_listed_with_version_licence_and_reason()
    {
        var document = File.ReadAllText(RepositoryRoot.Combine("DEPENDENCIES.md"));
        var rows = document.Split('\n').Where(l => l.StartsWith('|')).Select(l => l.Split('|', StringSplitOptions.TrimEntries)).Where(c => c.Length >= 6 && c[1] != "part" && !c[1].StartsWith('-')).ToDictionary(c => c[1].Trim('`'), c => c, StringComparer.Ordinal);
        var packages = XDocument.Load(RepositoryRoot.Combine("Directory.Packages.props")).Descendants("PackageVersion").Select(p => ((string)p.Attribute("Include")!, (string)p.Attribute("Version")!)).ToList();
        var npm = RepositoryRoot.Combine("src", "Dalgu.Console", "package.json");
        if (File.Exists(npm))
        {
            using var json = System.Text.Json.JsonDocument.Parse(File.ReadAllText(npm));
            foreach (var section in (string[])["dependencies", "devDependencies"])
                if (json.RootElement.TryGetProperty(section, out var all))
                    packages.AddRange(all.EnumerateObject().Select(p => (p.Name, p.Value.GetString()!.TrimStart('^', '~'))));
        }
        AssertNone(packages.Where(p => !rows.TryGetValue(p.Item1, out var row) || row[2] != p.Item2 || row[3].Length == 0 || row[4].Length == 0).Select(p => $"{p.Item1} {p.Item2} has no row of its version in DEPENDENCIES.md"));
        AssertNone(rows.Keys.Where(name => packages.All(p => p.Item1 != name)).Select(name => $"{name} is in DEPENDENCIES.md and not used"));
    }

    [Fact]
    public void Every_project_is_in_the_solution()
    {
        var solution = File.ReadAllText(RepositoryRoot.Combine("Dalgu.slnx"));
        AssertNone(((string[])["src", "tests", "bench"]).SelectMany(d => Directory.EnumerateFiles(RepositoryRoot.Combine(d), "*.csproj", SearchOption.AllDirectories)).Select(Relative).Where(p => !solution.Contains(p, StringComparison.Ordinal)));
    }

    private static bool IsGenerated(Type type) =>
        type.FullName!.Contains('<') || type.Name.StartsWith("__", StringComparison.Ordinal) || type.Name == "_Imports" || type.Name == "Program"
        || type.IsNested && IsGenerated(type.DeclaringType!)
        || typeof(Microsoft.AspNetCore.Components.IComponent).IsAssignableFrom(type) // a component says it in its first comment
        || type.GetCustomAttribute<System.Runtime.CompilerServices.CompilerGeneratedAttribute>() is not null;

    private static IEnumerable<string> SourceFiles(params string[] patterns) =>
        ((string[])["src", "tests", "bench"]).SelectMany(folder => patterns.SelectMany(p => Directory.EnumerateFiles(RepositoryRoot.Combine(folder), p, SearchOption.AllDirectories)))
            .Where(f => !Skipped().IsMatch(Relative(f))).Order(StringComparer.Ordinal);

    private static string Relative(string file) => Path.GetRelativePath(RepositoryRoot.Path, file).Replace('\\', '/');

    private static void AssertNone(IEnumerable<string> broken)
    {
        var list = broken.ToList();
        Assert.True(list.Count == 0, string.Join('\n', list));
    }

    [GeneratedRegex("(//|/\\*|@\\*|<!--|#).*\\b(TO" + "DO|FIX" + "ME|XX" + "X|HA" + "CK)\\b")]
    private static partial Regex Postponed();

    [GeneratedRegex("(^|/)(bin|obj|node_modules|vendor)/")]
    private static partial Regex Skipped();
}
