namespace Dalgu.Signals.Streets;

/// <summary>A lane of the network, by number. Lengths in metres, speeds in metres a second.</summary>
internal sealed class Lane
{
    public required string Id { get; init; }
    public required int Number { get; init; }
    public required int Edge { get; init; }
    public required double Length { get; init; }
    public required double Speed { get; init; }

    /// <summary>True where the lane lies inside a junction.</summary>
    public required bool Internal { get; init; }

    /// <summary>The links that leave the lane, by number.</summary>
    public int[] Out { get; set; } = [];

    /// <summary>The links that enter the lane, by number.</summary>
    public int[] In { get; set; } = [];

    /// <summary>Of an internal lane: the link whose path it is; otherwise -1.</summary>
    public int Path { get; set; } = -1;

    /// <summary>Of an internal lane: the metres of its path that follow it.</summary>
    public double PathRest { get; set; }
}

/// <summary>A connection from a lane to a lane over a junction.</summary>
internal sealed class Link
{
    public required int Number { get; init; }
    public required int From { get; init; }
    public required int To { get; init; }

    /// <summary>SUMO's direction: s, l, r, t, L, R.</summary>
    public required char Direction { get; init; }

    /// <summary>The signal that controls it; -1 where none does.</summary>
    public required int Signal { get; init; }

    /// <summary>Its place in the signal's states.</summary>
    public required int Index { get; init; }

    /// <summary>The edge that it leaves.</summary>
    public required int FromEdge { get; init; }

    /// <summary>The edge that it enters.</summary>
    public required int ToEdge { get; init; }

    /// <summary>The length of its path over the junction, in metres.</summary>
    public double Length { get; set; }

    /// <summary>Links of the same junction whose paths cross or meet this one's.</summary>
    public int[] Foes { get; set; } = [];

    /// <summary>Those of the foes to which this link yields.</summary>
    public int[] YieldsTo { get; set; } = [];
}

/// <summary>One phase of the file's program.</summary>
/// <param name="State">A letter for each link: G green, g green that yields, y yellow, r red, s stop and then turn.</param>
/// <param name="Lawful">The same, but of two links that cross and both have G the one that gives way has g.</param>
/// <param name="Duration">Seconds.</param>
internal sealed record ProgramPhase(string State, string Lawful, double Duration);

/// <summary>A signal: the links it controls and the program that the file has for it.</summary>
internal sealed class Signal
{
    public required string Id { get; init; }
    public required int Number { get; init; }
    public required double Offset { get; init; }
    public required IReadOnlyList<ProgramPhase> Program { get; init; }

    /// <summary>The controlled links by index in the state; an index may have several, or none.</summary>
    public int[][] Links { get; set; } = [];

    /// <summary>The distinct green states of the program in their lawful form, in its order.</summary>
    public string[] Phases { get; set; } = [];

    /// <summary>The seconds of each of <see cref="Phases"/> in the program, the first time it occurs.</summary>
    public double[] PhaseSeconds { get; set; } = [];

    /// <summary>Whether a phase gives green to any index that is called.</summary>
    public bool Serves(int phase, ReadOnlySpan<bool> calls)
    {
        for (var i = 0; i < calls.Length; i++)
            if (calls[i] && Phases[phase][i] is 'G' or 'g') return true;
        return false;
    }

    /// <summary>Seconds of one turn of the program.</summary>
    public double Cycle => Program.Sum(p => p.Duration);
}
