namespace Dalgu.Console.Components;

/// <summary>One tab: its title, its address, whether it is the one shown, and how many things it holds.</summary>
public sealed record Tab(string Title, string Href, bool Current, string? Count = null);
