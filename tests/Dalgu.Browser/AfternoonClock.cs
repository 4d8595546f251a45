namespace Dalgu.Browser;

/// <summary>A clock that goes as the machine's does, set forward to the next quarter to four in Korea, so that a page's chart of the day is
/// neither empty nor full. Forward, never back, so that cookies do not expire before they are set.</summary>
internal sealed class AfternoonClock : TimeProvider
{
    private static readonly TimeSpan Korea = TimeSpan.FromHours(9), Afternoon = new(15, 45, 0);
    private readonly TimeSpan ahead = Ahead(System.GetUtcNow());

    public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + ahead;

    private static TimeSpan Ahead(DateTimeOffset now)
    {
        var left = Afternoon - now.ToOffset(Korea).TimeOfDay;
        return left < TimeSpan.Zero ? left + TimeSpan.FromDays(1) : left;
    }
}
