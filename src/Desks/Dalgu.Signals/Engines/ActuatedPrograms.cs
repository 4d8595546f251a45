using System.Globalization;
using System.IO.Compression;
using System.Text;
using System.Xml;
using Dalgu.Signals.Streets;

namespace Dalgu.Signals.Engines;

/// <summary>SUMO's own actuation on the file's programs: the reference of the brief. Every green of 6 s or more may last from 5 to 50 s.
/// Where a program lets crossing links follow each other with nothing between, which no street may, there is a yellow of 3 s.</summary>
internal static class ActuatedPrograms
{
    private const double ShortestGreen = 6, Yellow = 3;

    /// <summary>Writes an additional file for SUMO and returns its path; the caller deletes it.</summary>
    public static string Write(StreetMap map)
    {
        var file = Path.Combine(Path.GetTempPath(), $"dalgu-actuated-{Guid.NewGuid():n}.add.xml");
        using var xml = XmlWriter.Create(file, new XmlWriterSettings { Indent = true, Encoding = new UTF8Encoding(false) });
        xml.WriteStartElement("additional");
        Programs(xml, map);
        xml.WriteEndElement();
        return file;
    }

    /// <summary>Writes the network with these programs in place of its own and returns its path; the caller deletes it.</summary>
    /// <remarks>SUMO refuses a program from an additional file where links of a junction give way to each other, and takes the same one from the network file.</remarks>
    public static string WriteNetwork(StreetMap map)
    {
        var file = Path.Combine(Path.GetTempPath(), $"dalgu-actuated-{Guid.NewGuid():n}.net.xml");
        using var stream = Open(map.Network.File);
        using var reader = XmlReader.Create(stream, new XmlReaderSettings { IgnoreComments = true, DtdProcessing = DtdProcessing.Ignore, XmlResolver = null });
        using var xml = XmlWriter.Create(file, new XmlWriterSettings { Encoding = new UTF8Encoding(false) });
        reader.MoveToContent();
        xml.WriteStartElement(reader.Name);
        xml.WriteAttributes(reader, defattr: false);
        var written = false;
        for (reader.Read(); !reader.EOF && reader.Depth > 0;)
            if (reader.NodeType == XmlNodeType.Element && reader.Name == "tlLogic")
            {
                if (!written) Programs(xml, map);
                written = true;
                reader.Skip();
            }
            else xml.WriteNode(reader, defattr: false);
        xml.WriteEndElement();
        return file;
    }

    private static Stream Open(string file)
    {
        var stream = File.OpenRead(file);
        var zipped = stream.ReadByte() == 0x1f && stream.ReadByte() == 0x8b;
        stream.Position = 0;
        return zipped ? new GZipStream(stream, CompressionMode.Decompress) : stream;
    }

    private static void Programs(XmlWriter xml, StreetMap map)
    {
        foreach (var signal in map.Signals)
        {
            xml.WriteStartElement("tlLogic");
            xml.WriteAttributeString("id", signal.Id);
            xml.WriteAttributeString("type", "actuated");
            xml.WriteAttributeString("programID", "dalgu-actuated");
            xml.WriteAttributeString("offset", Text(signal.Offset));
            for (var i = 0; i < signal.Program.Count; i++)
            {
                var (phase, next) = (signal.Program[i], signal.Program[(i + 1) % signal.Program.Count]);
                Phase(xml, phase.State, phase.Duration, signal.Phases.Contains(phase.Lawful) && phase.Duration >= ShortestGreen);
                if (LacksYellow(map, signal, phase.State, next.State)) Phase(xml, Ending(phase.State, next.State), Yellow, actuated: false);
            }
            xml.WriteEndElement();
        }
    }

    private static void Phase(XmlWriter xml, string state, double seconds, bool actuated)
    {
        xml.WriteStartElement("phase");
        xml.WriteAttributeString("duration", Text(seconds));
        xml.WriteAttributeString("state", state);
        if (actuated)
        {
            xml.WriteAttributeString("minDur", "5");
            xml.WriteAttributeString("maxDur", "50");
        }
        xml.WriteEndElement();
    }

    /// <summary>Whether a link that has green becomes red in the second in which one that crosses it becomes green.</summary>
    private static bool LacksYellow(StreetMap map, Signal signal, string now, string next)
    {
        for (var i = 0; i < signal.Links.Length; i++)
            for (var k = 0; k < signal.Links.Length; k++)
                if (IsGreen(now[i]) && next[i] == 'r' && !IsGreen(now[k]) && IsGreen(next[k]) && signal.Links[i].Any(a => signal.Links[k].Any(b => Array.IndexOf(map.Links[a].Foes, b) >= 0))) return true;
        return false;
    }

    private static string Ending(string now, string next) => string.Concat(now.Zip(next, (a, b) => IsGreen(a) && b == 'r' ? 'y' : a));

    private static bool IsGreen(char letter) => letter is 'G' or 'g';

    private static string Text(double value) => value.ToString(CultureInfo.InvariantCulture);
}
