using System.Globalization;
using Dalgu.Hub.Contexts;

namespace Dalgu.Hub.Temporal;

/// <summary>How long the history of which types is kept (the setting <see cref="HubOptions.HistoryKept"/>). What is older goes, but for what still holds.
/// Each entity's history is cut once a day at most, so that the audit has one entry for it and not one a row. Immutable.</summary>
public sealed class HistoryRetention
{
    private readonly List<(string? Type, TimeSpan Kept)> rules;

    private HistoryRetention(List<(string?, TimeSpan)> rules) => this.rules = rules;

    /// <summary>True where all is kept for ever.</summary>
    public bool IsEmpty => rules.Count == 0;

    /// <summary>Reads the setting: types (short names of the core @context, or IRIs), each with <c>=</c> and a time, separated by commas; <c>*</c> stands for every other type.</summary>
    /// <exception cref="Problem">BadRequestData where it cannot be read.</exception>
    public static HistoryRetention Parse(string text)
    {
        var rules = new List<(string?, TimeSpan)>();
        foreach (var rule in text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            var cut = rule.LastIndexOf('=');
            if (cut <= 0 || !TimeSpan.TryParse(rule.AsSpan(cut + 1), CultureInfo.InvariantCulture, out var kept) || kept < TimeSpan.FromDays(1))
                throw new Problem(ProblemKind.BadRequestData, $"The rule \"{Iri.Shorten(rule)}\" is not valid; write a type and a time of a day or more, such as AirQualityObserved=90.00:00:00.");
            rules.Add((rule[..cut] == "*" ? null : CoreContext.Instance.ExpandType(rule[..cut]), kept));
        }
        return new(rules);
    }

    /// <summary>Cuts the history of every entity of a tenant that a rule is about.</summary>
    /// <returns>How many rows went.</returns>
    public async Task<long> ApplyAsync(Tenant tenant, DateTime now, CancellationToken cancel)
    {
        long gone = 0;
        var named = rules.Where(r => r.Type is not null).Select(r => r.Type!).ToHashSet(StringComparer.Ordinal);
        foreach (var (type, kept) in rules)
            gone += await tenant.ForgetHistoryAsync(type, type is null ? named : [], (now - kept).Date, cancel);
        return gone;
    }
}
