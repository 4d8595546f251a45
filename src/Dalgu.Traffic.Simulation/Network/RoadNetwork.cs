using System.Collections.Frozen;

namespace Dalgu.Traffic.Simulation.Network;

/// <summary>A road network as flat arrays with dense numbers: edges, lanes, links, junctions, signals. Immutable; safe to share between threads.</summary>
/// <remarks>A link is one way from the end of a lane to the start of another: every <c>connection</c> of the file, those of internal lanes too.
/// Text identifiers stand at the edges only (<c>EdgeId</c>, <c>FindEdge</c> and their like); everything else is a number.
/// Terms and file format: SUMO's network documentation, version 1.15.</remarks>
public sealed partial class RoadNetwork
{
    internal string[] edgeIds = [];
    internal EdgeKind[] edgeKind = [];
    internal int[] edgeFrom = [], edgeTo = [], edgeFirstLane = [], edgeLaneCount = [], edgePriority = [];
    internal FrozenDictionary<string, int> edgesById = FrozenDictionary<string, int>.Empty;

    internal string[] laneIds = [];
    internal int[] laneEdge = [], laneFirstLink = [], laneLinkCount = [], laneFirstIncoming = [], laneIncomingCount = [], laneFirstPoint = [], lanePointCount = [];
    internal double[] laneLength = [], laneSpeed = [], laneWidth = [];
    internal VehicleClasses[] laneAllowed = [];
    internal Point[] points = [];
    internal FrozenDictionary<string, int> lanesById = FrozenDictionary<string, int>.Empty;

    internal int[] linkFrom = [], linkTo = [], linkVia = [], linkNext = [], linkSignal = [], linkSignalIndex = [], linkJunction = [], linkRequest = [], incomingLinks = [];
    internal byte[] linkDirection = [], linkState = [];
    internal bool[] linkKeepClear = [], linkWaitsInside = [], linkPass = [];
    internal double[] linkVisibility = [];

    internal string[] junctionIds = [];
    internal JunctionKind[] junctionKind = [];
    internal Point[] junctionPoint = [];
    internal int[][] junctionIncoming = [], junctionInternal = [];
    internal int[] junctionRequests = [];
    internal ulong[][] junctionResponse = [], junctionFoes = [];
    internal FrozenDictionary<string, int> junctionsById = FrozenDictionary<string, int>.Empty;

    internal Signal[] signals = [];
    internal FrozenDictionary<string, int> signalsById = FrozenDictionary<string, int>.Empty;
    internal int[][] roundabouts = [];
    internal readonly List<string> notes = [];

    internal RoadNetwork(string file) => File = file;

    /// <summary>The file that it was read from, as the caller named it; a made-up name where it was generated.</summary>
    public string File { get; }

    /// <summary>How many edges there are; they are numbered from 0. Internal edges, crossings and walking areas count.</summary>
    public int EdgeCount => edgeIds.Length;

    /// <summary>The identifier of an edge in the file.</summary>
    public string EdgeId(int edge) => edgeIds[edge];

    /// <summary>The number of the edge with this identifier, or -1.</summary>
    public int FindEdge(string id) => edgesById.GetValueOrDefault(id, -1);

    /// <summary>What each edge is for.</summary>
    public ReadOnlySpan<EdgeKind> EdgeKind => edgeKind;

    /// <summary>The junction that each edge leaves; for an internal edge the junction that it lies in.</summary>
    public ReadOnlySpan<int> EdgeFrom => edgeFrom;

    /// <summary>The junction that each edge reaches; for an internal edge the junction that it lies in.</summary>
    public ReadOnlySpan<int> EdgeTo => edgeTo;

    /// <summary>The first (rightmost) lane of each edge; the others follow it.</summary>
    public ReadOnlySpan<int> EdgeFirstLane => edgeFirstLane;

    /// <summary>How many lanes each edge has.</summary>
    public ReadOnlySpan<int> EdgeLaneCount => edgeLaneCount;

    /// <summary>The priority of each edge; a larger number goes before.</summary>
    public ReadOnlySpan<int> EdgePriority => edgePriority;

    /// <summary>How many lanes there are; they are numbered from 0, those of one edge in a row from right to left.</summary>
    public int LaneCount => laneIds.Length;

    /// <summary>The identifier of a lane in the file.</summary>
    public string LaneId(int lane) => laneIds[lane];

    /// <summary>The number of the lane with this identifier, or -1.</summary>
    public int FindLane(string id) => lanesById.GetValueOrDefault(id, -1);

    /// <summary>The edge of each lane.</summary>
    public ReadOnlySpan<int> LaneEdge => laneEdge;

    /// <summary>The length of each lane in metres.</summary>
    public ReadOnlySpan<double> LaneLength => laneLength;

    /// <summary>The speed limit of each lane in metres a second.</summary>
    public ReadOnlySpan<double> LaneSpeed => laneSpeed;

    /// <summary>The width of each lane in metres (3.2 where the file says none).</summary>
    public ReadOnlySpan<double> LaneWidth => laneWidth;

    /// <summary>Who may use each lane.</summary>
    public ReadOnlySpan<VehicleClasses> LaneAllowed => laneAllowed;

    /// <summary>The middle line of a lane, from its start to its end.</summary>
    public ReadOnlySpan<Point> LaneShape(int lane) => points.AsSpan(laneFirstPoint[lane], lanePointCount[lane]);

