namespace Dalgu.Signals.Guard;

/// <summary>What is shown between two phases.</summary>
internal static class Clearance
{
    /// <summary>Who keeps green keeps it, who loses it gets yellow and then red, who gains it waits.</summary>
    public static string State(string from, string to, bool yellow) => string.Create(from.Length, (from, to, yellow), static (span, t) =>
    {
        for (var i = 0; i < span.Length; i++)
        {
            var (a, b) = (t.from[i], t.to[i]);
            var wasGreen = a is 'G' or 'g';
            var isGreen = b is 'G' or 'g';
            span[i] = wasGreen && isGreen ? (a == 'G' && b == 'G' ? 'G' : 'g') : wasGreen ? (t.yellow ? 'y' : 'r') : a == 's' && (b == 's' || isGreen) ? 's' : 'r';
        }
    });
}
