using System.Globalization;
using System.Text.Json;
using Dalgu.Signals.Logs;
using Dalgu.Testing;
using Xunit;

namespace Dalgu.Signals.Tests;

/// <summary>Measures of controllers' logs against inputs and outputs of Utah DOT's ATSPM (shared/data/traffic/atspm-udot).</summary>
public class ControllerLogTest
{
    private static readonly TimeSpan Quarter = TimeSpan.FromMinutes(15);

    private static string Referee(string name) => SharedData.PathOrSkip("data", "traffic", "atspm-udot", name);

    private static JsonElement Json(string name) => JsonDocument.Parse(File.ReadAllText(Referee(name))).RootElement;

    private static IEnumerable<JsonElement> Rows(JsonElement list) => (list.ValueKind == JsonValueKind.Object ? list.GetProperty("$values") : list).EnumerateArray();

    private static DateTime Time(JsonElement row, string name = "Timestamp") => DateTime.Parse(row.GetProperty(name).GetString()!, CultureInfo.InvariantCulture);

    private static LogEvent Event(JsonElement row) => new(row.GetProperty("locationIdentifier").GetString()!, Time(row), row.GetProperty("EventCode").GetInt32(), row.GetProperty("EventParam").GetInt32());

    private static LogDetector AdvanceDetector(JsonElement approach, int channel)
    {
        var d = Rows(approach.GetProperty("Detectors")).First(d => d.GetProperty("DetectorChannel").GetInt32() == channel);
        var phase = approach.GetProperty("ProtectedPhaseNumber").GetInt32();
        return new("7115", channel, phase, DetectorUse.Count, LogDetector.ShiftOfFeet(d.GetProperty("DistanceFromStopBar").GetDouble(), approach.GetProperty("Mph").GetDouble(), d.GetProperty("LatencyCorrection").GetDouble()));
    }

    [Fact]
    public void Red_to_red_cycles_are_those_of_the_referee()
    {
        var json = Json("CreateRedToRedCyclesTestData1.json");
        var cycles = new PhaseCycles();
        var found = new List<RedToRedCycle>();
        foreach (var row in Rows(json.GetProperty("Input")).Select(Event))
            if (cycles.Add(row.Time, row.Code, out var cycle)) found.Add(cycle);
        var expected = Rows(json.GetProperty("Output")).ToArray();
        Assert.Equal(25, expected.Length);
        Assert.Equal(expected.Select(e => new RedToRedCycle(Time(e, "Start"), Time(e, "GreenEvent"), Time(e, "YellowEvent"), Time(e, "End"))), found);
        Assert.Equal(expected.Select(e => (e.GetProperty("TotalRedTime").GetDouble(), e.GetProperty("TotalGreenTime").GetDouble(), e.GetProperty("TotalYellowTime").GetDouble(), e.GetProperty("TotalTime").GetDouble())),
            found.Select(c => (c.RedTime.TotalSeconds, c.GreenTime.TotalSeconds, c.YellowTime.TotalSeconds, c.Total.TotalSeconds)));
    }

    [Fact]
    public void Detector_activations_are_moved_to_the_stop_line_as_the_referee_moves_them()
    {
        var json = Json("IdentifyandAdjustVehicleActivationsTestData3.json");
        var shift = AdvanceDetector(json.GetProperty("Configuration"), 6).Shift;
        Assert.Equal(3950, shift.TotalMilliseconds);
        var moved = Rows(json.GetProperty("Input")).Select(Event).Where(e => e is { Code: EventCode.DetectorOn, Parameter: 6 }).Select(e => e.Time + shift);
        var expected = Rows(json.GetProperty("Output")).Select(e => Time(e)).ToArray();
        Assert.Equal(1677, expected.Length);
        Assert.Equal(expected, moved);
    }

    [Fact]
    public void Phase_volumes_by_quarter_of_an_hour_are_those_of_the_referee()
    {
        var json = Json("CalculatePhaseVolumeTestData2.json");
        var detector = AdvanceDetector(json.GetProperty("Configuration"), 6);
        var log = new LogMeasures([detector], Quarter);
        // The referee's input is adjusted already; what is read here is the log that it was made from.
        log.AddAll(EventLogOrder.Merge([Referee("ApproachVolumeTestLogs.csv")]));
        var phase = Assert.Single(log.Signals["7115"].Phases).Value;
        var expected = json.GetProperty("Output");
        Assert.Equal(expected.GetProperty("DetectorCount").GetInt32(), phase.Volume);
        Assert.Equal(Rows(expected.GetProperty("Segments")).Select(s => (Time(s, "Start"), s.GetProperty("DetectorCount").GetInt32())), phase.Volumes);
        Assert.Equal([181, 220, 217], phase.Volumes.Take(3).Select(v => v.Vehicles));
    }

