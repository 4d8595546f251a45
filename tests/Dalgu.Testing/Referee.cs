namespace Dalgu.Testing;

/// <summary>Referee data beside the repository, <c>../shared/data</c>. A test that needs it is skipped with the reason where it is absent.</summary>
public static class Referee
{
    /// <summary>The full path of a file; skips the calling test where there is none.</summary>
    public static string File(string relative) => SharedData.PathOrSkip(["data", .. relative.Split('/')]);

    /// <summary>The rows of a table by column name.</summary>
    public static List<Dictionary<string, string>> Table(string relative, char separator = ',')
    {
        var lines = System.IO.File.ReadAllLines(File(relative)).Where(l => l.Length > 0).Select(l => Split(l, separator)).ToList();
        return lines.Skip(1).Select(cells => lines[0].Zip(cells).ToDictionary(p => p.First, p => p.Second, StringComparer.Ordinal)).ToList();
    }

    private static List<string> Split(string line, char separator)
    {
        var cells = new List<string>();
        var cell = new System.Text.StringBuilder();
        var quoted = false;
        foreach (var c in line)
            if (c == '"') quoted = !quoted;
            else if (c == separator && !quoted) { cells.Add(cell.ToString()); cell.Clear(); }
            else cell.Append(c);
        cells.Add(cell.ToString());
        return cells;
    }
}
