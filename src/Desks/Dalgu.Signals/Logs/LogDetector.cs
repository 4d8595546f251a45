using System.Globalization;

namespace Dalgu.Signals.Logs;

/// <summary>What a detector of a controller is for.</summary>
internal enum DetectorUse
{
    /// <summary>It counts vehicles before the stop line: volumes, arrivals, delay.</summary>
    Count,
    /// <summary>It says whether someone stands at the stop line: split failures.</summary>
    Presence,
}

/// <summary>A detector of a controller.</summary>
/// <param name="Signal">The controller.</param>
/// <param name="Channel">The parameter of its events.</param>
/// <param name="Phase">The phase that its vehicles need.</param>
/// <param name="Use">What it is for.</param>
/// <param name="Shift">How much later than its event a vehicle is at the stop line, in whole milliseconds.</param>
internal sealed record LogDetector(string Signal, int Channel, int Phase, DetectorUse Use, TimeSpan Shift)
{
    /// <summary>Feet a second of one mile an hour, as the reference's software rounds it.</summary>
    private const double FeetASecond = 1.467;

    /// <summary>The time that a vehicle takes from the detector to the stop line, less the time by which the detector reports late.</summary>
    /// <remarks>Utah DOT, ATSPM: distance over approach speed less latency correction.</remarks>
    public static TimeSpan ShiftOf(double seconds, double latency) => TimeSpan.FromMilliseconds(Math.Round((seconds - latency) * 1000));

    /// <summary>The same of feet and miles an hour.</summary>
    public static TimeSpan ShiftOfFeet(double feet, double milesAnHour, double latency) => ShiftOf(milesAnHour > 0 ? feet / (milesAnHour * FeetASecond) : 0, latency);

    /// <summary>Reads a table: a CSV with the columns signal, channel, phase, use (count or presence), and where vehicles are counted before the stop line
    /// distance_m and speed_kmh, or distance_ft and speed_mph; latency_s where the detector reports late.</summary>
    public static IReadOnlyList<LogDetector> Read(string file)
    {
        var lines = File.ReadAllLines(file);
        string[] columns = lines.Length == 0 ? [] : [.. lines[0].TrimStart('\uFEFF').Split(',').Select(c => c.Trim())];
        foreach (var due in (string[])["signal", "channel", "phase", "use"])
            if (!columns.Contains(due)) throw EventLogReader.Bad(file, 1, $"the column \"{due}\" is missing; signal, channel, phase, use are due.");
        var detectors = new List<LogDetector>();
        for (var n = 1; n < lines.Length; n++)
        {
            if (lines[n].Trim().Length == 0) continue;
            var cells = lines[n].Split(',');
            if (cells.Length != columns.Length) throw EventLogReader.Bad(file, n + 1, $"there are {cells.Length} cells, {columns.Length} are due.");
            string Cell(string name) => Array.IndexOf(columns, name) is >= 0 and var at ? cells[at].Trim() : "";
            int Whole(string name) => int.TryParse(Cell(name), NumberStyles.None, CultureInfo.InvariantCulture, out var v) ? v : throw EventLogReader.Bad(file, n + 1, $"{name} \"{Cell(name)}\" is no whole number.");
            double Real(string name) => Cell(name).Length == 0 ? 0 : double.TryParse(Cell(name), NumberStyles.Float, CultureInfo.InvariantCulture, out var v) && double.IsFinite(v) ? v : throw EventLogReader.Bad(file, n + 1, $"{name} \"{Cell(name)}\" is no number.");
            var use = Cell("use") switch
            {
                "count" => DetectorUse.Count,
                "presence" => DetectorUse.Presence,
                var other => throw EventLogReader.Bad(file, n + 1, $"use \"{other}\" is neither count nor presence."),
            };
            var (metres, kmh, feet, mph) = (Real("distance_m"), Real("speed_kmh"), Real("distance_ft"), Real("speed_mph"));
            if (metres > 0 && kmh <= 0 || feet > 0 && mph <= 0) throw EventLogReader.Bad(file, n + 1, "there is a distance without a speed above 0.");
            var shift = feet > 0 ? ShiftOfFeet(feet, mph, Real("latency_s")) : ShiftOf(metres > 0 ? metres / (kmh / 3.6) : 0, Real("latency_s"));
            detectors.Add(new LogDetector(Cell("signal"), Whole("channel"), Whole("phase"), use, shift));
        }
        return detectors;
    }
}
