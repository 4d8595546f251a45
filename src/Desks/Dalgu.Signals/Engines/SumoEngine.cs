using System.Globalization;
using System.Text;
using Dalgu.Signals.Measures;
using Dalgu.Signals.Streets;
using Dalgu.Signals.Sumo;

namespace Dalgu.Signals.Engines;

/// <summary>What a run in SUMO is given.</summary>
/// <param name="Net">The network file.</param>
/// <param name="Routes">The demand file.</param>
/// <param name="Begin">First second.</param>
/// <param name="End">The second at which the run ends.</param>
/// <param name="Seed">SUMO's seed.</param>
/// <param name="TripInfo">Where SUMO's own trip output goes; a temporary file where null.</param>
/// <param name="Additional">Additional files of SUMO, or none.</param>
/// <param name="Emissions">False leaves CO2 and NOx out, which is faster.</param>
/// <param name="DrawnFlows">Flows whose departures SUMO draws; null where there are none.</param>
internal sealed record SumoRun(string Net, string Routes, double Begin, double End, int Seed, string? TripInfo = null, string? Additional = null, bool Emissions = true, IReadOnlySet<string>? DrawnFlows = null);

/// <summary>SUMO behind TraCI, one message a step: the states that changed, subscriptions for vehicles that entered in the last step, and the step.</summary>
internal sealed class SumoEngine : ITrafficEngine
{
    private readonly SumoRun run;
    private readonly SumoProcess sumo;
    private readonly TraciWriter writer = new();
    private readonly Dictionary<string, int> slots = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> slotOf, laneOf;
    private readonly List<string> entered = [];
    private readonly List<(int Signal, string State)> changes = [];
    private readonly string[] shown;
    private readonly string tripInfo;
    private int departed, arrived;

    public SumoEngine(StreetMap map, SumoRun run)
    {
        Map = map;
        this.run = run;
        Traffic = new Vehicles(map);
        Time = run.Begin;
        shown = new string[map.Signals.Length];
        slotOf = slots.GetAlternateLookup<ReadOnlySpan<char>>();
        laneOf = map.LaneNumbers.GetAlternateLookup<ReadOnlySpan<char>>();
        tripInfo = run.TripInfo ?? Path.Combine(Path.GetTempPath(), $"dalgu-trips-{Guid.NewGuid():n}.xml");
        List<string> options = ["-n", run.Net, "-r", run.Routes, "-b", Text(run.Begin), "-e", Text(run.End), "--seed", Text(run.Seed), "--time-to-teleport", "-1",
            "--tripinfo-output", tripInfo, "--tripinfo-output.write-unfinished", "true"];
        if (run.Emissions) options.AddRange(["--device.emissions.probability", "1"]);
        if (run.Additional is { } more) options.AddRange(["-a", more]);
        sumo = SumoProcess.Start(options);
        if (run.DrawnFlows is { Count: > 0 }) writer.Subscribe(Traci.SubscribeSimulation, "", Traci.Loaded, Traci.Departed, Traci.Arrived);
        else writer.Subscribe(Traci.SubscribeSimulation, "", Traci.Departed, Traci.Arrived);
        var reader = new TraciReader(sumo.Ask(writer));
        reader.Status();
        Read(ref reader);
    }

    public double Time { get; private set; }
    public StreetMap Map { get; }
    public Vehicles Traffic { get; }
    public (int Departed, int Arrived) Counts => (departed, arrived);

    /// <summary>When SUMO meant to let each vehicle go of the flows whose departures it draws: known as it loads them, also of those that never enter.</summary>
    public Dictionary<string, double> Drawn { get; } = new(StringComparer.Ordinal);

    public void Show(int signal, string state)
    {
        if (shown[signal] == state) return;
        shown[signal] = state;
        changes.Add((signal, state));
    }

