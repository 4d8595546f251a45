namespace Dalgu.Console.Components;

/// <summary>A page above the one shown: its short title and its address.</summary>
public sealed record Crumb(string Title, string Href);
