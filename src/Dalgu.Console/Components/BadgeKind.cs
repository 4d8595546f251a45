namespace Dalgu.Console.Components;

/// <summary>What a status says. Each kind has a colour and a shape of its own, so that colour alone never tells.</summary>
public enum BadgeKind
{
    /// <summary>Nothing to judge: a plain word.</summary>
    Plain,
    /// <summary>As it should be: a green disc.</summary>
    Good,
    /// <summary>Worth a look: an amber triangle.</summary>
    Warn,
    /// <summary>Wrong: a red square.</summary>
    Bad,
    /// <summary>Not known or not reported: a grey diamond.</summary>
    Unknown,
    /// <summary>Made by a generator, not measured: a dashed frame with ≈.</summary>
    Synthetic,
}

internal static class BadgeKinds
{
    public static string Css(BadgeKind kind) => kind switch
    {
        BadgeKind.Good => "good",
        BadgeKind.Warn => "warn",
        BadgeKind.Bad => "bad",
        BadgeKind.Unknown => "unknown",
        BadgeKind.Synthetic => "synthetic",
        _ => "plain",
    };

    public static string Shape(BadgeKind kind) => kind switch
    {
        BadgeKind.Warn => "▲",
        BadgeKind.Bad => "■",
        BadgeKind.Unknown => "◇",
        BadgeKind.Synthetic => "≈",
        BadgeKind.Plain => "○",
        _ => "●",
    };
}
