using System.CommandLine;
using System.Globalization;
using Dalgu.Signals.Plans;
using Dalgu.Signals.Runs;
using Dalgu.Signals.Study;

namespace Dalgu.Commands;

/// <summary><c>dalgu signals study</c>, <c>plan</c> and <c>before-after</c>: what takes many runs, or many days.</summary>
internal static class SignalsStudyCommand
{
    public static Command Study()
    {
        var scenarios = new Option<string>("--scenarios") { Description = "A folder of scenarios, each a folder with a network and a demand", HelpName = "DIR", Required = true };
        var controllers = new Option<string>("--controllers") { Description = "Controllers, the first is what the others are compared with", DefaultValueFactory = _ => "fixed,actuated,max-pressure,dalgu" };
        var seeds = new Option<string>("--seeds") { Description = "Seeds, as 1-10 or 1,2,5", DefaultValueFactory = _ => "1-10" };
        var profile = SignalsCommand.Profile();
        var engine = SignalsCommand.Engine();
        var crossing = SignalsCommand.CrossingGreens();
        var setting = SignalsTrainCommand.Setting();
        var corridor = SignalsCommand.Corridors();
        var parallel = new Option<int?>("--parallel") { Description = "Runs at the same time; else the cores, with --engine sumo half of them" };
        var into = new Option<string>("--out") { Description = "The folder of the report; runs that are there already are not run again", HelpName = "DIR", Required = true };
        var command = new Command("study", "Compares controllers over scenarios and seeds and writes report.html, results.csv, differences.csv and results.json") { scenarios, controllers, seeds, profile, engine, crossing, setting, corridor, parallel, into };
        command.SetAction(result => SignalsCommand.Guarded(() =>
        {
            var names = result.GetValue(controllers)!.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
            foreach (var name in names)
                if (!RunOptions.Controllers.Contains(name)) throw new CommandFailure(ExitCode.Usage, $"The controller \"{name}\" does not exist; {string.Join(", ", RunOptions.Controllers)} do.");
            if (names.Contains("tod")) throw new CommandFailure(ExitCode.Usage, "A study does not take the controller tod, which needs a plan for each scenario; signals run --controller tod --plan does.");
            if (names.Length == 0) throw new CommandFailure(ExitCode.Usage, "--controllers names none.");
            var numbers = Seeds(result.GetValue(seeds)!);
            var options = new StudyOptions(Scenario.ReadFolder(result.GetValue(scenarios)!, result.GetValue(crossing)), names, numbers, result.GetValue(profile)!, result.GetValue(engine)!, result.GetValue(into)!) { Corridors = result.GetValue(corridor) ?? [], Dalgu = SignalsTrainCommand.Read(result.GetValue(setting)) };
            if (result.GetValue(parallel) is { } p) options = options with { Parallel = p > 0 ? p : throw new CommandFailure(ExitCode.Usage, $"--parallel {p} is not above 0.") };
            SignalStudy.Run(options, TimeProvider.System, (done, all) => System.Console.Error.Write(string.Create(CultureInfo.InvariantCulture, $"\r{done} of {all} runs [{new string('#', done * 30 / all),-30}]{(done == all ? "\n" : "")}")));
            System.Console.WriteLine(Path.GetFullPath(Path.Combine(options.Out, "report.html")));
            return ExitCode.Done;
        }));
        return command;
    }

