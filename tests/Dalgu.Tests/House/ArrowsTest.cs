using System.Reflection;
using System.Xml.Linq;
using Dalgu.Testing;
using Xunit;

namespace Dalgu.Tests.House;

/// <summary>The arrows of docs/dev/architecture.md: Core ← Hub ← {Store.*, Console, Desks} ← Dalgu, and Console ← Desks.</summary>
public class ArrowsTest
{
    private static readonly IReadOnlyDictionary<string, string[]> References = ReadProjects();

    [Fact]
    public void Core_references_nothing_of_the_house() => Assert.Empty(References["Dalgu.Core"]);

    [Fact]
    public void The_hub_references_core_alone() => Assert.Equal(["Dalgu.Core"], References["Dalgu.Hub"]);

    [Fact]
    public void A_store_references_the_hub_alone() => Each(IsStore, name => Assert.Equal(["Dalgu.Hub"], References[name]));

    [Fact]
    public void The_console_references_the_hub_alone() => Assert.Equal(["Dalgu.Hub"], References["Dalgu.Console"]);

    [Fact]
    public void A_desk_references_no_desk_and_no_store() =>
        Each(IsDesk, name => Assert.All(References[name], to => Assert.False(IsDesk(to) || IsStore(to) || to == "Dalgu", $"{name} references {to}")));

    [Fact]
    public void An_engine_references_core_alone() => Each(IsEngine, name => Assert.All(References[name], to => Assert.Equal("Dalgu.Core", to)));

    [Fact]
    public void Nothing_of_the_house_references_the_executable() =>
        Assert.All(References.Where(r => r.Key != "Dalgu"), r => Assert.DoesNotContain("Dalgu", r.Value));

    /// <summary>A project file can be obeyed and the code still reach further, through a transitive reference: so the assemblies are asked too.</summary>
    [Fact]
    public void The_assemblies_reach_no_further_than_the_projects_say()
    {
        foreach (var (name, assembly) in Assemblies())
        {
            var reached = assembly.GetReferencedAssemblies().Select(a => a.Name!).Where(n => n.StartsWith("Dalgu", StringComparison.Ordinal) || n == "dalgu").Order(StringComparer.Ordinal);
            var allowed = Closure(name);
            Assert.All(reached, to => Assert.True(allowed.Contains(to), $"{name} reaches {to}"));
        }
    }

    internal static IEnumerable<(string Name, Assembly Assembly)> Assemblies()
    {
        foreach (var name in References.Keys.Order(StringComparer.Ordinal))
        {
            var file = Path.Combine(AppContext.BaseDirectory, (name == "Dalgu" ? "dalgu" : name) + ".dll");
            if (File.Exists(file)) yield return (name, Assembly.LoadFrom(file));
        }
    }

    private static HashSet<string> Closure(string name)
    {
        var all = new HashSet<string>(StringComparer.Ordinal);
        var open = new Queue<string>(References[name]);
        while (open.TryDequeue(out var next))
            if (all.Add(next) && References.TryGetValue(next, out var more))
                foreach (var further in more) open.Enqueue(further);
        return all;
    }

    private static bool IsStore(string name) => name.StartsWith("Dalgu.Store.", StringComparison.Ordinal);

    private static bool IsDesk(string name) => File.Exists(RepositoryRoot.Combine("src", "Desks", name, name + ".csproj"));

    private static bool IsEngine(string name) => name.StartsWith("Dalgu.", StringComparison.Ordinal) && name is not ("Dalgu.Core" or "Dalgu.Hub" or "Dalgu.Console" or "Dalgu.Bench") && !IsDesk(name) && !IsStore(name);

    private static void Each(Func<string, bool> which, Action<string> check)
    {
        foreach (var name in References.Keys.Where(which)) check(name);
    }

    private static IReadOnlyDictionary<string, string[]> ReadProjects() =>
        Directory.EnumerateFiles(RepositoryRoot.Combine("src"), "*.csproj", SearchOption.AllDirectories).ToDictionary(
            file => Path.GetFileNameWithoutExtension(file),
            file => XDocument.Load(file).Descendants("ProjectReference").Select(r => Path.GetFileNameWithoutExtension(((string)r.Attribute("Include")!).Replace('\\', '/'))).Order(StringComparer.Ordinal).ToArray(),
            StringComparer.Ordinal);
}
