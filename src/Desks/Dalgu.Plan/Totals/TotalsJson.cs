using System.Text.Encodings.Web;
using System.Text.Json;

namespace Dalgu.Plan.Totals;

/// <summary>The totals as JSON, the same from the command and from <c>/api/plan/totals</c>. What is not published is null, never zero.</summary>
public static class TotalsJson
{
    private static readonly JsonWriterOptions Options = new() { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The JSON of a programme's totals, UTF-8.</summary>
    public static byte[] Write(Programme programme)
    {
        var totals = ProgrammeTotals.Of(programme);
        using var bytes = new MemoryStream();
        using (var json = new Utf8JsonWriter(bytes, Options))
        {
            json.WriteStartObject();
            json.WriteString("plan", programme.Head.Key);
            json.WriteNumber("strategies", totals.Strategies);
            json.WriteNumber("fields", totals.Fields);
            Number(json, "projects", totals.Projects.Sum);
            Number(json, "budgetWon", totals.Budget.Sum?.Amount);
            Number(json, "jobs", totals.Jobs.Sum);
            json.WriteNumber("flagships", totals.Flagships);
            json.WriteStartObject("coverage");
            Coverage(json, "projects", totals.Projects.Known, totals.Projects.Of);
            Coverage(json, "budgetWon", totals.Budget.Known, totals.Budget.Of);
            Coverage(json, "jobs", totals.Jobs.Known, totals.Jobs.Of);
            json.WriteEndObject();
            json.WriteStartArray("strategyList");
            foreach (var strategy in programme.Strategies)
            {
                json.WriteStartObject();
                json.WriteString("key", strategy.Key);
                json.WriteString("nameKo", strategy.Name.Korean);
                json.WriteString("nameEn", strategy.Name.English);
                json.WriteNumber("fields", programme.Fields.Count(f => f.Strategy == strategy.Key));
                Number(json, "projects", strategy.Projects);
                Number(json, "budgetWon", strategy.Budget?.Amount);
                Number(json, "jobs", strategy.Jobs);
                json.WriteString("source", strategy.Source);
                json.WriteEndObject();
            }
            json.WriteEndArray();
            json.WriteStartArray("unlisted");
            foreach (var rest in totals.Unlisted)
            {
                json.WriteStartObject();
                json.WriteString("strategy", rest.Strategy);
                json.WriteNumber("listedItems", rest.ListedItems);
                Number(json, "listedWon", rest.Listed.Sum?.Amount);
                if (rest.Share is { } share)
                {
                    json.WriteNumber("listedShare", Math.Round((decimal)share, 4));
                    json.WriteNumber("listedSharePercent", Math.Round((decimal)share * 100, 1));
                }
                json.WriteNumber("remainderWon", rest.Remainder.Amount);
                json.WriteEndObject();
            }
            json.WriteEndArray();
            json.WriteStartArray("sources");
            foreach (var source in programme.Sources)
            {
                json.WriteStartObject();
                json.WriteString("key", source.Key);
                json.WriteString("titleKo", source.Title.Korean);
                json.WriteString("titleEn", source.Title.English);
                json.WriteString("published", source.Published.ToString("yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture));
                if (source.Address is not null) json.WriteString("address", source.Address);
                json.WriteEndObject();
            }
            json.WriteEndArray();
            json.WriteEndObject();
        }
        return bytes.ToArray();
    }

    private static void Coverage(Utf8JsonWriter json, string name, int known, int of)
    {
        json.WriteStartObject(name);
        json.WriteNumber("known", known);
        json.WriteNumber("of", of);
        json.WriteEndObject();
    }

    private static void Number(Utf8JsonWriter json, string name, long? value)
    {
        if (value is { } number) json.WriteNumber(name, number);
        else json.WriteNull(name);
    }
}
