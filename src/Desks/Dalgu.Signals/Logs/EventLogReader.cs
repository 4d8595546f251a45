using System.Buffers.Text;
using System.IO.Compression;
using System.Text;

namespace Dalgu.Signals.Logs;

/// <summary>Reads a controller's high-resolution log, a CSV of signal, time, event code, parameter, as it is or gzipped. Holds one buffer, however long the file.</summary>
internal static class EventLogReader
{
    private const int LongestLine = 64 * 1024, LongestName = 256;

    /// <summary>The events of a file in its order. A first line that begins with a letter is a heading.</summary>
    public static IEnumerable<LogEvent> Read(string file)
    {
        using var stream = Open(file);
        var buffer = new byte[LongestLine];
        var signals = new HashSet<string>(StringComparer.Ordinal);
        var (filled, line) = (0, 0);
        while (true)
        {
            var read = Fill(stream, buffer.AsSpan(filled), file);
            filled += read;
            var from = 0;
            while (Array.IndexOf(buffer, (byte)'\n', from, filled - from) is >= 0 and var end)
            {
                if (Parse(buffer.AsSpan(from, end - from), file, ++line, signals) is { } found) yield return found;
                from = end + 1;
            }
            if (read == 0)
            {
                if (from < filled && Parse(buffer.AsSpan(from, filled - from), file, ++line, signals) is { } last) yield return last;
                yield break;
            }
            if (from == 0 && filled == buffer.Length) throw Bad(file, line + 1, $"the line is longer than {LongestLine} bytes; a line is signal,time,event code,parameter.");
            Buffer.BlockCopy(buffer, from, buffer, 0, filled - from);
            filled -= from;
        }
    }

    internal static Problem Bad(string file, int line, string fact) => new(ProblemKind.BadRequestData, $"{file}, line {line}: {fact}");

    private static Stream Open(string file)
    {
        if (!File.Exists(file)) throw new FileNotFoundException($"The file {file} does not exist.");
        var stream = File.OpenRead(file);
        var zipped = stream.ReadByte() == 0x1f && stream.ReadByte() == 0x8b;
        stream.Position = 0;
        return zipped ? new GZipStream(stream, CompressionMode.Decompress) : stream;
    }

    private static int Fill(Stream stream, Span<byte> into, string file)
    {
        try
        {
            return stream.Read(into);
        }
        catch (InvalidDataException e)
        {
            throw new Problem(ProblemKind.BadRequestData, $"{file}: the gzip data cannot be read: {e.Message}", e);
        }
    }

    private static LogEvent? Parse(ReadOnlySpan<byte> text, string file, int line, HashSet<string> signals)
    {
        if (line == 1 && text.StartsWith("\uFEFF"u8)) text = text[3..];
        text = text.Trim(" \r\t"u8);
        if (text.Length == 0) return null;
        var first = text.IndexOf((byte)',');
        var second = first < 0 ? -1 : text[(first + 1)..].IndexOf((byte)',') + first + 1;
        var third = second <= first ? -1 : text[(second + 1)..].IndexOf((byte)',') + second + 1;
        if (third <= second) throw Bad(file, line, "there are fewer than four cells; a line is signal,time,event code,parameter.");
        var when = text[(first + 1)..second].Trim((byte)' ');
        if (!LogTime.TryParse(when, out var time))
        {
            if (line == 1 && (when.Length == 0 || when[0] is < (byte)'0' or > (byte)'9')) return null;
            throw Bad(file, line, $"\"{Encoding.UTF8.GetString(when)}\" is no time; 4/17/2023 8:00:00.2 or 2023-04-17T08:00:00.2 are.");
        }
        return new LogEvent(Name(text[..first], file, line, signals), time, Whole(text[(second + 1)..third], "event code", file, line), Whole(text[(third + 1)..], "parameter", file, line));
    }

    private static int Whole(ReadOnlySpan<byte> cell, string name, string file, int line)
    {
        cell = cell.Trim((byte)' ');
        if (Utf8Parser.TryParse(cell, out int value, out var used) && used == cell.Length && value >= 0) return value;
        throw Bad(file, line, $"\"{Encoding.UTF8.GetString(cell)}\" is no {name}; a whole number from 0 is.");
    }

    /// <summary>One string for each signal, found again without a new one.</summary>
    private static string Name(ReadOnlySpan<byte> text, string file, int line, HashSet<string> signals)
    {
        text = text.Trim((byte)' ');
        if (text.Length is 0 or > LongestName) throw Bad(file, line, $"the signal's name has {text.Length} bytes; 1 to {LongestName} are due.");
        Span<char> letters = stackalloc char[LongestName];
        letters = letters[..Encoding.UTF8.GetChars(text, letters)];
        if (signals.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(letters, out var known)) return known;
        var made = letters.ToString();
        signals.Add(made);
        return made;
    }
}
