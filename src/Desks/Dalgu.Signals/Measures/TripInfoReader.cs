using System.Globalization;
using System.Xml;

namespace Dalgu.Signals.Measures;

/// <summary>Reads SUMO's tripinfo output by streaming.</summary>
internal static class TripInfoReader
{
    private const double MilligramsInKilogram = 1e6;

    public static IReadOnlyList<Trip> Read(string file)
    {
        var trips = new List<Trip>();
        using var xml = XmlReader.Create(file, new XmlReaderSettings { DtdProcessing = DtdProcessing.Prohibit, XmlResolver = null });
        while (xml.Read())
        {
            if (xml.NodeType != XmlNodeType.Element) continue;
            if (xml.Name == "tripinfo")
            {
                trips.Add(new Trip(xml.GetAttribute("id")!, Number("depart"), Number("departDelay"), Number("duration"), Number("timeLoss"), Number("waitingTime"),
                    (int)Number("waitingCount"), Number("routeLength"), Number("arrival") >= 0, 0, 0));
            }
            else if (xml.Name == "emissions" && trips.Count > 0)
            {
                trips[^1] = trips[^1] with { Co2Kg = Number("CO2_abs") / MilligramsInKilogram, NoxKg = Number("NOx_abs") / MilligramsInKilogram };
            }
        }
        return trips;

        double Number(string name) => double.TryParse(xml.GetAttribute(name), NumberStyles.Float, CultureInfo.InvariantCulture, out var value) ? value : 0;
    }
}
