using System.CommandLine;
using Dalgu.Hub;
using Dalgu.Hub.Access;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Dalgu.Console;

/// <summary>A text in the two languages of the interface.</summary>
public readonly record struct BilingualText(string Korean, string English)
{
    /// <summary>The text in the language of the request.</summary>
    public string Current => System.Globalization.CultureInfo.CurrentUICulture.TwoLetterISOLanguageName == "en" ? English : Korean;
    /// <inheritdoc/>
    public override string ToString() => Current;
}

/// <summary>A page that the rail shows.</summary>
/// <param name="Path">Its address, such as <c>/plan</c>.</param>
/// <param name="Title">What the rail calls it.</param>
/// <param name="Least">The least role that sees it.</param>
public sealed record DeskPage(string Path, BilingualText Title, Role Least = Role.Anonymous);

/// <summary>A desk's table of contents: what it owns and what it offers. One class a desk, in the file <c>XxxDesk.cs</c>.</summary>
public abstract class Desk
{
    /// <summary>The word in addresses and commands: <c>/plan</c>, <c>/api/plan</c>, <c>dalgu plan …</c>.</summary>
    public abstract string Name { get; }
    /// <summary>What people call it.</summary>
    public abstract BilingualText Title { get; }
    /// <summary>The entity types that it owns, with who may read them.</summary>
    public abstract IReadOnlyList<EntityTypeDeclaration> Types { get; }
    /// <summary>Its pages in the rail.</summary>
    public virtual IReadOnlyList<DeskPage> Pages => [];
    /// <summary>What people call the sources that it runs, by the name under which they write.</summary>
    public virtual IReadOnlyDictionary<string, BilingualText> Sources => new Dictionary<string, BilingualText>();
    /// <summary>Its @context documents by file name, served under <c>/contexts/</c>.</summary>
    public virtual IReadOnlyDictionary<string, string> Contexts => new Dictionary<string, string>();
    /// <summary>Adds its services and background jobs.</summary>
    /// <param name="services">The services of the instance.</param>
    /// <param name="demo">True where the instance shows the demo city.</param>
    public virtual void AddServices(IServiceCollection services, bool demo) { }
    /// <summary>Maps its endpoints under <c>/api/&lt;name&gt;</c>.</summary>
    public virtual void Map(IEndpointRouteBuilder routes) { }
    /// <summary>Writes what the desk must find in the hub: facts that are absent. Runs at every start, before the instance is ready; must be quick and change nothing that is there.</summary>
    public virtual Task SeedAsync(CityHub hub, bool demo, CancellationToken cancel) => Task.CompletedTask;
    /// <summary>Its commands below <c>dalgu &lt;name&gt;</c>; null where it has none.</summary>
    public virtual Command? Command => null;
}
