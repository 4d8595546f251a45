namespace Dalgu.Signals.Logs;

/// <summary>One line of a controller's high-resolution log. The time is the controller's local time, to a tenth of a second as a rule.</summary>
/// <param name="Signal">The controller.</param>
/// <param name="Time">When it happened.</param>
/// <param name="Code">What happened: <see cref="EventCode"/>.</param>
/// <param name="Parameter">Which phase, detector channel or pre-emption it happened to.</param>
internal readonly record struct LogEvent(string Signal, DateTime Time, int Code, int Parameter);

/// <summary>The events that are measured. A log has more; they are passed over.</summary>
/// <remarks>Indiana Traffic Signal Hi Resolution Data Logger Enumerations, Purdue University, 2012 (doi:10.4231/K4RN35SH).</remarks>
internal static class EventCode
{
    public const int BeginGreen = 1;
    public const int GapOut = 4;
    public const int MaxOut = 5;
    public const int ForceOff = 6;
    public const int GreenTermination = 7;
    public const int BeginYellow = 8;
    public const int EndYellow = 9;
    public const int BeginWalk = 21;
    public const int DetectorOff = 81;
    public const int DetectorOn = 82;
    public const int PreemptEntry = 105;
    public const int PreemptDwell = 107;
    public const int PreemptExit = 111;
}
