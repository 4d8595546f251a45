namespace Dalgu.Signals.Control;

/// <summary>Plays one junction forward a second at a time: queues and saturation flow, yielding, exits that fill. Deterministic; a run allocates nothing.</summary>
/// <remarks>After the first action, and the phase that is tried after it, a plain rule goes on: serve until the approach runs empty or others outweigh it, then
/// the phase with the most vehicles. What the first action costs under that rule is what it is judged by (a roll-out in the sense of Bertsekas).</remarks>
/// <param name="options">The setting.</param>
internal sealed class Rollout(DalguOptions options)
{
    /// <summary>Keep the first phase until it runs empty.</summary>
    public const int UntilEmpty = -1;

    /// <summary>The phase with the most vehicles follows.</summary>
    public const int ByRule = -1;
    private const int Undecided = -2;
    private const int MostLanes = 256, MostLinks = 1024;
    private readonly int[] released = new int[MostLanes], arrived = new int[MostLanes], inside = new int[MostLanes];
    private readonly double[] next = new double[MostLanes], used = new double[MostLanes], lastOfLink = new double[MostLinks];
    private readonly bool[] was = new bool[MostLinks], calls = new bool[MostLinks], unserved = new bool[MostLinks];
    private JunctionModel model = null!;
    private bool recording;
    private int phase, from, green, clearance, left, time, second;

    /// <summary>The cost of one first action, in vehicle seconds: waiting, stops, and what is left at the horizon.</summary>
    /// <param name="junction">The junction as observed.</param>
    /// <param name="now">The phase that is green.</param>
    /// <param name="greenSeconds">How long it has been.</param>
    /// <param name="first">The phase of the first action; <paramref name="now"/> means to stay.</param>
    /// <param name="hold">For how many seconds the first phase stays green in any case, or <see cref="UntilEmpty"/>.</param>
    /// <param name="then">The phase that follows it, or <see cref="ByRule"/>.</param>
    /// <param name="limit">A cost from which on it is of no interest what more there is.</param>
    public double Run(JunctionModel junction, int now, int greenSeconds, int first, int hold, int then = ByRule, double limit = double.MaxValue)
    {
        Begin(junction, now, greenSeconds, first);
        second = then;
        return Play(hold, limit);
    }

    /// <summary>Plays a junction from what it shows, a clearance under way or not, and notes when each vehicle leaves.</summary>
    /// <param name="junction">The junction as observed.</param>
    /// <param name="state">What its signal shows.</param>
    /// <param name="clearing">Seconds that a clearance under way still takes.</param>
    /// <param name="first">The phase of the first action.</param>
    /// <param name="hold">For how many seconds the phase stays green in any case, or <see cref="UntilEmpty"/>.</param>
    /// <param name="then">The phase that follows it, or <see cref="ByRule"/>.</param>
    public void Foresee(JunctionModel junction, in SignalNow state, int clearing, int first, int hold, int then = ByRule)
    {
        Begin(junction, state.Phase, state.Green, state.Clearing ? state.Phase : first);
        if (state.Clearing)
        {
            from = state.From;
            clearance = model.Limits.Clearance[from, phase];
            left = Math.Min(clearing, clearance);
        }
        for (var l = 0; l < model.Lanes.Length; l++) Array.Fill(model.Leaves[l], -1, 0, model.Count[l]);
        recording = true;
        second = then;
        Play(hold, double.MaxValue);
        recording = false;
    }

    private double Play(int hold, double limit)
    {
        var held = green;
        var plan = hold;
        double cost = 0;
        for (time = 0; time < options.Horizon; time++)
        {
            if (left == 0) plan = Decide(plan, held);
            if (recording) model.Shown[time] = new(phase, from, left > 0, left > 0 ? clearance - left : 0);
            foreach (var e in model.InnerExits)
                if (GoesOn(e)) inside[e] = 0;
            // Those with priority go first, then those that yield to them.
            for (var l = 0; l < model.Lanes.Length; l++) Arrive(l);
            for (var l = 0; l < model.Lanes.Length; l++) Release(l, Right.Protected);
            for (var l = 0; l < model.Lanes.Length; l++) Release(l, Right.Yields);
            cost += Waiting();
            if (cost >= limit) return cost;
            if (left > 0)
            {
                if (--left == 0) green = 0;
            }
            else green++;
        }
        for (var l = 0; l < model.Lanes.Length; l++) cost += (arrived[l] - released[l]) * (model.Full[l] && !model.IsApart ? options.ResidualFull : options.Residual);
        return cost;
    }

