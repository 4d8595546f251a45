using System.Globalization;
using System.Text;
using Dalgu.Signals.Runs;

namespace Dalgu.Signals.Study;

/// <summary>A controller against the first of a study on one scenario, seed by seed: the mean of the differences, its 95 % bootstrap interval, and the seed in which it did worst.</summary>
/// <param name="Scenario">The scenario.</param>
/// <param name="Controller">The controller.</param>
/// <param name="Against">The first controller of the study.</param>
/// <param name="Seeds">How many pairs there are.</param>
/// <param name="Speed">The change of speed with backlog as a share, with its interval.</param>
/// <param name="Delay">The change of delay in seconds, with its interval.</param>
/// <param name="WorstSpeed">The smallest change of speed, and its seed.</param>
internal sealed record PairedDifference(string Scenario, string Controller, string Against, int Seeds, (double Mean, double Low, double High) Speed, (double Mean, double Low, double High) Delay, (double Share, int Seed) WorstSpeed)
{
    /// <summary>One for each scenario and each controller after the first.</summary>
    public static IReadOnlyList<PairedDifference> Of(StudyOptions options, IReadOnlyList<RunResult> results)
    {
        var found = new List<PairedDifference>();
        var first = options.Controllers[0];
        foreach (var scenario in options.Scenarios)
            foreach (var controller in options.Controllers.Skip(1))
            {
                var pairs = (from a in results where a.Scenario == scenario.Name && a.Controller == first from b in results where b.Scenario == scenario.Name && b.Controller == controller && b.Seed == a.Seed select (a, b)).ToArray();
                if (pairs.Length == 0) continue;
                var gains = pairs.Select(p => (Share: p.b.SpeedInclBacklogMs / p.a.SpeedInclBacklogMs - 1, p.a.Seed)).ToArray();
                found.Add(new(scenario.Name, controller, first, pairs.Length, Bootstrap.Mean([.. gains.Select(g => g.Share)]), Bootstrap.Mean([.. pairs.Select(p => p.b.RescoDelayS - p.a.RescoDelayS)]), gains.MinBy(g => g.Share)));
            }
        return found;
    }

    public static string Csv(IEnumerable<PairedDifference> differences)
    {
        var text = new StringBuilder("scenario,controller,against,seeds,speed_change_share,speed_low,speed_high,worst_speed_change_share,worst_seed,delay_change_s,delay_low_s,delay_high_s\n");
        foreach (var d in differences)
            text.Append(CultureInfo.InvariantCulture, $"{d.Scenario},{d.Controller},{d.Against},{d.Seeds},{d.Speed.Mean:0.0000},{d.Speed.Low:0.0000},{d.Speed.High:0.0000},{d.WorstSpeed.Share:0.0000},{d.WorstSpeed.Seed},{d.Delay.Mean:0.000},{d.Delay.Low:0.000},{d.Delay.High:0.000}\n");
        return text.ToString();
    }
}
