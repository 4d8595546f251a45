using Xunit;

namespace Dalgu.Browser;

/// <summary>Waits for what happens behind the door.</summary>
internal static class Until
{
    public static async Task TrueAsync(Func<bool> condition, TimeSpan atMost, string what)
    {
        var begun = TimeProvider.System.GetTimestamp();
        while (!condition())
        {
            Assert.True(TimeProvider.System.GetElapsedTime(begun) < atMost, $"{what}: not within {atMost.TotalSeconds:0} s");
            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System);
        }
    }
}
