using System.Text.Json;
using System.Text.Json.Serialization;
using Dalgu.Signals.Control;

namespace Dalgu.Signals.Training;

/// <summary>What candidates of a generation are worth.</summary>
internal interface ISettingObjective
{
    /// <summary>A judgement of each candidate, all under the same conditions, which the generation's number alone decides.</summary>
    /// <param name="candidates">Settings.</param>
    /// <param name="parents">How many of them will shape the next generation: who cannot be among them need not be judged to the end.</param>
    /// <param name="generation">The number of the generation, from 0.</param>
    /// <param name="cancel">Ends it.</param>
    Judgement[] Judge(IReadOnlyList<DalguOptions> candidates, int parents, int generation, CancellationToken cancel);
}

/// <summary>What a candidate is worth: the less the better, and for how many scenarios it was looked at before it was given up or done.</summary>
internal readonly record struct Judgement(double Score, int Scenarios);

/// <summary>What a training is of.</summary>
/// <param name="Parameters">The figures that it moves.</param>
/// <param name="Start">The setting that it begins with.</param>
/// <param name="Generations">How many generations it has.</param>
/// <param name="Candidates">How many candidates each of them has.</param>
/// <param name="Step">How far the first ones scatter, as a share of the way between the bounds.</param>
/// <param name="Seed">The seed of all that is drawn.</param>
/// <param name="StateFile">Where it notes after each generation how far it is.</param>
/// <param name="Key">What makes it this training and no other: whoever resumes must have the same.</param>
internal sealed record TrainOptions(IReadOnlyList<DalguParameter> Parameters, DalguOptions Start, int Generations, int Candidates, double Step, int Seed, string StateFile, string Key);

/// <summary>One generation as it was: its best score, the mean of its parents' scores, the step after it, and how many candidates were given up early.</summary>
internal sealed record GenerationFigures(int Generation, double Best, double ParentsMean, double Step, int GivenUp);

/// <summary>What a training notes after each generation.</summary>
internal sealed record TrainingState(string Key, EvolutionState Evolution, IReadOnlyList<GenerationFigures> Generations);

/// <summary>Finds a setting of the controller <c>dalgu</c> by evolution. The same options give the same setting, stopped and resumed or not.</summary>
/// <param name="options">What it is of.</param>
/// <param name="objective">What candidates are worth.</param>
internal sealed class SettingTrainer(TrainOptions options, ISettingObjective objective)
{
    private readonly EvolutionStrategy strategy = new(options.Parameters.Count, options.Candidates);

    /// <summary>Goes on where the state file says, else from the start. The setting found is the middle of the last generation: its best candidate owes part of its score to luck.</summary>
    /// <param name="progress">Told each generation that is done.</param>
    /// <param name="cancel">Ends it; what is noted by then is kept.</param>
    public (DalguOptions Setting, IReadOnlyList<GenerationFigures> Generations) Train(Action<GenerationFigures> progress, CancellationToken cancel)
    {
        var state = Noted() ?? new TrainingState(options.Key, EvolutionState.Begin([.. options.Parameters.Select(p => p.Place(options.Start))], options.Step), []);
        while (state.Evolution.Generation < options.Generations)
        {
            state = Advance(state, cancel);
            Write(options.StateFile, JsonSerializer.Serialize(state, TrainingJson.Default.TrainingState));
            progress(state.Generations[^1]);
        }
        return (Setting(state.Evolution.Mean), state.Generations);
    }

    private TrainingState Advance(TrainingState state, CancellationToken cancel)
    {
        var generation = state.Evolution.Generation;
        var places = strategy.Sample(state.Evolution, new Random(DrawSeed(options.Seed, generation)));
        var judged = objective.Judge(Array.ConvertAll(places, Setting), strategy.Parents, generation, cancel);
        var order = Enumerable.Range(0, places.Length).OrderByDescending(i => judged[i].Scenarios).ThenBy(i => judged[i].Score).ThenBy(i => i).ToArray();
        var evolution = strategy.Next(state.Evolution, Array.ConvertAll(order, i => places[i]));
        var most = judged[order[0]].Scenarios;
        var figures = new GenerationFigures(generation + 1, judged[order[0]].Score, order.Take(strategy.Parents).Average(i => judged[i].Score), evolution.Step, judged.Count(j => j.Scenarios < most));
        return state with { Evolution = evolution, Generations = [.. state.Generations, figures] };
    }

    /// <summary>A seed for what is drawn in one generation, so that nothing of a generator has to be kept between them.</summary>
    internal static int DrawSeed(int seed, int generation) => unchecked(seed * 1_000_003 + generation);

    /// <summary>Writes a file whole or not at all.</summary>
    internal static void Write(string file, string text)
    {
        File.WriteAllText(file + ".part", text);
        File.Move(file + ".part", file, overwrite: true);
    }

    private DalguOptions Setting(double[] places)
    {
        var setting = options.Start;
        for (var i = 0; i < places.Length; i++) setting = options.Parameters[i].At(setting, places[i]);
        return setting;
    }

    private TrainingState? Noted()
    {
        if (!File.Exists(options.StateFile)) return null;
        TrainingState? state;
        try
        {
            state = JsonSerializer.Deserialize(File.ReadAllText(options.StateFile), TrainingJson.Default.TrainingState);
        }
        catch (JsonException e)
        {
            throw new Problem(ProblemKind.BadRequestData, $"{options.StateFile} is no state of a training ({e.Message}); delete it, or give another --out.");
        }
        if (state?.Key != options.Key) throw new Problem(ProblemKind.BadRequestData, $"{options.StateFile} is the state of another training: other scenarios, figures, seed or start. Delete it, or give another --out.");
        if (state.Evolution.Generation > options.Generations) throw new Problem(ProblemKind.BadRequestData, $"{options.StateFile} has {state.Evolution.Generation} generations, more than --generations {options.Generations}. Delete it, or give another --out.");
        return state;
    }
}

/// <summary>How the state of a training is written.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(TrainingState))]
[JsonSerializable(typeof(SettingDocument))]
internal sealed partial class TrainingJson : JsonSerializerContext;