    [Fact]
    public void Dwells_of_a_pre_emption_are_those_of_the_referee()
    {
        var json = Json("CalculateDwellTimeTestData1.json");
        var log = new LogMeasures(null, Quarter);
        log.AddAll(Rows(json.GetProperty("Input")).Select(Event));
        var expected = Rows(json.GetProperty("Output")).Select(e => (Time(e, "Start"), Time(e, "End"), TimeSpan.Parse(e.GetProperty("Seconds").GetString()!, CultureInfo.InvariantCulture))).ToArray();
        Assert.Equal(15, expected.Length);
        Assert.Equal(expected, log.Signals["7573"].Preempts.Dwells.Select(d => (d.Start, d.End, d.Time)));
    }

    /// <summary>The file's rows counted by code and phase without this code: awk over the columns. No two green terminations follow each other without a reason, so none is unknown.</summary>
    [Fact]
    public void Terminations_of_a_real_log_are_told_by_phase()
    {
        var log = new LogMeasures(null, Quarter);
        log.AddAll(EventLogOrder.Merge([Referee("7115TerminationData.csv")]));
        var (two, four) = (log.Signals["7115"].Phases[2], log.Signals["7115"].Phases[4]);
        Assert.Equal(1611, log.Events);
        Assert.Equal((365, 0), (two.GapOuts + two.MaxOuts + two.ForceOffs + four.GapOuts + four.MaxOuts + four.ForceOffs, two.Unknown + four.Unknown));
        Assert.Equal((300, 2, 63), (two.GapOuts + four.GapOuts, two.MaxOuts + four.MaxOuts, two.ForceOffs + four.ForceOffs));
        Assert.Equal(75, two.Walks + four.Walks);
    }

    /// <summary>The two logs of one phase, counted here a second time in the plainest way: for each vehicle the cycle that it falls into.</summary>
    [Theory]
    [InlineData(0)]
    [InlineData(3950)]
    public void Arrivals_and_approach_delay_are_those_of_each_vehicle_in_its_cycle(int shift)
    {
        string[] files = [Referee("CycleEvents.csv"), Referee("ControllerEvents-ApproachDelay.csv")];
        var log = new LogMeasures([new LogDetector("7115", 2, 2, DetectorUse.Count, TimeSpan.FromMilliseconds(shift))], Quarter);
        log.AddAll(EventLogOrder.Merge(files));
        var phase = log.Signals["7115"].Phases[2];
        var changes = EventLogReader.Read(files[0]).ToArray();
        var cycles = changes.Where(e => e.Code == 9).Zip(changes.Where(e => e.Code == 9).Skip(1), (a, b) =>
            (Red: a.Time, Green: changes.First(e => e.Code == 1 && e.Time > a.Time).Time, Yellow: changes.First(e => e.Code == 8 && e.Time > a.Time).Time, End: b.Time)).ToArray();
        Assert.Equal(23, cycles.Length);
        var arrivals = EventLogReader.Read(files[1]).Select(e => e.Time.AddMilliseconds(shift)).ToArray();
        var expected = arrivals.Select(a => (At: a, Cycle: cycles.FirstOrDefault(c => a >= c.Red && a < c.End))).Where(a => a.Cycle != default).ToArray();
        Assert.Equal(23, phase.Cycles);
        Assert.Equal(arrivals.Length, phase.Volume);
        Assert.Equal(expected.Count(a => a.At < a.Cycle.Green), phase.OnRed);
        Assert.Equal(expected.Count(a => a.At >= a.Cycle.Green && a.At < a.Cycle.Yellow), phase.OnGreen);
        Assert.Equal(expected.Count(a => a.At >= a.Cycle.Yellow), phase.OnYellow);
        Assert.Equal(expected.Where(a => a.At < a.Cycle.Green).Sum(a => (a.Cycle.Green - a.At).TotalSeconds), phase.Delay.TotalSeconds, 1e-6);
        Assert.True(phase.OnGreen > 500 && phase.OnRed > 100, $"{phase.OnGreen} {phase.OnRed}");
    }

