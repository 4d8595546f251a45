using Dalgu.Signals.Streets;

namespace Dalgu.Signals.Measures;

/// <summary>One direction of a corridor in a run. Travel time, time lost, stops and waiting are what a vehicle that drives all of it has on average; the rest sums up its signals.</summary>
internal sealed record CorridorResult(string Corridor, string From, string To, double LengthM, double TravelS, double SpeedMs, double TimeLossS, double Stops, double WaitS, int ThroughputVeh,
    double ControlDelayS, string LosKorea, string LosHcm, int Queue95Veh, double ArrivalsOnGreen, int SplitFailures, double Co2Kg, double NoxKg, bool Gridlock)
{
    private const double MilligramsInKilogram = 1e6;

    /// <summary>The measures of a corridor's directions.</summary>
    public static IEnumerable<CorridorResult> Of(Corridor corridor, StreetMap map, TrafficWatch watch)
    {
        foreach (var way in corridor.Ways)
        {
            double metres = 0, travel = 0, lost = 0, stops = 0, wait = 0;
            var all = new EdgeTotals();
            foreach (var edge in way.Edges)
            {
                var sums = watch.Edges[edge];
                var length = map.Lanes[map.LanesOfEdge[edge][0]].Length;
                metres += length;
                all.Add(sums);
                if (sums.Entered == 0 || sums.Metres <= 0)
                {
                    travel += length / map.Lanes[map.LanesOfEdge[edge][0]].Speed; // nobody was there
                    continue;
                }
                travel += length * sums.Seconds / sums.Metres;
                lost += length * sums.Lost / sums.Metres;
                stops += (double)sums.Stops / sums.Entered;
                wait += length * sums.Waiting / sums.Metres;
            }
            var links = new LinkTotals();
            // Lanes beside each other lead on as well: all links of the way's approaches that go where the way goes.
            var approached = way.Links.SelectMany(l => map.LanesOfEdge[map.Links[l].FromEdge].SelectMany(lane => map.Lanes[lane].Out).Where(o => map.Links[o].ToEdge == map.Links[l].ToEdge)).Distinct().ToArray();
            foreach (var link in approached) links.Add(watch.Links[link]);
            var throughput = way.Links.Select(l => approached.Where(a => map.Links[a].FromEdge == map.Links[l].FromEdge).Sum(a => watch.Links[a].Served)).DefaultIfEmpty(0).Min();
            yield return new(corridor.Name, map.Signals[way.Signals[0]].Id, map.Signals[way.Signals[^1]].Id, Math.Round(metres, 1), Math.Round(travel, 1), Math.Round(metres / Math.Max(travel, 1e-9), 2), Math.Round(lost, 1),
                Math.Round(stops, 2), Math.Round(wait, 1), throughput, Math.Round(links.ControlDelay, 2), LevelOfService.Korean(links.ControlDelay), LevelOfService.Hcm(links.ControlDelay), watch.Queue95(approached),
                Math.Round(links.ShareOnGreen, 3), links.SplitFailures, Math.Round(all.Co2 / MilligramsInKilogram, 3), Math.Round(all.Nox / MilligramsInKilogram, 5), way.Signals.Any(watch.IsBlocked));
        }
    }
}
