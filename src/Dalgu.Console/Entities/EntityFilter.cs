using System.Globalization;
using Dalgu.Hub;
using Dalgu.Hub.Contexts;
using Dalgu.Hub.Query;
using Microsoft.AspNetCore.Http;

namespace Dalgu.Console.Entities;

/// <summary>What a table of entities is asked for: an NGSI-LD query by its own words.</summary>
/// <param name="Type">The type selection as written; null for any.</param>
/// <param name="Q">The q expression as written; null for none.</param>
/// <param name="Limit">Rows on a page.</param>
/// <param name="Offset">Rows to skip.</param>
public sealed record EntityFilter(string? Type, string? Q, int Limit, int Offset)
{
    /// <summary>The page sizes that the table offers.</summary>
    public static readonly IReadOnlyList<int> Limits = [20, 50, 200];

    /// <summary>What the address of a page asks for; numbers out of range become the nearest in range.</summary>
    public static EntityFilter Of(IQueryCollection query) => new(Text(query, "type"), Text(query, "q"),
        Math.Clamp(Number(query, "limit") ?? 50, 1, 200), Math.Max(0, Number(query, "offset") ?? 0));

    /// <summary>The query.</summary>
    /// <exception cref="Problem">Where type or q are not written as NGSI-LD has them.</exception>
    public EntityQuery Query(HubOptions options) => new()
    {
        Types = Type is null ? null : TypeSelection.Parse(Type, CoreContext.Instance),
        Q = Q is null ? null : QExpression.Parse(Q, CoreContext.Instance, options),
        Limit = Limit,
        Offset = Offset,
    };

    /// <summary>The same in the open interface.</summary>
    public string ApiHref => "/ngsi-ld/v1/entities?" + Parameters(Limit, Offset) + "&count=true";

    /// <summary>The same as a CSV, all pages of it.</summary>
    public string CsvHref => "/entities.csv?" + Parameters(null, 0);

    /// <summary>The page of the table that begins at a row.</summary>
    public string Href(int offset) => "/entities?" + Parameters(Limit, Math.Max(0, offset));

    private string Parameters(int? limit, int offset)
    {
        var parts = new List<string>();
        if (Type is not null) parts.Add("type=" + Uri.EscapeDataString(Type));
        if (Q is not null) parts.Add("q=" + Uri.EscapeDataString(Q));
        if (limit is { } n) parts.Add(string.Create(CultureInfo.InvariantCulture, $"limit={n}"));
        if (offset > 0) parts.Add(string.Create(CultureInfo.InvariantCulture, $"offset={offset}"));
        return string.Join('&', parts);
    }

    private static string? Text(IQueryCollection query, string name) => query[name].ToString().Trim() is { Length: > 0 } text ? text : null;
    private static int? Number(IQueryCollection query, string name) => int.TryParse(query[name].ToString(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var n) ? n : null;
}
