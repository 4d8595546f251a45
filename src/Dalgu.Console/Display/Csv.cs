using System.Text;

namespace Dalgu.Console.Display;

/// <summary>Tables as CSV (RFC 4180) in UTF-8 with a byte-order mark, so that spreadsheets read the Korean.</summary>
public static class Csv
{
    /// <summary>The media type of what <see cref="Write"/> gives.</summary>
    public const string MediaType = "text/csv; charset=utf-8";

    /// <summary>The bytes of a table. A null cell is empty; a cell that a spreadsheet would take for a formula gets an apostrophe.</summary>
    public static byte[] Write(IEnumerable<IReadOnlyList<string?>> rows)
    {
        var text = new StringBuilder("\ufeff");
        foreach (var row in rows)
        {
            for (var i = 0; i < row.Count; i++)
            {
                if (i > 0) text.Append(',');
                Append(text, row[i] ?? "");
            }
            text.Append("\r\n");
        }
        return Encoding.UTF8.GetBytes(text.ToString());
    }

    private static void Append(StringBuilder text, string cell)
    {
        if (cell.Length > 0 && cell[0] is '=' or '+' or '@' or '\t' or '\r' || cell.Length > 1 && cell[0] == '-' && !char.IsAsciiDigit(cell[1])) cell = "'" + cell;
        if (cell.AsSpan().IndexOfAny(",\"\r\n") < 0) text.Append(cell);
        else text.Append('"').Append(cell.Replace("\"", "\"\"", StringComparison.Ordinal)).Append('"');
    }
}