    /// <summary>The first link that leaves each lane; the lane's other links follow it.</summary>
    public ReadOnlySpan<int> LaneFirstLink => laneFirstLink;

    /// <summary>How many links leave each lane.</summary>
    public ReadOnlySpan<int> LaneLinkCount => laneLinkCount;

    /// <summary>The links that enter a lane.</summary>
    public ReadOnlySpan<int> IncomingLinks(int lane) => incomingLinks.AsSpan(laneFirstIncoming[lane], laneIncomingCount[lane]);

    /// <summary>How many links there are; they are numbered from 0, those that leave one lane in a row.</summary>
    public int LinkCount => linkFrom.Length;

    /// <summary>The lane that each link leaves.</summary>
    public ReadOnlySpan<int> LinkFrom => linkFrom;

    /// <summary>The lane of a street that each link leads to in the end.</summary>
    public ReadOnlySpan<int> LinkTo => linkTo;

    /// <summary>The internal lane that each link enters first, or -1 where it leads to its target at once.</summary>
    public ReadOnlySpan<int> LinkVia => linkVia;

    /// <summary>The lane that a vehicle is on right after each link: the internal lane if there is one, else the target.</summary>
    public ReadOnlySpan<int> LinkNext => linkNext;

    /// <summary>The direction of each link as a letter: <c>s</c> straight, <c>t</c> turn round, <c>l r</c> left and right, <c>L R</c> partly.</summary>
    public ReadOnlySpan<byte> LinkDirection => linkDirection;

    /// <summary>The state of each link without a signal as a letter: <c>M m</c> major and minor, <c>= s w Z</c> equal, stop, all-way stop, zipper, <c>O o</c> signal off.</summary>
    public ReadOnlySpan<byte> LinkState => linkState;

    /// <summary>The signal that controls each link, or -1.</summary>
    public ReadOnlySpan<int> LinkSignal => linkSignal;

    /// <summary>Where each link's letter stands in the signal's state; -1 without a signal.</summary>
    public ReadOnlySpan<int> LinkSignalIndex => linkSignalIndex;

    /// <summary>The junction that each link crosses.</summary>
    public ReadOnlySpan<int> LinkJunction => linkJunction;

    /// <summary>The row of each link in its junction's right-of-way matrices, or -1 for links of internal lanes and of junctions without matrices.</summary>
    public ReadOnlySpan<int> LinkRequest => linkRequest;

    /// <summary>How many junctions there are; they are numbered from 0.</summary>
    public int JunctionCount => junctionIds.Length;

    /// <summary>The identifier of a junction in the file.</summary>
    public string JunctionId(int junction) => junctionIds[junction];

    /// <summary>The number of the junction with this identifier, or -1.</summary>
    public int FindJunction(string id) => junctionsById.GetValueOrDefault(id, -1);

    /// <summary>Who goes first at each junction.</summary>
    public ReadOnlySpan<JunctionKind> JunctionKind => junctionKind;

    /// <summary>Where each junction lies.</summary>
    public ReadOnlySpan<Point> JunctionPoint => junctionPoint;

    /// <summary>The lanes that lead to a junction.</summary>
    public ReadOnlySpan<int> IncomingLanes(int junction) => junctionIncoming[junction];

    /// <summary>The internal lanes of a junction; the lane at place i is the last of the path of the link with request i.</summary>
    public ReadOnlySpan<int> InternalLanes(int junction) => junctionInternal[junction];

    /// <summary>How many rows the right-of-way matrices of each junction have; 0 where it has none.</summary>
    public ReadOnlySpan<int> JunctionRequests => junctionRequests;

    /// <summary>Whether the link with one request of a junction gives way to the link with another (SUMO's <c>response</c>).</summary>
    public bool Yields(int junction, int request, int other) => Bit(junctionResponse[junction], junctionRequests[junction], request, other);

    /// <summary>Whether the paths of two requests of a junction cross or merge (SUMO's <c>foes</c>).</summary>
    public bool Conflicts(int junction, int request, int other) => Bit(junctionFoes[junction], junctionRequests[junction], request, other);

    /// <summary>Whether two links of one junction cross or merge. False for links of different junctions and for links without a request.</summary>
    public bool LinksConflict(int link, int other) =>
        linkJunction[link] == linkJunction[other] && linkRequest[link] >= 0 && linkRequest[other] >= 0
        && (Conflicts(linkJunction[link], linkRequest[link], linkRequest[other]) || Conflicts(linkJunction[link], linkRequest[other], linkRequest[link]));

    /// <summary>The signals, numbered from 0 in the order of the file.</summary>
    public IReadOnlyList<Signal> Signals => signals;

    /// <summary>The number of the signal with this identifier, or -1.</summary>
    public int FindSignal(string id) => signalsById.GetValueOrDefault(id, -1);

    /// <summary>What whoever uses the network should know of it: a sentence each, empty where it is as it should be.</summary>
    public IReadOnlyList<string> Notes => notes;

    /// <summary>The edges of each roundabout.</summary>
    public IReadOnlyList<int[]> Roundabouts => roundabouts;

    /// <summary>How many 64-bit words a row of a matrix of that many columns takes.</summary>
    internal static int Words(int columns) => (columns + 63) >> 6;

    private static bool Bit(ulong[] matrix, int columns, int row, int column) =>
        (uint)row < (uint)columns && (uint)column < (uint)columns && (matrix[row * Words(columns) + (column >> 6)] >> (column & 63) & 1) != 0;
}
