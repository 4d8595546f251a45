using System.CommandLine;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Dalgu.Signals.Control;
using Dalgu.Signals.Runs;
using Dalgu.Signals.Training;

namespace Dalgu.Commands;

/// <summary><c>dalgu signals train</c>: finds a setting of the controller <c>dalgu</c> by evolution in the own simulator, and writes it as a file that <c>run</c> and <c>study</c> read.</summary>
internal static class SignalsTrainCommand
{
    private const int FirstTrainingSeed = 1000; // those of training are drawn from here on

    /// <summary>The option by which a setting file is read.</summary>
    internal static Option<string?> Setting() => new("--setting") { Description = "A setting of the controller dalgu, as \"signals train\" writes it; else the built-in one", HelpName = "FILE" };

    internal static DalguOptions Read(string? file) => file is null ? new DalguOptions() : SettingFile.Read(file);

    public static Command Make()
    {
        var scenarios = new Option<string[]>("--scenarios") { Description = "Folders of scenarios to train on, each with a network and a demand or with such folders in it", HelpName = "DIR…", Required = true, AllowMultipleArgumentsPerToken = true };
        var check = new Option<string[]>("--check") { Description = "Folders of scenarios on which the setting found is compared with the one at the start", HelpName = "DIR…", AllowMultipleArgumentsPerToken = true };
        var checkSeeds = new Option<string>("--check-seeds") { Description = "The seeds of that comparison, below 1000; training takes others", DefaultValueFactory = _ => "1-3" };
        var figures = new Option<string?>("--figures") { Description = "The figures to train, with commas; else all", HelpName = "A,B,…" };
        var start = Setting();
        var generations = new Option<int>("--generations") { Description = "Generations in all; more of them go on with a training that is done", DefaultValueFactory = _ => 30 };
        var candidates = new Option<int?>("--candidates") { Description = "Candidates in a generation, at least 4; else as many as the number of figures asks for" };
        var step = new Option<double>("--step") { Description = "How far the first candidates scatter, as a share of the way between a figure's bounds", DefaultValueFactory = _ => 0.08 };
        var runs = new Option<int>("--runs") { Description = "With how many seeds each candidate is driven on each scenario", DefaultValueFactory = _ => 1 };
        var minutes = new Option<double?>("--minutes") { Description = "Trains on the first minutes of each scenario's window; else on the whole" };
        var seed = new Option<int>("--seed") { Description = "The seed of all that is drawn", DefaultValueFactory = _ => 1 };
        var profile = SignalsCommand.Profile();
        var parallel = new Option<int>("--parallel") { Description = "Runs at the same time; the result does not depend on it", DefaultValueFactory = _ => Environment.ProcessorCount };
        var into = new Option<string>("--out") { Description = "The setting file; FILE.state beside it lets a training that was stopped go on", HelpName = "FILE", Required = true };
        var command = new Command("train", "Finds a setting of the controller dalgu by evolution in the own simulator") { scenarios, check, checkSeeds, figures, start, generations, candidates, step, runs, minutes, seed, profile, parallel, into };
        command.SetAction((result, cancel) => Task.FromResult(SignalsCommand.Guarded(() =>
        {
            var parameters = Figures(result.GetValue(figures));
            var asked = new Asked(result.GetValue(generations), result.GetValue(candidates) ?? 4 + (int)(3 * Math.Log(parameters.Count)), result.GetValue(step), result.GetValue(runs), result.GetValue(minutes), result.GetValue(seed), result.GetValue(profile)!, result.GetValue(parallel));
            asked.Refuse();
            var numbers = SignalsStudyCommand.Seeds(result.GetValue(checkSeeds)!);
            if (numbers.Any(n => n >= FirstTrainingSeed)) throw new CommandFailure(ExitCode.Usage, $"--check-seeds are below {FirstTrainingSeed}; those from there on are drawn by training.");
            var from = Read(result.GetValue(start));
            var training = Scenarios(result.GetValue(scenarios)!, asked.Minutes);
            var checking = Scenarios(result.GetValue(check) ?? [], null);
            var file = result.GetValue(into)!;
            var (setting, generationsDone) = Train(asked, parameters, from, training, file + ".state", cancel);
            var checkedOn = Check(asked, checking, numbers, from, setting, cancel);
            var source = new SettingSource(Canonical(asked, parameters, from, training, checking, result.GetValue(checkSeeds)!), [.. training.Select(s => new TrainedOn(s.Name, s.Hash()))], generationsDone, checkedOn.Rows,
                checkedOn.All?.Mean, checkedOn.All?.Low, checkedOn.All?.High);
            SettingTrainer.Write(file, SettingFile.Text(setting, source));
            System.Console.WriteLine(DalguParameter.Differences(setting) is { Length: > 0 } found ? found : "The setting is the built-in one.");
            System.Console.WriteLine(Path.GetFullPath(file));
            return ExitCode.Done;
        })));
        return command;
    }

    /// <summary>What the command line asks of a training.</summary>
    private sealed record Asked(int Generations, int Candidates, double Step, int Runs, double? Minutes, int Seed, string Profile, int Parallel)
    {
        public void Refuse()
        {
            var wrong = Generations < 1 ? $"--generations {Generations} is not above 0." : Candidates < 4 ? $"--candidates {Candidates} is not at least 4." : Runs < 1 ? $"--runs {Runs} is not above 0." : Parallel < 1 ? $"--parallel {Parallel} is not above 0."
                : Step is not (> 0 and <= 0.5) ? string.Create(CultureInfo.InvariantCulture, $"--step {Step} is not above 0 and at most 0.5.") : Minutes is not null and not (> 0 and < 1440) ? string.Create(CultureInfo.InvariantCulture, $"--minutes {Minutes} is not above 0 and below a day.") : null;
            if (wrong is not null) throw new CommandFailure(ExitCode.Usage, wrong);
        }
    }