    private void Begin(JunctionModel junction, int now, int greenSeconds, int first)
    {
        model = junction;
        phase = from = now;
        green = greenSeconds;
        left = 0;
        Array.Clear(released, 0, model.Lanes.Length);
        Array.Clear(arrived, 0, model.Lanes.Length);
        Array.Clear(next, 0, model.Lanes.Length);
        Array.Clear(used, 0, model.Exits.Length);
        model.Inside.CopyTo(inside, 0);
        if (model.Limits.Order is not null) model.Called.CopyTo(unserved, 0);
        for (var k = 0; k < model.Links.Length; k++)
        {
            lastOfLink[k] = -100;
            was[k] = model.Rights[now][k] != Right.None;
        }
        if (first != now) Change(first);
    }

    private void Change(int to)
    {
        from = phase;
        phase = to;
        green = 0;
        left = clearance = model.Limits.Clearance[from, to];
        if (model.Limits.Order is not null) Serve(to);
    }

    private void Serve(int to)
    {
        var state = model.Signal.Phases[to];
        for (var i = 0; i < state.Length; i++) unserved[i] &= state[i] is not ('G' or 'g');
    }

    private int Decide(int plan, int held)
    {
        var enough = green >= model.Limits.MinGreen[phase];
        if (plan >= 0)
        {
            if (time == 0 || green - held < plan || !enough) return plan;
            plan = Undecided;
        }
        else if (plan == UntilEmpty && !(time > 0 && enough && (green >= options.MaxGreen || !Busy() || model.LooksAhead && Outweighed()))) return plan;
        var best = second == ByRule ? Best() : InOrder(second);
        second = ByRule;
        if (best >= 0) Change(best);
        return UntilEmpty;
    }

    private void Arrive(int l)
    {
        var etas = model.Eta[l];
        while (arrived[l] < model.Count[l] && etas[arrived[l]] <= time + 0.5) arrived[l]++;
    }

    private void Release(int l, byte pass)
    {
        for (; released[l] < arrived[l]; released[l]++)
        {
            var link = model.Link[l][released[l]];
            var right = RightNow(link);
            if (right == Right.None)
            {
                was[link] = false;
                return;
            }
            if (!was[link])
            {
                was[link] = true;
                next[l] = Math.Max(next[l], time + options.StartUp);
            }
            if (right != pass || next[l] > time + 0.5) return;
            if (StopsFirst(link) && time < lastOfLink[link] + options.TurnOnRed - 0.5) return;
            var exit = model.ExitOfLink[link];
            if (!Takes(exit) || pass == Right.Yields && MustYield(link)) return;
            if (recording) model.Leaves[l][released[l]] = time;
            used[exit]++;
            inside[exit]++;
            lastOfLink[link] = time;
            next[l] = Math.Max(next[l], time - 0.5) + options.Headway;
        }
    }

    private byte RightNow(int link) => Shown(link) is var right and not Right.StopAndTurn ? right : Right.Yields;

    /// <summary>Whether everybody on a link has to stop before it turns.</summary>
    private bool StopsFirst(int link) => Shown(link) == Right.StopAndTurn;

    private byte Shown(int link)
    {
        var right = model.Rights[phase][link];
        if (left > 0)
        {
            var before = model.Rights[from][link];
            var goesOn = before != Right.None && right != Right.None;
            // The first second of yellow still serves who cannot stop.
            right = goesOn || clearance - left < options.YellowUse ? before : Right.None;
        }
        return right;
    }

    private bool Takes(int exit) => used[exit] + 1 <= model.Room[exit] + options.ExitFlow * time && (model.Onward[exit].Length == 0 || inside[exit] < model.MostInside[exit] || GoesOn(exit));

    /// <summary>Whether the stop line of this signal behind an exit lets vehicles go on, so that nobody stands before it in the junction.</summary>
    private bool GoesOn(int exit)
    {
        foreach (var link in model.Onward[exit])
            if (RightNow(link) != Right.None) return true;
        return false;
    }

