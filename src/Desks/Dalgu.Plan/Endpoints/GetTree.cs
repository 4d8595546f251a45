using System.Text.Encodings.Web;
using System.Text.Json;
using Dalgu.Console;
using Dalgu.Hub;
using Dalgu.Hub.Access;
using Dalgu.Hub.Http;
using Dalgu.Plan.Entities;
using Dalgu.Plan.Totals;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Dalgu.Plan.Endpoints;

/// <summary><c>GET /api/plan/tree</c>: strategies with their fields, items and remainder; flagships and indicators beside the tree. Anybody may ask.</summary>
internal static class GetTree
{
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapGet("/api/plan/tree", async (CityHub hub, CancellationToken cancel) =>
                Results.Bytes(Write(await PlanReading.ReadAsync(hub, cancel)), "application/json"))
            .Needs(Role.Anonymous).WithName("plan.tree").WithTags("plan").WithSummary("The tree of the plan with the entity id of every node; what was not published is null.");

    internal static byte[] Write(Programme programme)
    {
        var plan = programme.Head.Key;
        using var bytes = new MemoryStream();
        using (var json = new Utf8JsonWriter(bytes, Options))
        {
            json.WriteStartObject();
            json.WriteString("id", PlanIds.Of(plan));
            Text(json, "name", programme.Head.Name);
            Text(json, "vision", programme.Head.Vision);
            json.WriteStartArray("strategies");
            foreach (var s in programme.Strategies)
            {
                Node(json, PlanIds.Of(PlanIds.Strategy, plan, s.Key), s.Name, s.Source);
                Number(json, "projects", s.Projects);
                Number(json, "budgetWon", s.Budget?.Amount);
                Number(json, "jobs", s.Jobs);
                json.WriteStartArray("fields");
                foreach (var f in programme.Fields.Where(f => f.Strategy == s.Key))
                {
                    Node(json, PlanIds.Of(PlanIds.Field, plan, f.Key), f.Name, f.Source);
                    foreach (var name in (string[])["projects", "budgetWon", "jobs"]) json.WriteNull(name);
                    json.WriteEndObject();
                }
                json.WriteEndArray();
                json.WriteStartArray("items");
                foreach (var i in programme.Items.Where(i => i.Strategy == s.Key))
                {
                    Node(json, PlanIds.Of(PlanIds.Item, plan, i.Key), i.Name, i.Source);
                    Number(json, "budgetWon", i.Budget?.Amount);
                    json.WriteEndObject();
                }
                json.WriteEndArray();
                Number(json, "remainderWon", ProgrammeTotals.Remainder(programme, s)?.Remainder.Amount);
                json.WriteEndObject();
            }
            json.WriteEndArray();
            json.WriteStartArray("flagships");
            foreach (var f in programme.Flagships)
            {
                Node(json, PlanIds.Of(PlanIds.Flagship, plan, f.Key), f.Name, f.Source);
                json.WriteNumber("number", f.Number);
                json.WriteStartArray("systems");
                foreach (var system in f.Systems) { json.WriteStartObject(); json.WriteString("ko", system.Korean); json.WriteString("en", system.English); json.WriteEndObject(); }
                json.WriteEndArray();
                json.WriteString("refField", f.Field is null ? null : PlanIds.Of(PlanIds.Field, plan, f.Field));
                json.WriteEndObject();
            }
            json.WriteEndArray();
            json.WriteStartArray("indicators");
            foreach (var i in programme.Indicators)
            {
                Node(json, PlanIds.Of(PlanIds.Indicator, plan, i.Key), i.Name, null);
                Text(json, "unit", i.Unit);
                json.WriteNull("actual");
                json.WriteBoolean("stated", programme.IsStated(i));
                json.WriteStartArray("targets");
                foreach (var t in i.Targets)
                {
                    json.WriteStartObject();
                    json.WriteNumber("value", t.Value);
                    json.WriteString("published", programme.Source(t.Source).Published.ToString("yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture));
                    json.WriteString("source", t.Source);
                    json.WriteEndObject();
                }
                json.WriteEndArray();
                json.WriteEndObject();
            }
            json.WriteEndArray();
            json.WriteEndObject();
        }
        return bytes.ToArray();
    }

    private static void Node(Utf8JsonWriter json, string id, BilingualText name, string? source)
    {
        json.WriteStartObject();
        json.WriteString("id", id);
        Text(json, "name", name);
        if (source is not null) json.WriteString("source", source);
    }

    private static void Text(Utf8JsonWriter json, string property, BilingualText text)
    {
        json.WriteStartObject(property);
        json.WriteString("ko", text.Korean);
        json.WriteString("en", text.English);
        json.WriteEndObject();
    }

    private static void Number(Utf8JsonWriter json, string name, long? value)
    {
        if (value is { } number) json.WriteNumber(name, number);
        else json.WriteNull(name);
    }
}
