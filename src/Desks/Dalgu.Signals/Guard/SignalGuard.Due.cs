namespace Dalgu.Signals.Guard;

/// <summary>Whether everybody who waits can still be served before the longest red, and whom to serve when not a second may be lost.</summary>
/// <remarks>The guard can always fall back to a round: the phases of <see cref="SignalLimits.Cover"/>, each for its shortest green. It admits only what leaves enough time for that,
/// whoever is called later: each index that is red has a due time, those not called one as if they were called in the next second; the phases are put in order of due time, which
/// serves all in time if any order does (earliest due date: Jackson, Scheduling a production line to minimize maximum tardiness, 1955). One step of the round keeps the promise:
/// the times that are left shrink with the ages that grow, and who has just lost green comes last, a whole round later at most, which is shorter than the longest red.
/// In a fixed order the round is the program's, and with two rings one that may be shown whoever is called: to the last phase of each side and over the barrier to the first of the other.</remarks>
internal sealed partial class SignalGuard
{
    private bool InTimeAfter(int s, int phase, int next, bool[]? called)
    {
        var clearance = Limits[s].Clearance[phase, next];
        return InTime(s, next, clearance - 1, clearance - 1 + Limits[s].MinGreen[next], called);
    }

    /// <summary>Whether all can be served in time if, counted from the end of the coming second, a phase is green within some seconds and may end after some.</summary>
    private bool InTime(int s, int phase, int greenIn, int freeIn, bool[]? called)
    {
        var limits = Limits[s];
        var state = map.Signals[s].Phases[phase];
        Span<int> due = stackalloc int[limits.MinGreen.Length]; // by phase, in how many seconds it must be green
        due.Fill(limits.MaxRed);
        for (var i = 0; i < state.Length; i++)
        {
            if (limits.Served[i].Length == 0) continue;
            var left = limits.MaxRed - (red[s][i] > 0 || called is null || called[i] ? red[s][i] + 1 : 0);
            if (state[i] is not ('G' or 'g')) due[limits.Home[phase][i]] = Math.Min(due[limits.Home[phase][i]], left);
            else if (greenIn > left) return false;
        }
        var change = Profile.Yellow + Profile.AllRed;
        var time = freeIn;
        foreach (var p in limits.Rounds is { } rounds ? rounds[phase] : EarliestFirst(limits, phase, due, stackalloc int[due.Length]))
        {
            time += change;
            if (time > due[p]) return false;
            time += limits.MinGreen[p];
        }
        return true;
    }

    /// <summary>The other phases of a round whose order is free, by the second in which each must be over.</summary>
    private static ReadOnlySpan<int> EarliestFirst(SignalLimits limits, int phase, ReadOnlySpan<int> due, Span<int> sequence)
    {
        var n = 0;
        foreach (var p in limits.Cover)
        {
            if (p == phase) continue;
            var at = n++;
            for (; at > 0 && due[p] + limits.MinGreen[p] < due[sequence[at - 1]] + limits.MinGreen[sequence[at - 1]]; at--) sequence[at] = sequence[at - 1];
            sequence[at] = p;
        }
        return sequence[..n];
    }

    /// <summary>The phase to serve when what is wanted would let somebody wait too long: of those that may follow and let nobody, the one that serves most of the waiting.</summary>
    private int Due(int s, int phase, bool[]? called)
    {
        var limits = Limits[s];
        var (best, most) = (limits.Rounds?[phase][0] ?? phase, -1);
        for (var p = 0; p < limits.MinGreen.Length; p++)
        {
            if (p == phase || InOrder(s, p, called) != p || !InTimeAfter(s, phase, p, called)) continue;
            var sum = 0;
            for (var i = 0; i < red[s].Length; i++)
                if (map.Signals[s].Phases[p][i] is 'G' or 'g') sum += red[s][i];
            if (sum > most) (most, best) = (sum, p);
        }
        return best;
    }
}