    public void Step()
    {
        writer.Clear();
        foreach (var (signal, state) in changes)
        {
            writer.Begin(Traci.SetSignal);
            writer.Byte(Traci.State);
            writer.String(Map.Signals[signal].Id);
            writer.Byte(Traci.TypeString);
            writer.String(state);
            writer.End();
        }
        foreach (var id in entered)
        {
            writer.Get(Traci.GetVehicle, Traci.Edges, id);
            writer.Get(Traci.GetVehicle, Traci.Length, id);
            writer.Subscribe(Traci.SubscribeVehicle, id, Traci.LaneId, Traci.LanePosition, Traci.Speed);
        }
        writer.Begin(Traci.SimulationStep);
        writer.Double(0);
        writer.End();
        var reader = new TraciReader(sumo.Ask(writer));
        for (var i = 0; i < changes.Count; i++) reader.Status();
        changes.Clear();
        foreach (var id in entered)
        {
            var route = GetHead(ref reader).Strings();
            var length = GetHead(ref reader).Double();
            slots[id] = Traffic.Enter(Array.ConvertAll(route, e => Map.EdgeNumbers.GetValueOrDefault(e, -1)), length);
            reader.Status();
            Read(ref reader);
        }
        entered.Clear();
        reader.Status();
        for (var results = reader.Int32(); results > 0; results--) Read(ref reader);
        Time++;
    }

    public IReadOnlyList<Trip> Finish()
    {
        sumo.Close();
        try
        {
            return TripInfoReader.Read(tripInfo);
        }
        finally
        {
            if (run.TripInfo is null) File.Delete(tripInfo);
        }
    }

    public void Dispose()
    {
        sumo.Dispose();
        if (run.TripInfo is null && File.Exists(tripInfo)) File.Delete(tripInfo);
    }

    /// <summary>Passes over a get's status and head to its value.</summary>
    private static ref TraciReader GetHead(ref TraciReader reader)
    {
        reader.Status();
        reader.Command();
        reader.Byte();
        reader.Utf8();
        reader.Byte();
        return ref reader;
    }

    /// <summary>One subscription's values.</summary>
    private void Read(ref TraciReader reader)
    {
        Span<char> text = stackalloc char[256];
        var kind = reader.Command();
        var id = reader.Utf8();
        var vehicle = -1;
        if (kind == Traci.VehicleResult)
        {
            var chars = Encoding.UTF8.GetChars(id, text);
            if (!slotOf.TryGetValue(text[..chars], out vehicle)) vehicle = -1;
        }
        int lane = -1;
        double position = 0, speed = 0;
        for (var variables = reader.Byte(); variables > 0; variables--)
        {
            var variable = reader.Byte();
            if (reader.Byte() != 0) throw new Problem(ProblemKind.InternalError, $"SUMO refuses the subscription to variable 0x{variable:x2}: {reader.String()}");
            reader.Byte();
            switch (kind, variable)
            {
                case (Traci.VehicleResult, Traci.LaneId):
                    var chars = Encoding.UTF8.GetChars(reader.Utf8(), text);
                    if (!laneOf.TryGetValue(text[..chars], out lane)) lane = -1;
                    break;
                case (Traci.VehicleResult, Traci.LanePosition):
                    position = reader.Double();
                    break;
                case (Traci.VehicleResult, Traci.Speed):
                    speed = reader.Double();
                    break;
                case (Traci.SimulationResult, Traci.Loaded):
                    foreach (var name in reader.Strings())
                        if (name.LastIndexOf('.') is > 0 and var dot && run.DrawnFlows!.Contains(name[..dot])) Drawn.TryAdd(name, Time);
                    break;
                case (Traci.SimulationResult, Traci.Departed):
                    foreach (var name in reader.Strings())
                    {
                        entered.Add(name);
                        departed++;
                    }
                    break;
                case (Traci.SimulationResult, Traci.Arrived):
                    foreach (var name in reader.Strings())
                    {
                        arrived++;
                        if (slots.Remove(name, out var slot)) Traffic.Leave(slot);
                        else entered.Remove(name);
                    }
                    break;
            }
        }
        if (vehicle >= 0 && lane >= 0) Traffic.Move(vehicle, lane, position, speed);
    }

    private static string Text(double value) => value.ToString(CultureInfo.InvariantCulture);
}
