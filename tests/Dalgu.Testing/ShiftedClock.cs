namespace Dalgu.Testing;

/// <summary>The system clock, shifted: for what waits for hours.</summary>
public sealed class ShiftedClock : TimeProvider
{
    /// <summary>How far it is ahead.</summary>
    public TimeSpan Shift { get; set; }

    /// <inheritdoc/>
    public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + Shift;
}
