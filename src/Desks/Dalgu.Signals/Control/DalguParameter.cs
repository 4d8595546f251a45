using System.Globalization;

namespace Dalgu.Signals.Control;

/// <summary>One figure of <see cref="DalguOptions"/> by name, with its bounds: what setting files may hold and training may move. Between its bounds it has a
/// place from 0 to 1, by its logarithm, or by itself where it may be zero; a figure that is written or tried has four digits.</summary>
/// <param name="Name">The name of the property, and of the key in a file.</param>
/// <param name="Low">The least it may be.</param>
/// <param name="High">The most it may be.</param>
/// <param name="IsWhole">Whether it is a whole number.</param>
/// <param name="Get">Reads it.</param>
/// <param name="With">The setting with another value of it.</param>
internal sealed record DalguParameter(string Name, double Low, double High, bool IsWhole, Func<DalguOptions, double> Get, Func<DalguOptions, double, DalguOptions> With)
{
    /// <summary>Every figure of the setting. The two lists of durations are not among them.</summary>
    public static readonly IReadOnlyList<DalguParameter> All =
    [
        Whole(nameof(DalguOptions.Horizon), 20, 120, o => o.Horizon, (o, v) => o with { Horizon = v }),
        Real(nameof(DalguOptions.Headway), 1.2, 2.7, o => o.Headway, (o, v) => o with { Headway = v }),
        Real(nameof(DalguOptions.TurnOnRed), 1.2, 12, o => o.TurnOnRed, (o, v) => o with { TurnOnRed = v }),
        Real(nameof(DalguOptions.StartUp), 0, 3, o => o.StartUp, (o, v) => o with { StartUp = v }),
        Real(nameof(DalguOptions.YellowUse), 0, 3, o => o.YellowUse, (o, v) => o with { YellowUse = v }),
        Real(nameof(DalguOptions.StopCost), 0.5, 20, o => o.StopCost, (o, v) => o with { StopCost = v }),
        Real(nameof(DalguOptions.Gap), 1, 9, o => o.Gap, (o, v) => o with { Gap = v }),
        Real(nameof(DalguOptions.Residual), 1, 100, o => o.Residual, (o, v) => o with { Residual = v }),
        Real(nameof(DalguOptions.ResidualFull), 4, 400, o => o.ResidualFull, (o, v) => o with { ResidualFull = v }),
        Real(nameof(DalguOptions.Spill), 0.1, 10, o => o.Spill, (o, v) => o with { Spill = v }),
        Whole(nameof(DalguOptions.MaxGreen), 20, 180, o => o.MaxGreen, (o, v) => o with { MaxGreen = v }),
        Real(nameof(DalguOptions.ServeSight), 0.5, 10, o => o.ServeSight, (o, v) => o with { ServeSight = v }),
        Real(nameof(DalguOptions.BestSight), 0.5, 30, o => o.BestSight, (o, v) => o with { BestSight = v }),
        Real(nameof(DalguOptions.Outweigh), 1, 10, o => o.Outweigh, (o, v) => o with { Outweigh = v }),
        Real(nameof(DalguOptions.OutweighSight), 2, 20, o => o.OutweighSight, (o, v) => o with { OutweighSight = v }),
        Real(nameof(DalguOptions.LongStreet), 20, 2000, o => o.LongStreet, (o, v) => o with { LongStreet = v }),
        Real(nameof(DalguOptions.ExitFlow), 0.05, 1, o => o.ExitFlow, (o, v) => o with { ExitFlow = v }),
        Real(nameof(DalguOptions.RateTime), 20, 2000, o => o.RateTime, (o, v) => o with { RateTime = v }),
        Real(nameof(DalguOptions.Expect), 0, 1, o => o.Expect, (o, v) => o with { Expect = v }),
        Real(nameof(DalguOptions.Accelerating), 0.2, 6, o => o.Accelerating, (o, v) => o with { Accelerating = v }),
        Real(nameof(DalguOptions.BoxSpeed), 0.5, 8, o => o.BoxSpeed, (o, v) => o with { BoxSpeed = v }),
        Real(nameof(DalguOptions.BoxClear), 0.3, 6, o => o.BoxClear, (o, v) => o with { BoxClear = v }),
        Whole(nameof(DalguOptions.BoxHold), 1, 30, o => o.BoxHold, (o, v) => o with { BoxHold = v }),
        Whole(nameof(DalguOptions.BoxPatience), 5, 90, o => o.BoxPatience, (o, v) => o with { BoxPatience = v }),
        Real(nameof(DalguOptions.ShortStreet), 0, 100, o => o.ShortStreet, (o, v) => o with { ShortStreet = v }),
        Whole(nameof(DalguOptions.CannotStop), 1, 10, o => o.CannotStop, (o, v) => o with { CannotStop = v }),
        Whole(nameof(DalguOptions.MaxRed), 40, 300, o => o.MaxRed, (o, v) => o with { MaxRed = v }),
        Whole(nameof(DalguOptions.MaxRedApart), 40, 300, o => o.MaxRedApart, (o, v) => o with { MaxRedApart = v }),
        Real(nameof(DalguOptions.Acceleration), 1, 5, o => o.Acceleration, (o, v) => o with { Acceleration = v }),
        Real(nameof(DalguOptions.AloneGap), 1, 8, o => o.AloneGap, (o, v) => o with { AloneGap = v }),
        Real(nameof(DalguOptions.AloneAcceleration), 1, 5, o => o.AloneAcceleration, (o, v) => o with { AloneAcceleration = v }),
        Real(nameof(DalguOptions.AloneExpect), 0, 1, o => o.AloneExpect, (o, v) => o with { AloneExpect = v }),
        Whole(nameof(DalguOptions.StreetPlans), 0, 64, o => o.StreetPlans, (o, v) => o with { StreetPlans = v }),
        Whole(nameof(DalguOptions.StreetWork), 0, 100_000_000, o => o.StreetWork, (o, v) => o with { StreetWork = v }),
        Whole(nameof(DalguOptions.StreetHorizon), 10, 50, o => o.StreetHorizon, (o, v) => o with { StreetHorizon = v }),
        Real(nameof(DalguOptions.StreetResidual), 0, 100, o => o.StreetResidual, (o, v) => o with { StreetResidual = v }),
        Real(nameof(DalguOptions.ReplySight), 3, 60, o => o.ReplySight, (o, v) => o with { ReplySight = v }),
    ];

