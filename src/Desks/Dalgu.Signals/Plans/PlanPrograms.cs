using System.Globalization;
using System.Text;
using System.Xml;
using Dalgu.Signals.Control;
using Dalgu.Signals.Guard;
using Dalgu.Signals.Streets;

namespace Dalgu.Signals.Plans;

/// <summary>A plan as an additional file of SUMO: a static tlLogic for each signal, with yellow and all-red between its greens.</summary>
internal static class PlanPrograms
{
    /// <summary>The file's text.</summary>
    public static string Write(SignalPlan[] plans, StreetMap map, SignalLimits[] limits, string program)
    {
        var text = new StringBuilder();
        using (var xml = XmlWriter.Create(text, new XmlWriterSettings { Indent = true, OmitXmlDeclaration = true }))
        {
            xml.WriteStartElement("additional");
            for (var s = 0; s < plans.Length; s++)
            {
                xml.WriteStartElement("tlLogic");
                xml.WriteAttributeString("id", map.Signals[s].Id);
                xml.WriteAttributeString("type", "static");
                xml.WriteAttributeString("programID", program);
                xml.WriteAttributeString("offset", Text(plans[s].Offset));
                var (order, green) = (plans[s].Order, plans[s].Green);
                for (var i = 0; i < order.Length; i++)
                {
                    var next = order[(i + 1) % order.Length];
                    var clear = limits[s].Clearance[order[i], next];
                    var yellow = Math.Min(clear, limits[s].Profile.Yellow);
                    Phase(xml, green[i], map.Signals[s].Phases[order[i]]);
                    Phase(xml, yellow, Clearance.State(map.Signals[s].Phases[order[i]], map.Signals[s].Phases[next], yellow: true));
                    Phase(xml, clear - yellow, Clearance.State(map.Signals[s].Phases[order[i]], map.Signals[s].Phases[next], yellow: false));
                }
                xml.WriteEndElement();
            }
            xml.WriteEndElement();
        }
        return text.Append('\n').ToString();
    }

    private static void Phase(XmlWriter xml, int seconds, string state)
    {
        if (seconds <= 0) return;
        xml.WriteStartElement("phase");
        xml.WriteAttributeString("duration", Text(seconds));
        xml.WriteAttributeString("state", state);
        xml.WriteEndElement();
    }

    private static string Text(int value) => value.ToString(CultureInfo.InvariantCulture);
}