    private static (DalguOptions Setting, IReadOnlyList<GenerationFigures> Generations) Train(Asked asked, IReadOnlyList<DalguParameter> parameters, DalguOptions from, IReadOnlyList<Scenario> training, string stateFile, CancellationToken cancel)
    {
        var (runs, generation) = (0, "");
        void Progress() => System.Console.Error.Write(string.Create(CultureInfo.InvariantCulture, $"\r{generation}{Interlocked.Increment(ref runs)} runs "));
        var objective = new SimulatedObjective(training, from, asked.Seed, asked.Runs, asked.Parallel, (scenario, setting, seed, token) => TrainingRun.Drive(scenario, setting, asked.Profile, seed, token), Progress);
        var key = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture,
            $"{string.Join(' ', training.Select(s => s.Name + s.Hash()))} {string.Join(' ', parameters)} {DalguParameter.Differences(from)} {asked.Candidates} {asked.Step} {asked.Runs} {asked.Seed} {asked.Profile}"))).AsSpan(0, 8));
        return new SettingTrainer(new TrainOptions(parameters, from, asked.Generations, asked.Candidates, asked.Step, asked.Seed, stateFile, key), objective).Train(g =>
        {
            System.Console.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"\rgeneration {g.Generation} of {asked.Generations}: best {Math.Exp(g.Best) - 1:+0.0 %;-0.0 %} of delay, parents {Math.Exp(g.ParentsMean) - 1:+0.0 %;-0.0 %}, step {g.Step:0.000}, {g.GivenUp} given up, {runs} runs"));
        }, cancel);
    }

    private static (IReadOnlyList<CheckFigures> Rows, (double Mean, double Low, double High)? All) Check(Asked asked, IReadOnlyList<Scenario> checking, int[] seeds, DalguOptions from, DalguOptions setting, CancellationToken cancel)
    {
        if (checking.Count == 0) return ([], null);
        var (rows, all) = SettingCheck.Compare(checking, seeds, from, setting, asked.Parallel, (scenario, options, seed, token) => TrainingRun.Drive(scenario, options, asked.Profile, seed, token),
            (done, of) => System.Console.Error.Write($"\rchecked {done} of {of} runs {(done == of ? "\n" : "")}"), cancel);
        foreach (var r in rows)
            System.Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{r.Scenario}: delay {r.StartDelayS:0.0} -> {r.TrainedDelayS:0.0} s, {r.Change:+0.0 %;-0.0 %} ({r.Low:+0.0 %;-0.0 %} to {r.High:+0.0 %;-0.0 %}), locks {r.StartLocks} -> {r.TrainedLocks} of {r.Seeds}, decisions replaced {r.StartOverrides} -> {r.TrainedOverrides}"));
        System.Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"all {rows.Count} scenarios: {all.Mean:+0.0 %;-0.0 %} of delay, 95 % interval {all.Low:+0.0 %;-0.0 %} to {all.High:+0.0 %;-0.0 %}"));
        return (rows, all);
    }

    private static IReadOnlyList<DalguParameter> Figures(string? names)
    {
        if (names is null) return DalguParameter.All;
        var found = new List<DalguParameter>();
        foreach (var name in names.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Distinct())
            found.Add(DalguParameter.Find(name) ?? throw new CommandFailure(ExitCode.Usage, $"\"{name}\" is no figure of the controller dalgu; these are: {string.Join(", ", DalguParameter.All.Select(p => p.Name))}."));
        return found.Count > 0 ? found : throw new CommandFailure(ExitCode.Usage, "--figures names none.");
    }

    private static IReadOnlyList<Scenario> Scenarios(string[] folders, double? minutes)
    {
        var found = folders.SelectMany(f => Scenario.ReadFolder(f)).ToArray();
        if (found.GroupBy(s => s.Name).FirstOrDefault(g => g.Count() > 1) is { } twice) throw new CommandFailure(ExitCode.Usage, $"The scenario {twice.Key} is there twice.");
        return minutes is not { } m ? found : Array.ConvertAll(found, s => s.End - s.Begin <= m * 60 ? s : s.During(s.Begin, s.Begin + m * 60));
    }

    /// <summary>The command that makes the file again: scenarios by name, wherever they lie.</summary>
    private static string Canonical(Asked asked, IReadOnlyList<DalguParameter> parameters, DalguOptions from, IReadOnlyList<Scenario> training, IReadOnlyList<Scenario> checking, string checkSeeds)
    {
        var text = new StringBuilder("dalgu signals train --scenarios ").AppendJoin(' ', training.Select(s => s.Name));
        if (checking.Count > 0) text.Append(" --check ").AppendJoin(' ', checking.Select(s => s.Name)).Append(" --check-seeds ").Append(checkSeeds);
        if (parameters.Count < DalguParameter.All.Count) text.Append(" --figures ").AppendJoin(',', parameters.Select(p => p.Name));
        if (DalguParameter.Differences(from) is { Length: > 0 } start) text.Append(" --setting (").Append(start).Append(')');
        text.Append(CultureInfo.InvariantCulture, $" --generations {asked.Generations} --candidates {asked.Candidates} --step {asked.Step} --runs {asked.Runs}");
        if (asked.Minutes is { } minutes) text.Append(CultureInfo.InvariantCulture, $" --minutes {minutes}");
        return text.Append(CultureInfo.InvariantCulture, $" --seed {asked.Seed} --profile {asked.Profile}").ToString();
    }
}