    /// <summary>A green of 20 s under a detector that is on throughout, and on 3.9 or 4.1 of the 5 s of red after it: 79 % of them are 3.95 s.</summary>
    [Theory]
    [InlineData(0, 23.9, 0)]
    [InlineData(0, 24.1, 1)]
    [InlineData(5, 24.1, 0)]
    public void A_split_fails_where_the_stop_line_is_taken_through_green_and_after(double on, double off, int failed)
    {
        var start = new DateTime(2023, 4, 17, 8, 0, 0);
        LogEvent At(double seconds, int code, int parameter) => new("1", start.AddSeconds(seconds), code, parameter);
        var log = new LogMeasures([new LogDetector("1", 31, 2, DetectorUse.Presence, default)], Quarter);
        log.AddAll([.. new[] { At(0, 1, 2), At(on, 82, 31), At(17, 8, 2), At(20, 9, 2), At(off, 81, 31), At(60, 1, 2) }.OrderBy(e => e.Time)]);
        Assert.Equal((1, failed), log.Signals["1"].Phases[2].Splits);
    }

    [Fact]
    public void A_file_in_any_order_is_brought_into_the_order_of_time_within_the_window()
    {
        var file = Temporary("Signal,Timestamp,Code,Parameter\r\n7,4/17/2023 8:00:02.0,8,2\r\n7,2023-04-17T08:00:01.5,1,2\r\n7,4/17/2023 8:00:0.20,9,2\r\n");
        Assert.Equal([9, 1, 8], EventLogOrder.Merge([file]).Select(e => e.Code));
        Assert.Equal(new DateTime(2023, 4, 17, 8, 0, 0, 200), EventLogOrder.Merge([file]).First().Time);
        Assert.Contains("too late", Assert.Throws<Problem>(() => EventLogOrder.Merge([file], window: 1).Count()).Message, StringComparison.Ordinal);
        File.Delete(file);
    }

    [Theory]
    [InlineData("7,4/17/2023 8:00:02.0,8,2\n7,4/31/2023 8:00:02.0,8,2\n", "line 2", "is no time")]
    [InlineData("7,4/17/2023 8:00:02.0,8\n", "line 1", "fewer than four cells")]
    [InlineData("a,b,c,d\n\n7,4/17/2023 8:00:02.0,8,x\n", "line 3", "is no parameter")]
    [InlineData("7,4/17/2023 8:00:02.0,-8,2\n", "line 1", "is no event code")]
    public void A_row_that_cannot_be_read_is_refused_with_its_file_and_line(string text, string line, string fact)
    {
        var file = Temporary(text);
        var refusal = Assert.Throws<Problem>(() => EventLogReader.Read(file).Count()).Message;
        Assert.Contains($"{file}, {line}: ", refusal, StringComparison.Ordinal);
        Assert.Contains(fact, refusal, StringComparison.Ordinal);
        File.Delete(file);
    }

    [Fact]
    public void A_table_of_detectors_is_read_in_metres_and_in_feet_and_its_faults_are_named()
    {
        var file = Temporary("signal,channel,phase,use,distance_ft,speed_mph,latency_s\n7115,6,6,count,340,45,1.2\n7115,31,6,presence,,,\n");
        Assert.Equal([new LogDetector("7115", 6, 6, DetectorUse.Count, TimeSpan.FromMilliseconds(3950)), new LogDetector("7115", 31, 6, DetectorUse.Presence, default)], LogDetector.Read(file));
        File.WriteAllText(file, "signal,channel,phase,use,distance_m,speed_kmh\n1,2,2,count,100,50\n");
        Assert.Equal(7200, LogDetector.Read(file)[0].Shift.TotalMilliseconds);
        File.WriteAllText(file, "signal,channel,phase,use\n1,2,2,radar\n");
        Assert.Contains("line 2", Assert.Throws<Problem>(() => LogDetector.Read(file)).Message, StringComparison.Ordinal);
        File.Delete(file);
    }

    private static string Temporary(string text)
    {
        var file = Path.GetTempFileName();
        File.WriteAllText(file, text);
        return file;
    }
}