    /// <summary>The figure of a name; null where there is none.</summary>
    public static DalguParameter? Find(string name) => All.FirstOrDefault(p => p.Name == name);

    /// <summary>What of a setting is not as built in, as <c>Name=value</c> with blanks between; empty where nothing is.</summary>
    public static string Differences(DalguOptions setting)
    {
        var standard = new DalguOptions();
        return string.Join(' ', All.Where(p => p.Get(setting) != p.Get(standard)).Select(p => string.Create(CultureInfo.InvariantCulture, $"{p.Name}={p.Get(setting)}")));
    }

    /// <summary>Whether a value may be given to it.</summary>
    public bool Admits(double value) => value >= Low && value <= High && (!IsWhole || value == Math.Floor(value));

    /// <summary>Where between its bounds a setting has it.</summary>
    public double Place(DalguOptions setting) => (Scale(Get(setting)) - Scale(Low)) / (Scale(High) - Scale(Low));

    /// <summary>The setting with it at a place between its bounds.</summary>
    public DalguOptions At(DalguOptions setting, double place)
    {
        var scaled = Scale(Low) + Math.Clamp(place, 0, 1) * (Scale(High) - Scale(Low));
        var value = Low > 0 ? Math.Exp(scaled) : scaled;
        var written = IsWhole ? Math.Round(value) : double.Parse(value.ToString("G4", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);
        return With(setting, Math.Clamp(written, Low, High));
    }

    private double Scale(double value) => Low > 0 ? Math.Log(value) : value;

    private static DalguParameter Real(string name, double low, double high, Func<DalguOptions, double> get, Func<DalguOptions, double, DalguOptions> with) => new(name, low, high, false, get, with);

    private static DalguParameter Whole(string name, int low, int high, Func<DalguOptions, double> get, Func<DalguOptions, int, DalguOptions> with) => new(name, low, high, true, get, (o, v) => with(o, (int)v));
}
