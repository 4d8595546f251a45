using Dalgu.Signals.Streets;

namespace Dalgu.Signals.Engines;

/// <summary>The vehicles in the network at one instant, each in a slot that is its own while it drives. Arrays, so that a step allocates nothing.</summary>
internal sealed class Vehicles(StreetMap map)
{
    private readonly StreetMap map = map;
    private readonly Stack<int> free = new();

    /// <summary>Slots in use, some of them empty.</summary>
    public int Slots { get; private set; }
    public bool[] Present = new bool[256];
    public int[] Lane = new int[256];

    /// <summary>Metres from the lane's beginning to the front bumper.</summary>
    public double[] Position = new double[256];
    public double[] Speed = new double[256];

    /// <summary>Metres, without the gap to the vehicle before it.</summary>
    public double[] Length = new double[256];

    /// <summary>Seconds below 0.1 m/s since it last moved.</summary>
    public double[] Waiting = new double[256];

    /// <summary>Seconds below 0.1 m/s since it entered the approach it is on.</summary>
    public double[] Waited = new double[256];
    public int[][] Route = new int[256][];
    public int[] At = new int[256];

    /// <summary>The next controlled link on its way; -1 where no signal is ahead.</summary>
    public int[] Target = new int[256];

    /// <summary>Metres from the end of its present lane to the stop line of <see cref="Target"/>.</summary>
    public double[] Beyond = new double[256];

    /// <summary>Seconds at free speed from the end of its present lane to that stop line.</summary>
    public double[] BeyondSeconds = new double[256];

    /// <summary>The number of the next link on its way; -1 at the end of its route.</summary>
    public int[] Next = new int[256];

    /// <summary>A slot for a vehicle that has just entered.</summary>
    public int Enter(int[] route, double length)
    {
        if (!free.TryPop(out var slot))
        {
            slot = Slots++;
            if (slot == Present.Length) Grow();
        }
        Present[slot] = true;
        Route[slot] = route;
        Length[slot] = length;
        At[slot] = 0;
        Lane[slot] = Target[slot] = Next[slot] = -1;
        Waiting[slot] = Waited[slot] = Speed[slot] = Position[slot] = 0;
        return slot;
    }

    /// <summary>Gives the slot of a vehicle that has arrived back.</summary>
    public void Leave(int slot)
    {
        Present[slot] = false;
        free.Push(slot);
    }

    /// <summary>Where a vehicle is now. Its way ahead is worked out anew when its lane has changed.</summary>
    public void Move(int slot, int lane, double position, double speed)
    {
        Position[slot] = position;
        Speed[slot] = speed;
        if (speed < 0.1)
        {
            Waiting[slot]++;
            Waited[slot]++;
        }
        else Waiting[slot] = 0;
        if (lane == Lane[slot]) return;
        Lane[slot] = lane;
        LookAhead(slot);
    }

    /// <summary>The next controlled link on a vehicle's way after a link that it will pass, and the seconds at free speed from the one stop line to the other; -1 where none follows.</summary>
    public (int Link, double Seconds) After(int slot, int link)
    {
        var at = Array.IndexOf(Route[slot], map.Links[link].ToEdge, At[slot]);
        if (at < 0) return (-1, 0);
        var (target, _, seconds) = Ahead(Route[slot], at, map.Links[link].To);
        var to = map.Lanes[map.Links[link].To];
        return (target, (map.Links[link].Length + to.Length) / to.Speed + seconds);
    }

    private void LookAhead(int slot)
    {
        var lane = Lane[slot];
        var route = Route[slot];
        double metres = 0, seconds = 0;
        var from = lane;
        var at = At[slot];
        Next[slot] = -1;
        if (map.Lanes[lane].Internal)
        {
            // Inside a junction the link that it is on says where it comes out.
            Next[slot] = map.Lanes[lane].Path;
            Target[slot] = -1;
            if (Next[slot] < 0) return;
            from = map.Links[Next[slot]].To;
            metres = map.Lanes[lane].PathRest + map.Lanes[from].Length;
            seconds = metres / map.Lanes[from].Speed;
        }
        var edge = map.Lanes[from].Edge;
        if (edge != route[at])
        {
            var found = Array.IndexOf(route, edge, at + 1);
            if (found < 0) found = Array.IndexOf(route, edge);
            if (found < 0)
            {
                Target[slot] = -1;
                return;
            }
            at = found;
            if (from == lane) At[slot] = at;
        }
        if (from == lane && at + 1 < route.Length) Next[slot] = map.LinkBetween(from, route[at + 1]);
        var ahead = Ahead(route, at, from);
        if (ahead.Link != Target[slot] || ahead.Link < 0) Waited[slot] = 0;
        Target[slot] = ahead.Link;
        Beyond[slot] = metres + ahead.Metres;
        BeyondSeconds[slot] = seconds + ahead.Seconds;
    }

    /// <summary>The next controlled link from a lane on, with metres and seconds from that lane's end to its stop line.</summary>
    private (int Link, double Metres, double Seconds) Ahead(int[] route, int at, int from)
    {
        double metres = 0, seconds = 0;
        for (var i = at; i + 1 < route.Length; i++)
        {
            var link = map.LinkBetween(from, route[i + 1]);
            if (link < 0) break;
            if (map.Links[link].Signal >= 0) return (link, metres, seconds);
            var to = map.Lanes[map.Links[link].To];
            metres += map.Links[link].Length + to.Length;
            seconds += (map.Links[link].Length + to.Length) / to.Speed;
            from = to.Number;
            // Enter the lane from which the way goes on.
            if (i + 2 < route.Length && map.LinkBetween(from, route[i + 2]) is var onward and >= 0) from = map.Links[onward].From;
        }
        return (-1, metres, seconds);
    }

    private void Grow()
    {
        var size = Present.Length * 2;
        Array.Resize(ref Present, size);
        Array.Resize(ref Lane, size);
        Array.Resize(ref Position, size);
        Array.Resize(ref Speed, size);
        Array.Resize(ref Length, size);
        Array.Resize(ref Waiting, size);
        Array.Resize(ref Waited, size);
        Array.Resize(ref Route, size);
        Array.Resize(ref At, size);
        Array.Resize(ref Target, size);
        Array.Resize(ref Beyond, size);
        Array.Resize(ref BeyondSeconds, size);
        Array.Resize(ref Next, size);
    }
}
