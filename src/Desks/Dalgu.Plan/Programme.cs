using Dalgu.Console;

namespace Dalgu.Plan;

/// <summary>A text that was published, and from which a figure of the plan was taken.</summary>
/// <param name="Key">The word in its entity id.</param>
/// <param name="Title">What it is called; the <c>source</c> of a figure carries the Korean title.</param>
/// <param name="Publisher">Who published it.</param>
/// <param name="Published">The day it came out, in Korea.</param>
/// <param name="Address">Where it can be read; null where no copy is known on the web.</param>
/// <param name="Note">What to know before relying on it; null where there is nothing.</param>
public sealed record PublishedSource(string Key, BilingualText Title, BilingualText Publisher, DateOnly Published, string? Address = null, BilingualText? Note = null);

/// <summary>The plan as a whole.</summary>
/// <param name="Key">The word in entity ids, such as <c>daegu-2021</c>.</param>
/// <param name="Name">Its name.</param>
/// <param name="Vision">Its vision.</param>
/// <param name="Until">The last year of the plan.</param>
/// <param name="Source">The key of the source.</param>
public sealed record PlanHead(string Key, BilingualText Name, BilingualText Vision, int Until, string Source);

/// <summary>A strategy, the only level for which money, jobs and numbers of projects were published. Null means not published.</summary>
/// <param name="Key">The word in its entity id.</param>
/// <param name="Order">Its place in the text, from 1.</param>
/// <param name="Name">Its name.</param>
/// <param name="Projects">How many projects it has.</param>
/// <param name="Budget">Its total cost to the last year of the plan.</param>
/// <param name="Jobs">The jobs that it is to create.</param>
/// <param name="Source">The key of the source.</param>
public sealed record Strategy(string Key, int Order, BilingualText Name, int? Projects, Won? Budget, long? Jobs, string Source);

/// <summary>A field of a strategy. Nothing but its name was published.</summary>
/// <param name="Key">The word in its entity id, such as <c>industrial-1</c>.</param>
/// <param name="Strategy">The key of its strategy.</param>
/// <param name="Order">Its place in the strategy, from 1.</param>
/// <param name="Name">Its name.</param>
/// <param name="Source">The key of the source.</param>
public sealed record Field(string Key, string Strategy, int Order, BilingualText Name, string Source);

/// <summary>An item of a strategy whose budget was published.</summary>
/// <param name="Key">The word in its entity id.</param>
/// <param name="Strategy">The key of its strategy.</param>
/// <param name="Order">Its place in the text, from 1.</param>
/// <param name="Name">Its name.</param>
/// <param name="Budget">Its budget; null where none was published.</param>
/// <param name="Source">The key of the source.</param>
public sealed record Item(string Key, string Strategy, int Order, BilingualText Name, Won? Budget, string Source);

/// <summary>A flagship: a tag across the tree, not a child of a field.</summary>
/// <param name="Key">The word in its entity id.</param>
/// <param name="Number">Its number in the text, from 1.</param>
/// <param name="Name">Its name.</param>
/// <param name="Systems">The systems that the text names in it, in order.</param>
/// <param name="Field">The key of the field whose name the flagship repeats; null where it repeats none. The text links flagships to no field.</param>
/// <param name="Source">The key of the source.</param>
public sealed record Flagship(string Key, int Number, BilingualText Name, IReadOnlyList<BilingualText> Systems, string? Field, string Source);

/// <summary>How the values of an indicator add up over the tree.</summary>
public enum RollUp
{
    /// <summary>A flow: the sum.</summary>
    Sum,
    /// <summary>A stock or a level: the last value.</summary>
    Last,
    /// <summary>People: each counted once, whatever the number of projects.</summary>
    Distinct,
    /// <summary>A ratio: numerators over denominators, never a mean of ratios.</summary>
    Ratio,
}

/// <summary>A target as one source stated it.</summary>
/// <param name="Value">The value for the last year of the plan.</param>
/// <param name="Source">The key of the source; its day is when the target held.</param>
/// <param name="Note">What the source adds; null where nothing.</param>
public sealed record TargetVersion(double Value, string Source, BilingualText? Note = null);

/// <summary>A key performance indicator with every version of its target, oldest first.</summary>
/// <param name="Key">The word in its entity id.</param>
/// <param name="Order">Its place on the page, from 1.</param>
/// <param name="Name">What it measures.</param>
/// <param name="Unit">Its unit as people read it.</param>
/// <param name="UnitCode">Its UN/CEFACT common code; C62 is one, TNE a tonne, P1 a percent.</param>
/// <param name="RollUp">How its values add up.</param>
/// <param name="Baseline">What the target is measured against; null where none was published.</param>
/// <param name="Targets">The versions of the target.</param>
/// <param name="Headline">Another figure for the same thing that a headline printed, with its source; null where there is none.</param>
public sealed record Indicator(string Key, int Order, BilingualText Name, BilingualText Unit, string UnitCode, RollUp RollUp, BilingualText? Baseline,
    IReadOnlyList<TargetVersion> Targets, TargetVersion? Headline = null);

/// <summary>A plan with all that was published of it. Immutable; lists are in the order of the text.</summary>
public sealed record Programme
{
    /// <summary>The plan as a whole.</summary>
    public required PlanHead Head { get; init; }
    /// <summary>The strategies.</summary>
    public required IReadOnlyList<Strategy> Strategies { get; init; }
    /// <summary>The fields of all strategies.</summary>
    public required IReadOnlyList<Field> Fields { get; init; }
    /// <summary>The items with a published budget.</summary>
    public required IReadOnlyList<Item> Items { get; init; }
    /// <summary>The flagships.</summary>
    public required IReadOnlyList<Flagship> Flagships { get; init; }
    /// <summary>The indicators.</summary>
    public required IReadOnlyList<Indicator> Indicators { get; init; }
    /// <summary>The sources.</summary>
    public required IReadOnlyList<PublishedSource> Sources { get; init; }

    /// <summary>The source of a key.</summary>
    public PublishedSource Source(string key) => Sources.FirstOrDefault(s => s.Key == key)
        ?? throw new Problem(ProblemKind.ResourceNotFound, $"The plan has no source \"{key}\".");

    /// <summary>The day of the latest version of any target: what was not stated again that day is no longer in the plan's text.</summary>
    public DateOnly LatestStatement => Indicators.SelectMany(i => i.Targets).Select(t => Source(t.Source).Published).DefaultIfEmpty().Max();

    /// <summary>True where the latest text states the indicator's target.</summary>
    public bool IsStated(Indicator indicator) => indicator.Targets.Count > 0 && Source(indicator.Targets[^1].Source).Published == LatestStatement;
}
