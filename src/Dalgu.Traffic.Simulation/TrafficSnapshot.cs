using Dalgu.Traffic.Simulation.Engine;

namespace Dalgu.Traffic.Simulation;

/// <summary>A buffer for the state of a simulation, made by <see cref="TrafficSimulation.NewSnapshot"/>; used again and again without allocation.</summary>
public sealed class TrafficSnapshot
{
    internal TrafficSnapshot(TrafficState state, TrafficSimulation owner) => (State, Owner) = (state, owner);

    internal TrafficState State { get; }

    internal TrafficSimulation Owner { get; }

    internal int Branch { get; set; }

    /// <summary>The second at which the state was saved.</summary>
    public double Time => State.Time;
}

public sealed partial class TrafficSimulation
{
    /// <summary>Makes a buffer that fits this simulation. It holds the present state.</summary>
    public TrafficSnapshot NewSnapshot()
    {
        var snapshot = new TrafficSnapshot(new(fleet.Length, s.LaneCount.Length, s.LaneVehicles.Length, s.LinkState.Length, s.SignalHeld.Length, s.Pending.Length, s.EdgeSpeed.Length), this);
        Save(snapshot);
        return snapshot;
    }

    /// <summary>Copies the present state into a buffer of this simulation.</summary>
    /// <exception cref="ArgumentException">The buffer belongs to another simulation.</exception>
    public void Save(TrafficSnapshot into)
    {
        s.CopyTo(Own(into).State, laneFirst);
        into.Branch = branch;
    }

    /// <summary>Goes back to a saved state. Trips that arrived since then are forgotten.</summary>
    /// <exception cref="ArgumentException">The buffer belongs to another simulation, or lies on a branch that was left by going back further than it.</exception>
    public void Restore(TrafficSnapshot from)
    {
        var state = Own(from).State;
        // The log of arrived trips is not copied: its rows are written anew on the new branch.
        if (from.Branch != branch && state.LogLength > lowestLog) throw new ArgumentException("The snapshot lies on a branch that was left by restoring an earlier state; its trips are no longer known.", nameof(from));
        state.CopyTo(s, laneFirst);
        Array.Fill(shownUntil, double.MinValue);
        lowestLog = Math.Min(lowestLog, state.LogLength);
        from.Branch = ++branch;
    }

    private int branch, lowestLog = int.MaxValue;

    private TrafficSnapshot Own(TrafficSnapshot snapshot) =>
        ReferenceEquals(snapshot.Owner, this) ? snapshot : throw new ArgumentException("The snapshot belongs to another simulation; make one with NewSnapshot of this one.", nameof(snapshot));
}
