using System.CommandLine;
using System.Text.Json;
using Dalgu.Bench;
using Dalgu.Signals.Bench;

namespace Dalgu.Commands;

/// <summary><c>dalgu bench …</c>: measures this program beside probes of the same minute.</summary>
internal static class BenchCommand
{
    public static Command Make() => new("bench", "Measures this program, each figure beside a probe of the same minute") { Hub(), Long(), Subscriptions(), Signals(), Probe() };

    private static Command Hub()
    {
        var parts = new Argument<string[]>("parts") { Description = $"What to measure: {string.Join(", ", HubBench.PartNames)}; all where none is named", Arity = ArgumentArity.ZeroOrMore };
        parts.AcceptOnlyFromAmong([.. HubBench.PartNames]);
        var entities = new Option<int>("--entities") { Description = "How many entities are stored for start and retrieve", DefaultValueFactory = _ => 100_000 };
        var seconds = new Option<int>("--seconds") { Description = "How long one round lasts", DefaultValueFactory = _ => 5 };
        var rows = new Option<int>("--rows") { Description = "How many rows of history the part series stores", DefaultValueFactory = _ => 7_000_000 };
        var tenants = new Option<int>("--tenants") { Description = "How many tenants the part tenants makes", DefaultValueFactory = _ => 10_000 };
        var store = new Option<string?>("--store") { Description = "A PostgreSQL server for the part postgres, which makes a database there and drops it", HelpName = "STORE" };
        var json = new Option<bool>("--json") { Description = "Prints JSON" };
        var command = new Command("hub", "Measures the hub; the parts series, scale and tenants, which store much, only where they are named") { parts, entities, seconds, rows, tenants, store, json };
        command.SetAction(async (result, _) =>
        {
            var bench = new HubBench(result.GetValue(entities), TimeSpan.FromSeconds(result.GetValue(seconds)), System.Console.Error.WriteLine) { Rows = result.GetValue(rows), Tenants = result.GetValue(tenants), Store = result.GetValue(store) };
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

    private static Command Signals()
    {
        var net = new Option<string?>("--net") { Description = "A network on which the own engine runs beside SUMO", HelpName = "FILE" };
        var routes = new Option<string?>("--routes") { Description = "Its demand", HelpName = "FILE" };
        var begin = new Option<double?>("--begin") { Description = "The first second of the day; else the minute of the first trip" };
        var end = new Option<double?>("--end") { Description = "The second at which the runs end; else an hour later" };
        var rounds = new Option<int>("--rounds") { Description = "How often both engines run in turns", DefaultValueFactory = _ => 3 };
        var steps = new Option<int>("--steps") { Description = "How many decisions are measured", DefaultValueFactory = _ => 300 };
        var profile = SignalsCommand.Profile();
        var json = new Option<bool>("--json") { Description = "Prints JSON" };
        var command = new Command("signals", "Measures decisions for a made-up grid of 260 signals, the guard, and with --net and --routes the own engine beside SUMO") { net, routes, begin, end, rounds, steps, profile, json };
        command.SetAction(result => SignalsCommand.Guarded(() =>
        {
            if (result.GetValue(net) is null != result.GetValue(routes) is null) throw new CommandFailure(ExitCode.Usage, "--net and --routes go together.");
            if (result.GetValue(rounds) < 1 || result.GetValue(steps) < 1) throw new CommandFailure(ExitCode.Usage, "--rounds and --steps are at least 1.");
            var figures = new List<Figure>();
            if (result.GetValue(net) is { } file)
            {
                var engines = SignalBench.Engines(file, result.GetValue(routes)!, result.GetValue(begin), result.GetValue(end), result.GetValue(rounds), System.Console.Error.WriteLine);
                double? sumo = engines.SumoS.Count == 0 ? null : engines.Seconds / engines.SumoS.Order().ElementAt(engines.SumoS.Count / 2);
                var own = engines.Seconds / Math.Max(1e-3, engines.OwnS.Order().ElementAt(engines.OwnS.Count / 2));
                figures.Add(new($"own engine on {engines.Scenario}", own, "s simulated a processor second", sumo, "at least 10 times SUMO", own >= 10 * sumo, $"processor seconds, own: {List(engines.OwnS)}; SUMO: {(sumo is null ? "not here" : List(engines.SumoS))}"));
            }
            var d = SignalBench.Decisions(result.GetValue(steps), result.GetValue(profile)!, TimeProvider.System);
            figures.Add(new($"all decisions of {d.Signals} signals, p99", d.P99Ms, "ms", null, "< 500 ms", d.P99Ms < 500, string.Create(System.Globalization.CultureInfo.InvariantCulture, $"p50 {d.P50Ms:0.0} ms, max {d.MaxMs:0.0} ms over {d.Steps} steps, {d.Vehicles} vehicles, one thread")));
            figures.Add(new($"guard of {d.Signals} signals", d.GuardUs, "µs a step", null, "–", true, string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{d.GuardUs * 1000 / d.Signals:0} ns a signal")));
            Print(figures, result.GetValue(json));
            return ExitCode.Done;
        }));
        return command;

        static string List(IEnumerable<double> seconds) => string.Join(", ", seconds.Select(s => s.ToString("0.00", System.Globalization.CultureInfo.InvariantCulture)));
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
