using Xunit;

namespace Dalgu.Testing;

/// <summary>Referee data that the repository does not carry: published figures and other tools' results.
/// They lie in <c>../shared</c> beside the repository, or where <c>DALGU_SHARED</c> says. A test that needs absent data is skipped with its reason.</summary>
public static class SharedData
{
    /// <summary>The full path of a file or folder below the shared folder; skips the calling test where there is none.</summary>
    public static string PathOrSkip(params string[] parts)
    {
        var path = Find(parts);
        Assert.SkipWhen(path is null, $"shared/{string.Join('/', parts)} is not on this machine");
        return path!;
    }

    /// <summary>The full path of a file or folder below the shared folder; null where there is none.</summary>
    public static string? Find(params string[] parts)
    {
        var roots = new[] { Environment.GetEnvironmentVariable("DALGU_SHARED"), RepositoryRoot.Combine("..", "shared") };
        foreach (var root in roots)
        {
            if (string.IsNullOrEmpty(root)) continue;
            var path = Path.GetFullPath(Path.Combine([root, .. parts]));
            if (Path.Exists(path)) return path;
        }
        return null;
    }
}