    public static Command Plan()
    {
        var net = SignalsCommand.Net();
        var routes = SignalsCommand.Routes();
        var additional = SignalsCommand.Additional();
        var crossing = SignalsCommand.CrossingGreens();
        var periods = new Option<string>("--periods") { Description = "A CSV of periods, a row HH:MM:SS,HH:MM:SS of begin and end each", HelpName = "FILE", Required = true };
        var profile = SignalsCommand.Profile();
        var engine = SignalsCommand.Engine();
        var seed = new Option<int>("--seed") { Description = "The seed of engine and search", DefaultValueFactory = _ => 1 };
        var runs = new Option<int>("--runs") { Description = "With how many seeds each candidate is driven, from --seed on: a plan may lock up with one of many", DefaultValueFactory = _ => 8 };
        var check = new Option<string?>("--check") { Description = "A second engine (dalgu or sumo): of the plans that were best once, the one is kept that is best there", HelpName = "ENGINE" };
        check.AcceptOnlyFromAmong("dalgu", "sumo");
        var trials = new Option<int>("--trials") { Description = "Changes tried in each period after the cycles", DefaultValueFactory = _ => 60 };
        var into = new Option<string>("--out") { Description = "Where tod.csv and a tlLogic file for each period go", HelpName = "DIR", Required = true };
        var command = new Command("plan", "Finds a plan by time of day, each candidate driven in the engine") { net, routes, additional, crossing, periods, profile, engine, check, seed, runs, trials, into };
        command.SetAction((result, cancel) => Task.FromResult(SignalsCommand.Guarded(() =>
        {
            var file = result.GetValue(periods)!;
            var scenario = Scenario.Read(result.GetValue(net)!, result.GetValue(routes)!, null, null, additional: result.GetValue(additional)!, allowCrossingGreens: result.GetValue(crossing));
            if (result.GetValue(runs) < 1) throw new CommandFailure(ExitCode.Usage, $"--runs {result.GetValue(runs)} is not above 0.");
            var optimiser = new PlanOptimiser(scenario, result.GetValue(profile)!, result.GetValue(engine)!, result.GetValue(seed), result.GetValue(runs), TimeProvider.System) { Check = result.GetValue(check) };
            var found = new List<(double Begin, Dalgu.Signals.Control.SignalPlan[] Plans)>();
            Directory.CreateDirectory(result.GetValue(into)!);
            foreach (var (begin, end) in Periods(file))
            {
                var (plan, delay, shipped) = optimiser.Find(begin, end, result.GetValue(trials), (n, best) => System.Console.Error.Write(string.Create(CultureInfo.InvariantCulture, $"\r{TimeSpan.FromSeconds(begin):hh\\:mm} trial {n}, best {best:0.0} s ")), cancel);
                System.Console.Error.WriteLine();
                found.Add((begin, plan));
                System.Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{TimeSpan.FromSeconds(begin):hh\\:mm}: delay {delay:0.0} s, the file's program under the same rules {shipped:0.0} s"));
                File.WriteAllText(Path.Combine(result.GetValue(into)!, string.Create(CultureInfo.InvariantCulture, $"plan-{TimeSpan.FromSeconds(begin):hhmm}.add.xml")), PlanPrograms.Write(plan, scenario.Map, optimiser.Limits, string.Create(CultureInfo.InvariantCulture, $"tod-{TimeSpan.FromSeconds(begin):hhmm}")));
            }
            File.WriteAllText(Path.Combine(result.GetValue(into)!, "tod.csv"), PlanTable.Write(found, scenario.Map, optimiser.Limits));
            return ExitCode.Done;
        })));
        return command;
    }

    public static Command BeforeAndAfter()
    {
        var speeds = new Option<string>("--speeds") { Description = "A CSV with the columns date, link, group (treated or control), period (before or after), speed_kmh", HelpName = "FILE", Required = true };
        var command = new Command("before-after", "Estimates what a change on the street did, by difference in differences") { speeds };
        command.SetAction(result => SignalsCommand.Guarded(() =>
        {
            var r = BeforeAfter.Read(result.GetValue(speeds)!);
            System.Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"speed {r.EffectShare:+0.0 %;-0.0 %}, 95 % interval {r.Low:+0.0 %;-0.0 %} to {r.High:+0.0 %;-0.0 %}; {r.Treated} treated and {r.Control} control links, {r.DaysBefore} days before and {r.DaysAfter} after{(r.Found ? "" : "; the interval holds zero: no effect is shown")}"));
            return ExitCode.Done;
        }));
        return command;
    }

    internal static int[] Seeds(string text)
    {
        var seeds = new List<int>();
        foreach (var part in text.Split(','))
        {
            var ends = part.Split('-');
            if (ends.Length > 2 || !int.TryParse(ends[0], NumberStyles.None, CultureInfo.InvariantCulture, out var first) || !int.TryParse(ends[^1], NumberStyles.None, CultureInfo.InvariantCulture, out var last) || last < first)
                throw new CommandFailure(ExitCode.Usage, $"The seeds \"{text}\" are neither like 1-10 nor like 1,2,5.");
            for (var seed = first; seed <= last; seed++) seeds.Add(seed);
        }
        return [.. seeds];
    }

    private static IEnumerable<(double Begin, double End)> Periods(string file)
    {
        var lines = File.ReadAllLines(file);
        for (var n = 0; n < lines.Length; n++)
        {
            if (lines[n].Trim().Length == 0 || lines[n].StartsWith('#')) continue;
            var cells = lines[n].Split(',');
            if (cells.Length != 2 || !TimeSpan.TryParseExact(cells[0].Trim(), "hh\\:mm\\:ss", CultureInfo.InvariantCulture, out var begin) || !TimeSpan.TryParseExact(cells[1].Trim(), "hh\\:mm\\:ss", CultureInfo.InvariantCulture, out var end) || end <= begin)
                throw new CommandFailure(ExitCode.Usage, $"{file}, line {n + 1}: \"{lines[n]}\" is not begin and end as HH:MM:SS,HH:MM:SS.");
            yield return (begin.TotalSeconds, end.TotalSeconds);
        }
    }
}
