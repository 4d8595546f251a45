using System.Globalization;
using System.IO.Compression;
using System.Text;
using System.Xml;
using Dalgu.Signals.Streets;

namespace Dalgu.Signals.Engines;

/// <summary>SUMO's own actuation on the file's programs: the reference of the brief. Every green of 6 s or more may last from 5 to 50 s.</summary>
internal static class ActuatedPrograms
{
    private const double ShortestGreen = 6;

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
            foreach (var phase in signal.Program)
            {
                xml.WriteStartElement("phase");
                xml.WriteAttributeString("duration", Text(phase.Duration));
                xml.WriteAttributeString("state", phase.State);
                if (signal.Phases.Contains(phase.Lawful) && phase.Duration >= ShortestGreen)
                {
                    xml.WriteAttributeString("minDur", "5");
                    xml.WriteAttributeString("maxDur", "50");
                }
                xml.WriteEndElement();
            }
            xml.WriteEndElement();
        }
    }

    private static string Text(double value) => value.ToString(CultureInfo.InvariantCulture);
}
