namespace Dalgu.Signals.Guard;

/// <summary>The rules that hold between any controller and the street, in seconds and metres.</summary>
/// <param name="Name">What the command line calls it.</param>
/// <param name="MinGreen">The shortest green of a phase.</param>
/// <param name="MaxGreen">The longest green of a phase while another is called.</param>
/// <param name="Yellow">Yellow of every link that loses its green.</param>
/// <param name="AllRed">All-red between conflicting links, after the yellow.</param>
/// <param name="MaxRed">The longest red of a called link; a signal of many long phases has more, see <see cref="SignalLimits"/>.</param>
/// <param name="MaxCycle">The longest cycle: bounds a green by what the other phases need.</param>
/// <param name="Pedestrians">Whether phases with which pedestrians walk are long enough for them.</param>
/// <param name="FixedOrder">Whether phases follow the program's order; a phase that nobody calls may be passed over, with the clearance.</param>
/// <param name="DualRing">Whether two rings with barriers hold: <see cref="RingBarrier"/>; at a signal that forms no rings the program's order.</param>
internal sealed record GuardProfile(string Name, int MinGreen, int MaxGreen, int Yellow, int AllRed, int MaxRed, int MaxCycle, bool Pedestrians, bool FixedOrder = false, bool DualRing = false)
{
    /// <summary>The shortest time that pedestrians take to step off.</summary>
    public double WalkStart { get; init; } = 7;

    /// <summary>Metres a second of a pedestrian: 1 in general, 0.7 in protected zones.</summary>
    public double WalkSpeed { get; init; } = 1;

    /// <summary>The width of a lane that is crossed.</summary>
    public double LaneWidth { get; init; } = 3.25;

    /// <summary>The names that <see cref="Of"/> knows.</summary>
    public static readonly string[] Names = ["resco", "korea", "korea-order", "korea-ring"];

    /// <summary>The rules under which the literature's benchmark is driven: 7 s of green, 3 s of yellow (arterial4x4: 2 s), no all-red, no pedestrians.</summary>
    /// <param name="network">The network's name; the benchmark gives one of its networks a shorter yellow.</param>
    public static GuardProfile Resco(string network) => new("resco", 7, 180, network == "arterial4x4" ? 2 : 3, 0, 300, 360, false);

    /// <summary>The rules of a Korean street: yellow 3 s, all-red 1 s, pedestrians 7 s and 1 s for each metre.</summary>
    /// <remarks>Police traffic-signal manual as quoted in docs/desks/signals/guard.md.</remarks>
    public static GuardProfile Korea { get; } = new("korea", 7, 120, 3, 1, 180, 240, true);

    /// <summary>The profile of a name.</summary>
    public static GuardProfile Of(string name, string network) => name switch
    {
        "resco" => Resco(network),
        "korea" => Korea,
        "korea-order" => Korea with { Name = "korea-order", FixedOrder = true },
        "korea-ring" => Korea with { Name = "korea-ring", DualRing = true },
        _ => throw new ArgumentException($"The profile \"{name}\" does not exist; {string.Join(", ", Names)} do."),
    };
}
