namespace Dalgu.Signals.Control;

/// <summary>What a junction knows of the detector of one approach lane, and of the vehicles there once it is taken to have failed.</summary>
internal sealed class LaneDetector
{
    /// <summary>Whether anybody was seen on the lane before crossing, and how many crossed unseen since.</summary>
    public bool Seen;
    public int Missed;

    /// <summary>Vehicles that crossed and had been seen nowhere before.</summary>
    public int Unannounced;

    /// <summary>Seconds of green during which its signal of presence did not end.</summary>
    public int Constant;

    /// <summary>Whether it is taken to have failed: vehicles come from it unseen, or its signal of presence never ends.</summary>
    public bool Failed;

    /// <summary>How many vehicles are taken to wait on the lane of a failed one.</summary>
    public double Guessed;

    /// <summary>Seconds since a vehicle crossed from the lane, and the link that it took.</summary>
    public int SinceCross, LastLink;
}
