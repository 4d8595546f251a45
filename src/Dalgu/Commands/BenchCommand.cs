using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Dalgu.Bench;

namespace Dalgu.Commands;

/// <summary><c>dalgu bench</c>: speeds as ratios to probes of the same minute on the same machine.</summary>
internal static class BenchCommand
{
    public static Command Make() => new("bench", "Measure the speed of this program on this machine") { Hub(), Probe() };

    private static Command Hub()
    {
        var parts = new Argument<string[]>("part") { Description = "What to measure; none for all: " + string.Join(", ", HubBench.PartNames), Arity = ArgumentArity.ZeroOrMore };
        parts.AcceptOnlyFromAmong([.. HubBench.PartNames]);
        var entities = new Option<int>("--entities") { Description = "How many entities are stored", DefaultValueFactory = _ => 100_000, HelpName = "N" };
        var seconds = new Option<int>("--seconds") { Description = "How long each load runs", DefaultValueFactory = _ => 10, HelpName = "N" };
        var json = new Option<bool>("--json") { Description = "Print the figures as JSON" };
        var command = new Command("hub", "The hub beside plain Kestrel and bare SQLite") { parts, entities, seconds, json };
        command.SetAction(async (parsed, _) =>
        {
            if (parsed.GetValue(entities) < 1 || parsed.GetValue(seconds) < 1) throw new CommandFailure(ExitCode.Usage, "--entities and --seconds are 1 or more.");
            var bench = new HubBench(parsed.GetValue(entities), TimeSpan.FromSeconds(parsed.GetValue(seconds)), System.Console.Error.WriteLine);
            var figures = await bench.RunAsync(parsed.GetValue(parts) ?? []);
            if (parsed.GetValue(json)) await System.Console.Out.WriteLineAsync(JsonSerializer.Serialize(figures, HubJson.Default.IReadOnlyListFigure));
            else
                foreach (var figure in figures) await System.Console.Out.WriteLineAsync(Line(figure));
            return figures.All(f => f.Reached) ? ExitCode.Done : ExitCode.Found;
        });
        return command;
    }

    private static string Line(Figure f) => string.Create(CultureInfo.InvariantCulture,
        $"{(f.Reached ? "●" : "▲")} {f.Name,-34} {f.Value,12:#,0.##} {f.Unit,-10} {(f.Probe is { } probe ? $"probe {probe:#,0.##}, ratio {f.Ratio:0.00}" : ""),-34} bar {f.Bar}  {f.Detail}");

    private static Command Probe()
    {
        var port = new Option<int>("--port") { Description = "The port on localhost", Required = true };
        var file = new Option<string>("--file") { Description = "The bytes to answer", Required = true };
        var command = new Command("probe", "A plain endpoint that answers the bytes of a file: what bench hub compares with") { port, file };
        command.SetAction(async (parsed, _) =>
        {
            await KestrelProbe.RunAsync(parsed.GetValue(port), parsed.GetRequiredValue(file));
            return ExitCode.Done;
        });
        return command;
    }
}
