using Dalgu.Testing;
using Microsoft.Playwright;

namespace Dalgu.Browser;

/// <summary>Pictures of pages for people to look at, in <c>build/screenshots</c>.</summary>
internal static class Screenshots
{
    private static readonly string Folder = Directory.CreateDirectory(RepositoryRoot.Combine("build", "screenshots")).FullName;

    public static Task TakeAsync(IPage page, string name, bool whole = true) =>
        page.ScreenshotAsync(new() { Path = Path.Combine(Folder, name + ".png"), FullPage = whole, Animations = ScreenshotAnimations.Disabled });
}
