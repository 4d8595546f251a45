using Dalgu.Testing;
using Dalgu.Traffic.Simulation.Demand;
using Dalgu.Traffic.Simulation.Network;

namespace Dalgu.Traffic.Simulation.Tests;

/// <summary>One of the shared referee scenarios: test input only, never part of the product.</summary>
internal sealed record Scenario(string Name, string NetworkFile, string DemandFile, int Begin)
{
    public static readonly string[] Names = ["cologne1", "cologne3", "ingolstadt1", "ingolstadt21", "grid4x4", "arterial4x4"];

    public int End => Begin + 3600;

    public static Scenario OrSkip(string name)
    {
        var folder = SharedData.PathOrSkip("data", "traffic", "resco", name);
        var begin = name.StartsWith("cologne", StringComparison.Ordinal) ? 25200 : name.StartsWith("ingolstadt", StringComparison.Ordinal) ? 57600 : 0;
        return new(name, Path.Combine(folder, name + ".net.xml.gz"), Path.Combine(folder, name + ".rou.xml.gz"), begin);
    }

    public (RoadNetwork Network, TrafficDemand Demand) Load()
    {
        var network = NetworkReader.Read(NetworkFile);
        return (network, DemandReader.Read(DemandFile, network));
    }
}
