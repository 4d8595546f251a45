using Dalgu.Signals.Engines;

namespace Dalgu.Signals.Control;

/// <summary>Detectors that have failed: how they are recognised, and what stands in for them.</summary>
/// <remarks>Who crosses the junction is seen there in any case. A vehicle that crosses from a lane on which it was not seen tells that the lane is blind; so does a signal of
/// presence that outlasts a green. From then on the lane's queue is guessed: it grows at the rate at which vehicles have crossed, shrinks by each that crosses, and is over
/// when nobody crosses during green.</remarks>
internal sealed partial class DalguController
{
    private const int Misses = 3; // vehicles out of nowhere before a lane is taken as blind
    private const int ConstantGreen = 20; // seconds of green in which a presence should have ended
    private const int GreenWithout = 4; // seconds of green without anybody, after which the queue is over
    private const int MostDoublings = 5; // of the wait before the next probe of a lane on which nobody was ever seen
    private const double MostGuessed = 12;
    private const double AtLeast = 3; // vehicles that are left where the last one crossed as green ended
    private int seconds; // since the controller began

    /// <summary>How many approach lanes are taken to be without a working detector.</summary>
    public int Degraded { get; private set; }

    /// <summary>A vehicle that was seen on its way to a lane which cannot be seen drives on and waits there until it crosses.</summary>
    private void Reckon(int v)
    {
        var (model, link) = (models[map.Links[seen[v] - 1].Signal], linkOf[seen[v] - 1]);
        lastEta[v]--;
        model.Add(model.LaneOfLink[link], link, Math.Max(0, lastEta[v]), lastEta[v] <= 0, v);
    }

    private void Crossed(JunctionModel model, int link, int v)
    {
        var lane = map.Links[model.Links[link]].From;
        var l = model.LaneOfLink[link];
        if (map.Lanes[lastLane[v]].Path == model.Links[link]) return; // counted already
        var detector = model.Detectors[l];
        detector.SinceCross = 0;
        detector.LastLink = link;
        var expected = seen[v] == model.Links[link] + 1;
        if (!expected) detector.Unannounced++;
        if (detector.Failed && !expected)
        {
            detector.Guessed = Math.Max(0, detector.Guessed - 1);
            model.Rate[link] += 1 / options.RateTime;
        }
        model.Probes[link] = 0;
        if (lastLane[v] == lane)
        {
            detector.Seen = true;
            detector.Missed = 0;
            if (detector.Failed && detector.Constant == 0) Regain(model, l);
        }
        // A short lane may be driven through between two looks.
        else if ((!expected || map.Lanes[lane].Length > 2 * map.Lanes[lane].Speed) && ++detector.Missed >= Misses) Lose(model, l, "vehicles cross from it unseen");
    }

    private void Lose(JunctionModel model, int l, string why)
    {
        var detector = model.Detectors[l];
        if (detector.Failed) return;
        detector.Failed = true;
        Degraded++;
        model.Rate[detector.LastLink] = Math.Max(model.Rate[detector.LastLink], (double)detector.Unannounced / Math.Max(seconds, 60));
        explain?.WriteLine($"{model.Signal.Id}: the detector of {map.Lanes[model.Lanes[l]].Id} is taken to have failed: {why}; its queue is guessed");
    }

    private void Regain(JunctionModel model, int l)
    {
        model.Detectors[l].Failed = false;
        Degraded--;
        explain?.WriteLine($"{model.Signal.Id}: the detector of {map.Lanes[model.Lanes[l]].Id} works again");
    }

    /// <summary>What stands in for the lanes that cannot be seen.</summary>
    private void Guess(Observation now)
    {
        seconds++;
        for (var s = 0; s < models.Length; s++)
        {
            var model = models[s];
            var rights = model.Rights[now.Signals[s].Phase];
            var clearing = now.Signals[s].Clearing;
            for (var l = 0; l < model.Lanes.Length; l++)
            {
                var detector = model.Detectors[l];
                detector.SinceCross++;
                var presence = now.Faults?.Stuck[model.Lanes[l]] == true;
                if (!presence && !detector.Failed) continue;
                var (green, rate) = (false, 0.0);
                for (var k = 0; k < model.Links.Length; k++)
                {
                    if (model.LaneOfLink[k] != l) continue;
                    green |= !clearing && rights[k] == Right.Protected;
                    if (!model.Fed[k]) rate += model.Rate[k];
                }
                if (presence && !detector.Failed)
                {
                    if (model.Count[l] == 0) model.Add(l, Array.IndexOf(model.LaneOfLink, l), 0, true);
                    if (green && ++detector.Constant >= ConstantGreen) Lose(model, l, "its presence does not end during green");
                    continue;
                }
                if (clearing && detector.SinceCross == GreenWithout && rate > 0) detector.Guessed = Math.Max(AtLeast, detector.Guessed);
                detector.Guessed = green && detector.SinceCross > GreenWithout && now.Signals[s].Green > GreenWithout ? 0 : Math.Min(MostGuessed, detector.Guessed + rate);
                for (var i = 0; i < (int)(detector.Guessed + 0.5); i++) model.Add(l, detector.LastLink, i * 0.1, true);
            }
        }
    }

    /// <summary>A phase for a lane without a working detector that has been red for long, or for one on which nobody was ever seen: perhaps its detector is dead, and each time in vain doubles the wait. -1 where there is none.</summary>
    private int Probe(JunctionModel model, int phase)
    {
        for (var k = 0; k < model.Links.Length; k++)
        {
            var l = model.LaneOfLink[k];
            var detector = model.Detectors[l];
            if (!detector.Failed && (detector.Seen || model.Count[l] > 0)) continue;
            if (model.Red[k] <= (detector.Failed ? options.MaxRed : options.MaxRed << Math.Min(model.Probes[k] + 1, MostDoublings))) continue;
            for (var p = 0; p < model.Rights.Length; p++)
            {
                if (p == phase || model.Rights[p][k] != Right.Protected) continue;
                CountProbe(model, k, p);
                return p;
            }
        }
        return -1;
    }

    /// <summary>A phase tries all the lanes that it serves, and counts so where the signal stands alone; on grid4x4 the same lost 2 %.</summary>
    private static void CountProbe(JunctionModel model, int link, int phase)
    {
        for (var k = 0; k < model.Links.Length; k++)
            if (k == link || model.Around.AreEmpty && model.Rights[phase][k] == Right.Protected) model.Probes[k]++;
    }
}
