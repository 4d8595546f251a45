namespace Dalgu.Testing;

/// <summary>Where the repository is: the nearest folder above the test that holds <c>Dalgu.slnx</c>.</summary>
public static class RepositoryRoot
{
    /// <summary>The folder's full path.</summary>
    public static string Path { get; } = Find();

    /// <summary>The full path of something in the repository.</summary>
    public static string Combine(params string[] parts) => System.IO.Path.Combine([Path, .. parts]);

    private static string Find()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (File.Exists(System.IO.Path.Combine(folder.FullName, "Dalgu.slnx"))) return folder.FullName;
        throw new InvalidOperationException($"No folder above {AppContext.BaseDirectory} holds Dalgu.slnx.");
    }
}
