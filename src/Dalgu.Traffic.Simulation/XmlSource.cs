using System.Globalization;
using System.IO.Compression;
using System.Xml;

namespace Dalgu.Traffic.Simulation;

/// <summary>A forward reader over one XML file of SUMO's, plain or gzip (told by its first bytes), which knows the line it stands at.</summary>
internal sealed class XmlSource : IDisposable
{
    private readonly Stream stream;
    private readonly XmlReader reader;
    private readonly string file;

    public XmlSource(string file)
    {
        this.file = file;
        stream = Open(file);
        try
        {
            reader = XmlReader.Create(stream, new XmlReaderSettings { IgnoreComments = true, IgnoreWhitespace = true, IgnoreProcessingInstructions = true, DtdProcessing = DtdProcessing.Ignore, XmlResolver = null });
        }
        catch (InvalidDataException fault)
        {
            stream.Dispose();
            throw Damaged(fault);
        }
    }

    public string Name => reader.Name;

    public int Line => ((IXmlLineInfo)reader).LineNumber;

    /// <summary>0 is the root element.</summary>
    public int Depth => reader.Depth;

    /// <summary>Goes to the next start or end tag. False at the end of the file.</summary>
    public bool Next(out bool starts)
    {
        starts = false;
        try
        {
            while (reader.Read())
            {
                if (reader.NodeType is not (XmlNodeType.Element or XmlNodeType.EndElement)) continue;
                starts = reader.NodeType == XmlNodeType.Element;
                return true;
            }
            return false;
        }
        catch (Exception fault) when (fault is InvalidDataException or EndOfStreamException)
        {
            throw Damaged(fault);
        }
        catch (XmlException fault)
        {
            throw new TrafficFileException(file, "", fault.LineNumber, "this is not well-formed XML: " + fault.Message + (stream is BufferedStream ? " The file is gzipped: it may be cut off. Copy it again." : ""), fault);
        }
    }

    /// <summary>True where the element just read has no end tag of its own.</summary>
    public bool IsEmpty => reader.IsEmptyElement;

    public string? Text(string attribute) => reader.GetAttribute(attribute);

    public string Required(string attribute) => reader.GetAttribute(attribute) ?? throw Bad($"the attribute \"{attribute}\" is missing.");

    public double Number(string attribute, double? absent = null)
    {
        if (reader.GetAttribute(attribute) is not { } text) return absent ?? throw Bad($"the attribute \"{attribute}\" is missing.");
        return Number(attribute, text);
    }

    public double Number(string attribute, string text) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) && double.IsFinite(value) ? value
            : throw Bad($"{attribute}=\"{text}\" is not a number.");

    public int Whole(string attribute, int? absent = null)
    {
        if (reader.GetAttribute(attribute) is not { } text) return absent ?? throw Bad($"the attribute \"{attribute}\" is missing.");
        return int.TryParse(text, NumberStyles.Integer, CultureInfo.InvariantCulture, out var value) ? value : throw Bad($"{attribute}=\"{text}\" is not a whole number.");
    }

    /// <summary>A time in seconds: a number, or [days:]hours:minutes:seconds as SUMO writes it with human-readable times.</summary>
    public double Time(string attribute, double? absent = null)
    {
        if (reader.GetAttribute(attribute) is not { } text) return absent ?? throw Bad($"the attribute \"{attribute}\" is missing.");
        if (!text.Contains(':', StringComparison.Ordinal)) return Number(attribute, text);
        double seconds = 0;
        var parts = text.Split(':');
        for (var i = 0; i < parts.Length; i++) seconds = seconds * (i == 1 && parts.Length == 4 ? 24 : i == 0 ? 1 : 60) + Number(attribute, parts[i]);
        return seconds;
    }

    public TrafficFileException Bad(string fact) => new(file, reader.Name, Line, fact);

    public void Dispose()
    {
        reader.Dispose();
        stream.Dispose();
    }

    private TrafficFileException Damaged(Exception fault) => new(file, "", 0, "the gzip data cannot be unpacked; the file is damaged or cut off. Copy it again.", fault);

    private static Stream Open(string file)
    {
        try
        {
            var raw = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16);
            var first = raw.ReadByte();
            var second = raw.ReadByte();
            raw.Position = 0;
            if (file.EndsWith(".gz", StringComparison.OrdinalIgnoreCase) && (first, second) != (0x1f, 0x8b))
            {
                raw.Dispose();
                throw new TrafficFileException(file, "", 0, "the name ends in .gz, but this is no gzip file. Copy it again, or give it the name that it deserves.");
            }
            return first == 0x1f && second == 0x8b ? new BufferedStream(new GZipStream(raw, CompressionMode.Decompress), 1 << 16) : raw;
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new TrafficFileException(file, "", 0, "the file cannot be opened: " + fault.Message, fault);
        }
    }
}
