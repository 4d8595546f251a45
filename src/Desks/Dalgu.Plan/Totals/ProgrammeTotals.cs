namespace Dalgu.Plan.Totals;

/// <summary>A sum that tells how much of it is known: missing is never zero.</summary>
/// <typeparam name="T">What is summed.</typeparam>
/// <param name="Sum">The sum of what is known; null where nothing is.</param>
/// <param name="Known">How many parts are known.</param>
/// <param name="Of">How many parts there are.</param>
public readonly record struct Covered<T>(T? Sum, int Known, int Of) where T : struct
{
    /// <summary>True where every part is known.</summary>
    public bool IsComplete => Known == Of;
}

/// <summary>What the published items of a strategy explain of its budget, and what stays a line of its own.</summary>
/// <param name="Strategy">The key of the strategy.</param>
/// <param name="ListedItems">How many items were published.</param>
/// <param name="Listed">The budgets of those with one.</param>
/// <param name="Budget">The strategy's budget.</param>
/// <param name="Remainder">The budget less the listed items: the part that no item explains. Negative where the items exceed the budget.</param>
public sealed record UnlistedRemainder(string Strategy, int ListedItems, Covered<Won> Listed, Won Budget, Won Remainder)
{
    /// <summary>The listed part of the budget, 0 to 1; null where the budget is nothing.</summary>
    public double? Share => Budget.Amount == 0 ? null : (double)((decimal)(Listed.Sum?.Amount ?? 0) / Budget.Amount);
}

/// <summary>The roll-up of a programme. Pure: the same programme gives the same totals.</summary>
/// <param name="Strategies">How many strategies.</param>
/// <param name="Fields">How many fields.</param>
/// <param name="Flagships">How many flagships: an axis across the tree, in no sum.</param>
/// <param name="Projects">The projects of the strategies.</param>
/// <param name="Budget">The budgets of the strategies.</param>
/// <param name="Jobs">The jobs of the strategies.</param>
/// <param name="Unlisted">One line for each strategy with published items.</param>
public sealed record ProgrammeTotals(int Strategies, int Fields, int Flagships, Covered<long> Projects, Covered<Won> Budget, Covered<long> Jobs,
    IReadOnlyList<UnlistedRemainder> Unlisted)
{
    /// <summary>Adds a programme up.</summary>
    public static ProgrammeTotals Of(Programme programme)
    {
        var strategies = programme.Strategies;
        return new(strategies.Count, programme.Fields.Count, programme.Flagships.Count,
            Sum(strategies.Select(s => (long?)s.Projects)), Sum(strategies.Select(s => s.Budget)), Sum(strategies.Select(s => s.Jobs)),
            [.. strategies.Select(s => Remainder(programme, s)).OfType<UnlistedRemainder>()]);
    }

    /// <summary>The remainder of one strategy; null where it has no items or no budget.</summary>
    public static UnlistedRemainder? Remainder(Programme programme, Strategy strategy)
    {
        var items = programme.Items.Where(i => i.Strategy == strategy.Key).ToList();
        if (items.Count == 0 || strategy.Budget is not { } budget) return null;
        var listed = Sum(items.Select(i => i.Budget));
        return new(strategy.Key, items.Count, listed, budget, budget - (listed.Sum ?? default));
    }

    /// <summary>The sum of amounts of which some may be unknown.</summary>
    public static Covered<Won> Sum(IEnumerable<Won?> amounts)
    {
        var numbers = Sum(amounts.Select(a => a?.Amount));
        return new(numbers.Sum is { } sum ? new Won(sum) : null, numbers.Known, numbers.Of);
    }

    /// <summary>The sum of numbers of which some may be unknown. Throws on overflow.</summary>
    public static Covered<long> Sum(IEnumerable<long?> numbers)
    {
        long? sum = null;
        int known = 0, of = 0;
        foreach (var number in numbers)
        {
            of++;
            if (number is not { } value) continue;
            known++;
            sum = checked((sum ?? 0) + value);
        }
        return new(sum, known, of);
    }
}