    private bool MustYield(int link)
    {
        foreach (var foe in model.YieldsTo[link])
        {
            if (lastOfLink[foe] > time - 1.5) return true;
            if (left > 0 || model.Rights[phase][foe] == Right.None) continue;
            var l = model.LaneOfLink[foe];
            var i = released[l];
            if (i < model.Count[l] && model.Link[l][i] == foe && model.Eta[l][i] <= time + model.Gap && next[l] <= time + model.Gap && Takes(model.ExitOfLink[foe])) return true;
        }
        return false;
    }

    /// <summary>A second of waiting for each in a queue; for each that has to stop the time that braking and starting take.</summary>
    private double Waiting()
    {
        double cost = 0;
        for (var l = 0; l < model.Lanes.Length; l++)
        {
            var queue = arrived[l] - released[l];
            cost += queue;
            if (queue > model.Storage[l]) cost += options.Spill * (queue - model.Storage[l]);
            for (var i = released[l]; i < arrived[l]; i++)
                if (!model.Stopped[l][i] && model.Eta[l][i] > time - 0.5) cost += options.StopCost;
        }
        return cost;
    }

    /// <summary>Whether another phase could soon serve so many more that it pays to leave those who still come here.</summary>
    private bool Outweighed()
    {
        var here = options.Outweigh * Servable(phase) + 1;
        for (var p = 0; p < model.Rights.Length; p++)
            if (p != phase && Servable(p) > here) return true;
        return false;
    }

    /// <summary>The vehicles that a phase could let go within <see cref="DalguOptions.OutweighSight"/>, so many on each lane as leave it in that time. Those that yield count half.</summary>
    private double Servable(int p)
    {
        double sum = 0;
        var rights = model.Rights[p];
        var most = (int)(options.OutweighSight / options.Headway);
        for (var l = 0; l < model.Lanes.Length; l++)
            for (var i = released[l]; i < model.Count[l] && i < released[l] + most && model.Eta[l][i] <= time + options.OutweighSight; i++)
            {
                var link = model.Link[l][i];
                if (rights[link] is Right.None or Right.StopAndTurn || !Takes(model.ExitOfLink[link])) break;
                sum += rights[link] == Right.Protected ? 1 : 0.5;
            }
        return sum;
    }

    /// <summary>Whether a link with green still has someone to serve within sight.</summary>
    private bool Busy()
    {
        var rights = model.Rights[phase];
        for (var l = 0; l < model.Lanes.Length; l++)
        {
            var i = released[l];
            if (i >= model.Count[l] || model.Eta[l][i] > time + options.ServeSight) continue;
            var link = model.Link[l][i];
            if (rights[link] is Right.Yields or Right.Protected && Takes(model.ExitOfLink[link])) return true;
        }
        return false;
    }

    /// <summary>The other phase with the most vehicles that it could serve, of those that may follow now, else the one that comes on the way to it; -1 where none has. Those that yield count half.</summary>
    private int Best()
    {
        var (best, wanted) = (-1, -1);
        var (most, mostWanted) = (0.0, 0.0);
        for (var step = 1; step < model.Rights.Length; step++)
        {
            var p = (phase + step) % model.Rights.Length;
            double weight = 0;
            var rights = model.Rights[p];
            for (var l = 0; l < model.Lanes.Length; l++)
                for (var i = released[l]; i < model.Count[l] && model.Eta[l][i] <= time + options.BestSight; i++)
                {
                    var right = rights[model.Link[l][i]];
                    if (right is Right.None or Right.StopAndTurn) break;
                    weight += right == Right.Protected ? 1 : 0.5;
                }
            if (weight > mostWanted) (mostWanted, wanted) = (weight, p);
            if (weight > most && InOrder(p) == p) (most, best) = (weight, p);
        }
        return best < 0 && wanted >= 0 ? InOrder(wanted) : best;
    }

    /// <summary>The phase that the guard would give for a wanted one in this second of the plan, as far as the order of phases goes: called is who was and has not been green since, and whoever is near.</summary>
    private int InOrder(int wanted)
    {
        if (model.Limits.Order is not { } order || wanted == phase) return wanted;
        unserved.AsSpan(0, model.Called.Length).CopyTo(calls);
        for (var l = 0; l < model.Lanes.Length; l++)
            for (var i = released[l]; i < model.Count[l] && model.Eta[l][i] <= time + options.BestSight; i++)
                if (model.Rights[phase][model.Link[l][i]] is Right.None or Right.StopAndTurn) calls[model.IndexOfLink[model.Link[l][i]]] = true;
        return order.Next(phase, wanted, calls.AsSpan(0, model.Called.Length));
    }
}
