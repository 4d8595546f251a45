namespace Dalgu.Traffic.Simulation.Network;

/// <summary>One phase of a signal program: the state of every link for a time.</summary>
/// <param name="Duration">How long, in seconds.</param>
/// <param name="State">One letter for each link index, ASCII: <c>G</c> protected green, <c>g</c> permissive green, <c>y</c> yellow, <c>r</c> red, <c>u</c> red and yellow,
/// <c>s</c> turn on red after a stop, <c>o</c> off blinking, <c>O</c> off.</param>
/// <param name="MinDuration">The shortest the phase may last under actuation, in seconds; the duration where the file says none.</param>
/// <param name="MaxDuration">The longest, in seconds; the duration where the file says none.</param>
/// <param name="Next">The index of the phase that follows, or -1 for the next in order.</param>
/// <param name="Name">The name in the file, or an empty string.</param>
public sealed record SignalPhase(double Duration, ReadOnlyMemory<byte> State, double MinDuration, double MaxDuration, int Next = -1, string Name = "");

/// <summary>A signal program: phases that follow each other, as a <c>tlLogic</c> element says.</summary>
/// <param name="Id">The <c>programID</c>.</param>
/// <param name="Type">static, actuated, delay_based or NEMA.</param>
/// <param name="Offset">Seconds by which the cycle starts later.</param>
/// <param name="Phases">The phases in order, at least one; of a NEMA program what its two rings show together, with the clearances between.</param>
/// <param name="Others">Green states that the rings of a NEMA program can show besides.</param>
public sealed record SignalProgram(string Id, string Type, double Offset, IReadOnlyList<SignalPhase> Phases, IReadOnlyList<ReadOnlyMemory<byte>> Others)
{
    /// <summary>The sum of the phases' durations, in seconds.</summary>
    public double Cycle
    {
        get
        {
            double sum = 0;
            for (var i = 0; i < Phases.Count; i++) sum += Phases[i].Duration;
            return sum;
        }
    }

    /// <summary>The index of the phase that a fixed-time controller shows at a time, by the order of phases and the offset.</summary>
    /// <param name="time">Seconds since midnight of the simulation's day.</param>
    public int PhaseAt(double time) => PhaseAt(time, out _);

    /// <summary>The same, and the seconds for which the phase still lasts.</summary>
    internal int PhaseAt(double time, out double left)
    {
        var at = (time - Offset) % Cycle;
        if (at < 0) at += Cycle;
        for (var i = 0; i < Phases.Count; i++)
        {
            left = Phases[i].Duration - at;
            if (left > 0) return i;
            at -= Phases[i].Duration;
        }
        left = 0;
        return Phases.Count - 1;
    }
}

/// <summary>A traffic signal: the links that it controls and the programs that the file gives it.</summary>
public sealed class Signal
{
    internal Signal(string id, int[][] links, IReadOnlyList<SignalProgram> programs)
    {
        Id = id;
        this.links = links;
        Programs = programs;
    }

    private readonly int[][] links;

    /// <summary>The id in the file.</summary>
    public string Id { get; }

    /// <summary>How many link indices there are: the length that a state must have at least.</summary>
    public int LinkIndexCount => links.Length;

    /// <summary>The links of a link index; usually one, empty where the index is not used.</summary>
    public ReadOnlySpan<int> Links(int index) => links[index];

    /// <summary>The programs in the order of the file, at least one.</summary>
    public IReadOnlyList<SignalProgram> Programs { get; }

    /// <summary>The one that runs where nobody switches: of several the last, as in SUMO.</summary>
    public SignalProgram Program => Programs[^1];
}
