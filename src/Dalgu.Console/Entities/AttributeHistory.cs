using Dalgu.Hub;
using Dalgu.Hub.Access;

namespace Dalgu.Console.Entities;

/// <summary>The history of an entity's attributes over a period, as it is stored: every record, corrections included.</summary>
/// <param name="Observations">The records by time.</param>
/// <param name="Truncated">True where older records of the period were left out, because there are more than <see cref="Most"/>.</param>
public sealed record AttributeHistory(IReadOnlyList<Observation> Observations, bool Truncated)
{
    /// <summary>The most records of one reading.</summary>
    public const int Most = 50_000;

    /// <summary>Reads the latest records of a period.</summary>
    /// <param name="tenant">The tenant.</param>
    /// <param name="id">The entity.</param>
    /// <param name="attribute">One attribute (IRI), or null for all.</param>
    /// <param name="period">The period.</param>
    /// <param name="rights">Who asks.</param>
    /// <param name="cancel">Ends the read.</param>
    public static async Task<AttributeHistory> ReadAsync(Tenant tenant, string id, string? attribute, HistoryPeriod period, Rights rights, CancellationToken cancel)
    {
        var observations = new List<Observation>();
        await foreach (var observation in tenant.HistoryAsync(id, attribute, period.From, period.To, true, rights, cancel))
        {
            if (observations.Count == Most) return new(observations, true);
            observations.Add(observation);
        }
        observations.Reverse();
        return new(observations, false);
    }
}
