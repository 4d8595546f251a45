using System.CommandLine;
using System.Text.Json;
using Dalgu.Bench;

namespace Dalgu.Commands;

/// <summary><c>dalgu bench …</c>: measures this program beside probes of the same minute.</summary>
internal static class BenchCommand
{
    public static Command Make() => new("bench", "Measures this program, each figure beside a probe of the same minute") { Hub(), Long(), Subscriptions(), Probe() };

    private static Command Hub()
    {
        var parts = new Argument<string[]>("parts") { Description = $"What to measure: {string.Join(", ", HubBench.PartNames)}; all where none is named", Arity = ArgumentArity.ZeroOrMore };
        parts.AcceptOnlyFromAmong([.. HubBench.PartNames]);
        var entities = new Option<int>("--entities") { Description = "How many entities are stored for start and retrieve", DefaultValueFactory = _ => 100_000 };
        var seconds = new Option<int>("--seconds") { Description = "How long one round lasts", DefaultValueFactory = _ => 5 };
        var rows = new Option<int>("--rows") { Description = "How many rows of history the part series stores", DefaultValueFactory = _ => 7_000_000 };
        var store = new Option<string?>("--store") { Description = "A PostgreSQL server for the part postgres, which makes a database there and drops it", HelpName = "STORE" };
        var json = new Option<bool>("--json") { Description = "Prints JSON" };
        var command = new Command("hub", "Measures the hub; the parts series and scale, which store millions, only where they are named") { parts, entities, seconds, rows, store, json };
        command.SetAction(async (result, _) =>
        {
            var bench = new HubBench(result.GetValue(entities), TimeSpan.FromSeconds(result.GetValue(seconds)), System.Console.Error.WriteLine) { Rows = result.GetValue(rows), Store = result.GetValue(store) };
            Print(await bench.RunAsync(result.GetValue(parts)!), result.GetValue(json));
            return ExitCode.Done;
        });
        return command;
    }

    private static Command Subscriptions()
    {
        var count = new Option<int>("--count") { Description = "How many subscriptions there are", DefaultValueFactory = _ => 100_000 };
        var seconds = new Option<int>("--seconds") { Description = "How long matching is measured", DefaultValueFactory = _ => 5 };
        var json = new Option<bool>("--json") { Description = "Prints JSON" };
        var command = new Command("subscriptions", "Measures matching and delivery inside this process") { count, seconds, json };
        command.SetAction(async (result, _) =>
        {
            var bench = new SubscriptionBench(result.GetValue(count), TimeSpan.FromSeconds(result.GetValue(seconds)), System.Console.Error.WriteLine);
            Print(await bench.RunAsync(), result.GetValue(json));
            return ExitCode.Done;
        });
        return command;
    }

    private static Command Long()
    {
        var minutes = new Option<int>("--minutes") { Description = "How long it runs", DefaultValueFactory = _ => 30 };
        var json = new Option<bool>("--json") { Description = "Prints JSON" };
        var command = new Command("soak", "Asks one instance mixed questions for long, one in a hundred hostile, and watches its memory") { minutes, json };
        command.SetAction(async (result, _) =>
        {
            Print(await new Soak(result.GetValue(minutes), System.Console.Error.WriteLine).RunAsync(), result.GetValue(json));
            return ExitCode.Done;
        });
        return command;
    }

    private static void Print(IReadOnlyList<Figure> figures, bool asJson)
    {
        if (asJson)
        {
            System.Console.WriteLine(JsonSerializer.Serialize(figures, BenchJson.Default.IReadOnlyListFigure));
            return;
        }
        foreach (var figure in figures) System.Console.WriteLine(figure);
    }

    private static Command Probe()
    {
        var port = new Option<int>("--port") { Required = true };
        var file = new Option<string>("--file") { Required = true };
        var command = new Command("probe", "A plain Kestrel endpoint that answers with a file's bytes") { port, file };
        command.Hidden = true;
        command.SetAction((result, _) => KestrelProbe.RunAsync(result.GetValue(port), result.GetValue(file)!));
        return command;
    }
}

[System.Text.Json.Serialization.JsonSerializable(typeof(IReadOnlyList<Figure>))]
internal sealed partial class BenchJson : System.Text.Json.Serialization.JsonSerializerContext;
