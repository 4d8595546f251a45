using System.Globalization;
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
        xml.WriteEndElement();
        return file;
    }

    private static string Text(double value) => value.ToString(CultureInfo.InvariantCulture);
}
