using Dalgu.Signals.Streets;
using Dalgu.Traffic.Simulation.Network;

namespace Dalgu.Signals.Tests;

/// <summary>A crossroads drawn by hand: four arms, one lane in and one out each, straight ahead and left, four phases.</summary>
internal static class Crossroads
{
    /// <summary>The network file's text.</summary>
    public static string Xml(string phases = Phases)
    {
        // Arms 0 north, 1 east, 2 south, 3 west; of each the links straight (to the arm across) and left.
        var text = new System.Text.StringBuilder("<net version=\"1.16\">\n");
        for (var a = 0; a < 4; a++)
            for (var turn = 0; turn < 2; turn++)
                text.Append($"<edge id=\":C_{a * 2 + turn}\" function=\"internal\"><lane id=\":C_{a * 2 + turn}_0\" index=\"0\" speed=\"13.89\" length=\"20\" shape=\"{X(a, 10)},{Y(a, 10)} {X(To(a, turn), 10)},{Y(To(a, turn), 10)}\"/></edge>\n");
        for (var a = 0; a < 4; a++)
        {
            text.Append($"<edge id=\"in{a}\" from=\"A{a}\" to=\"C\" priority=\"1\"><lane id=\"in{a}_0\" index=\"0\" speed=\"13.89\" length=\"200\" shape=\"{X(a, 210)},{Y(a, 210)} {X(a, 10)},{Y(a, 10)}\"/></edge>\n");
            text.Append($"<edge id=\"out{a}\" from=\"C\" to=\"A{a}\" priority=\"1\"><lane id=\"out{a}_0\" index=\"0\" speed=\"13.89\" length=\"200\" shape=\"{X(a, 10)},{Y(a, 10)} {X(a, 210)},{Y(a, 210)}\"/></edge>\n");
        }
        text.Append("<tlLogic id=\"C\" type=\"static\" programID=\"0\" offset=\"0\">\n").Append(phases).Append("</tlLogic>\n");
        for (var a = 0; a < 4; a++) text.Append($"<junction id=\"A{a}\" type=\"dead_end\" x=\"{X(a, 210)}\" y=\"{Y(a, 210)}\" incLanes=\"out{a}_0\" intLanes=\"\" shape=\"0,0\"/>\n");
        text.Append("<junction id=\"C\" type=\"traffic_light\" x=\"0\" y=\"0\" incLanes=\"in0_0 in1_0 in2_0 in3_0\" intLanes=\":C_0_0 :C_1_0 :C_2_0 :C_3_0 :C_4_0 :C_5_0 :C_6_0 :C_7_0\" shape=\"0,0\">\n");
        for (var i = 0; i < 8; i++)
            text.Append($"<request index=\"{i}\" response=\"{Row(i, Yields)}\" foes=\"{Row(i, Crosses)}\" cont=\"0\"/>\n");
        text.Append("</junction>\n");
        for (var a = 0; a < 4; a++)
            for (var turn = 0; turn < 2; turn++)
                text.Append($"<connection from=\"in{a}\" to=\"out{To(a, turn)}\" fromLane=\"0\" toLane=\"0\" via=\":C_{a * 2 + turn}_0\" tl=\"C\" linkIndex=\"{a * 2 + turn}\" dir=\"{(turn == 0 ? 's' : 'l')}\" state=\"O\"/>\n");
        for (var a = 0; a < 4; a++)
            for (var turn = 0; turn < 2; turn++)
                text.Append($"<connection from=\":C_{a * 2 + turn}\" to=\"out{To(a, turn)}\" fromLane=\"0\" toLane=\"0\" dir=\"{(turn == 0 ? 's' : 'l')}\" state=\"M\"/>\n");
        return text.Append("</net>\n").ToString();
    }

    /// <summary>North and south straight; their lefts; east and west straight; their lefts.</summary>
    public const string Phases = """
        <phase duration="30" state="GgrrGgrr"/>
        <phase duration="3" state="ygrrygrr"/>
        <phase duration="8" state="rGrrrGrr"/>
        <phase duration="3" state="ryrrryrr"/>
        <phase duration="30" state="rrGgrrGg"/>
        <phase duration="3" state="rrygrryg"/>
        <phase duration="8" state="rrrGrrrG"/>
        <phase duration="3" state="rrryrrry"/>

        """;

    public static StreetMap Map(string phases = Phases, bool allowCrossingGreens = false)
    {
        var file = Path.Combine(Path.GetTempPath(), $"crossroads-{Guid.NewGuid():n}.net.xml");
        File.WriteAllText(file, Xml(phases));
        try
        {
            return StreetMap.Read(file, allowCrossingGreens: allowCrossingGreens);
        }
        finally
        {
            File.Delete(file);
        }
    }

    private static int To(int arm, int turn) => (arm + (turn == 0 ? 2 : 1)) % 4;

    private static int X(int arm, int far) => arm == 1 ? far : arm == 3 ? -far : 0;

    private static int Y(int arm, int far) => arm == 0 ? far : arm == 2 ? -far : 0;

    // Opposite straights do not cross; a left crosses the straight across; all else of the other road crosses. Ends on one exit cross too.
    public static bool Crosses(int i, int k)
    {
        if (i == k) return false;
        var (a, b) = (i / 2, k / 2);
        if (a == b) return false;
        var (left, otherLeft) = (i % 2 == 1, k % 2 == 1);
        if (To(a, i % 2) == To(b, k % 2)) return true;
        if ((a + 2) % 4 == b) return left != otherLeft;
        return true;
    }

    public static bool Yields(int i, int k) => Crosses(i, k) && (i % 2 == 1 && k % 2 == 0 && (i / 2 + 2) % 4 == k / 2);

    private static string Row(int i, Func<int, int, bool> bit) => string.Concat(Enumerable.Range(0, 8).Reverse().Select(k => bit(i, k) ? '1' : '0'));
}
