using System.Globalization;
using Dalgu.Traffic.Simulation.Network;

namespace Dalgu.Traffic.Simulation.Demand;

public sealed partial class DemandReader
{
    private void Type(XmlSource source)
    {
        var id = source.Required("id");
        if (typeNumbers.ContainsKey(id)) throw source.Bad($"the id \"{id}\" stands twice.");
        if (Described(source, id) is not { } type)
        {
            typeNumbers[id] = LeftOut;
            return;
        }
        typeNumbers[id] = types.Count;
        types.Add(type);
        if (openDistribution is not null) distribution.Add((types.Count - 1, source.Number("probability", 1)));
    }

    /// <summary>The type that an element describes; null where vehicles of its class are not simulated.</summary>
    private VehicleType? Described(XmlSource source, string id)
    {
        var name = source.Text("vClass") ?? "passenger";
        if (VehicleClasses.Named(name) is null) throw source.Bad($"the vehicle class \"{name}\" does not exist.");
        if (VehicleType.Default(id, name) is not { } start) return null;
        if (source.Text("carFollowModel") is { } model && model is not ("Krauss" or "krauss")) otherModels.Add($"The vehicle type \"{id}\" of {file} follows by the model {model}; the own engine drives it by Krauss.");
        var decel = source.Number("decel", start.Decel);
        var (mean, deviation, low, high) = SpeedFactor(source, start);
        var type = start with
        {
            Length = source.Number("length", start.Length),
            MinGap = source.Number("minGap", start.MinGap),
            Accel = source.Number("accel", start.Accel),
            Decel = decel,
            EmergencyDecel = Math.Max(decel, source.Number("emergencyDecel", start.EmergencyDecel)),
            Sigma = source.Number("sigma", start.Sigma),
            Tau = source.Number("tau", start.Tau),
            MaxSpeed = source.Number("maxSpeed", start.MaxSpeed),
            SpeedFactor = mean,
            SpeedDeviation = deviation,
            LowestSpeedFactor = low,
            HighestSpeedFactor = high,
            Impatience = source.Text("impatience") is "off" or null ? 0 : source.Number("impatience"),
        };
        if (type.Length <= 0 || type.MinGap < 0 || type.Accel <= 0 || type.Decel <= 0 || type.Tau <= 0 || type.MaxSpeed <= 0 || type.Sigma is < 0 or > 1)
            throw source.Bad($"vehicle type \"{id}\" has a length, gap, acceleration, headway, speed or sigma that no vehicle can have.");
        return type;
    }

    /// <summary>A number, <c>norm(mean,deviation)</c> or <c>normc(mean,deviation,lowest,highest)</c>.</summary>
    private static (double Mean, double Deviation, double Low, double High) SpeedFactor(XmlSource source, VehicleType start)
    {
        var deviation = source.Number("speedDev", start.SpeedDeviation);
        if (source.Text("speedFactor") is not { } text) return (start.SpeedFactor, deviation, start.LowestSpeedFactor, start.HighestSpeedFactor);
        var open = text.IndexOf('(', StringComparison.Ordinal);
        if (open < 0) return (source.Number("speedFactor", text), deviation, start.LowestSpeedFactor, start.HighestSpeedFactor);
        var parts = text[(open + 1)..].TrimEnd(')').Split(',');
        if (text[..open] is not ("norm" or "normc") || parts.Length is not (2 or 4)) throw source.Bad($"speedFactor=\"{text}\" is none of number, norm(m,d), normc(m,d,low,high).");
        var values = Array.ConvertAll(parts, p => source.Number("speedFactor", p.Trim()));
        return (values[0], values[1], values.Length == 4 ? values[2] : 0, values.Length == 4 ? values[3] : double.MaxValue);
    }

    private void OpenDistribution(XmlSource source)
    {
        openDistribution = source.Required("id");
        distribution.Clear();
        if (source.Text("vTypes") is not { } names) return;
        var weights = source.Text("probabilities")?.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        var list = names.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        for (var i = 0; i < list.Length; i++) distribution.Add((Number(source, list[i]), weights is not null && i < weights.Length ? source.Number("probabilities", weights[i]) : 1));
        if (source.IsEmpty) CloseDistribution(source);
    }

    private void CloseDistribution(XmlSource source)
    {
        if (distribution.Count == 0 || distribution.Sum(d => d.Weight) <= 0) throw source.Bad($"the distribution \"{openDistribution}\" has no type with a probability above 0.");
        distributions[openDistribution!] = [.. distribution];
        openDistribution = null;
    }

    private int TypeOf(XmlSource source, string vehicle)
    {
        var name = source.Text("type") ?? "DEFAULT_VEHTYPE";
        if (!distributions.TryGetValue(name, out var choice)) return Number(source, name);
        var at = SeededRandom.UnitOf(SeededRandom.Mix(seed, SeededRandom.Hash(vehicle))) * choice.Sum(c => c.Weight);
        foreach (var (type, weight) in choice)
            if ((at -= weight) < 0) return type;
        return choice[^1].Type;
    }

    private int Number(XmlSource source, string name)
    {
        if (typeNumbers.TryGetValue(name, out var type)) return type;
        var vehicleClass = name switch // the types that SUMO has without a file
        {
            "DEFAULT_VEHTYPE" => "passenger",
            "DEFAULT_BIKETYPE" => "bicycle",
            "DEFAULT_TAXITYPE" => "taxi",
            "DEFAULT_RAILTYPE" => "rail",
            _ => throw source.Bad($"the vehicle type \"{name}\" is not defined before it is used; where another file defines it, give that file too (--additional)."),
        };
        if (VehicleType.Default(name, vehicleClass) is not { } builtIn) return typeNumbers[name] = LeftOut;
        types.Add(builtIn);
        return typeNumbers[name] = types.Count - 1;
    }

    private static TripRow Attributes(XmlSource source, string id, double depart, int type) => new(id, depart, type, -1,
        source.Text("departLane") switch
        {
            null or "first" => (int)DepartLane.First,
            "free" => (int)DepartLane.Free,
            "allowed" => (int)DepartLane.Allowed,
            "best" => (int)DepartLane.Best,
            "random" => (int)DepartLane.Random,
            _ => source.Whole("departLane"),
        },
        source.Text("departPos") switch
        {
            null or "base" or "stop" => DepartPosition.Base,
            "random" => DepartPosition.Random,
            "free" => DepartPosition.Free,
            "random_free" => DepartPosition.RandomFree,
            "last" => DepartPosition.Last,
            _ => (float)source.Number("departPos"),
        },
        source.Text("departSpeed") switch
        {
            null => 0,
            "max" => DepartSpeed.Max,
            "desired" => DepartSpeed.Desired,
            "speedLimit" => DepartSpeed.SpeedLimit,
            "random" => DepartSpeed.Random,
            "last" => DepartSpeed.Last,
            "avg" => DepartSpeed.Average,
            _ => (float)source.Number("departSpeed"),
        },
        source.Text("arrivalPos") switch
        {
            null or "max" or "random" or "center" => float.PositiveInfinity,
            _ => (float)source.Number("arrivalPos"),
        });

    /// <summary>A flow becomes its single vehicles, named flow.0, flow.1, …</summary>
    private void Flow(XmlSource source)
    {
        var (id, line) = (Fresh(source), source.Line);
        var begin = source.Time("begin", this.begin);
        var end = source.Time("end", this.end);
        isOpen |= source.Text("begin") is null || source.Text("end") is null;
        if (end < begin) throw source.Bad($"the flow \"{id}\" ends at {end} s, before it begins at {begin} s.");
        var times = Times(source, id, begin, end);
        var first = TypeOf(source, id);
        if (first == LeftOut || IsTriggered(source))
        {
            LeaveOut(source);
            return;
        }
        var row = Attributes(source, id, begin, first);
        var typeName = source.Text("type");
        var element = source.Name;
        row = row with { Routed = source.Text("from") is not null && source.Text("route") is null && source.Text("via") is null };
        var choice = source.Text("route") is { } name ? Named(source, name) : source.Text("from") is not null ? [(Routed(source, id, first), 1)] : Inner(source, id, line);
        foreach (var (route, _) in choice) CheckOpen(route, first, id, element, line);
        for (var i = 0; i < times.Count; i++)
        {
            var vehicle = id + "." + i.ToString(CultureInfo.InvariantCulture);
            if (!ids.Add(vehicle)) throw new TrafficFileException(file, element, line, $"the id \"{vehicle}\" stands twice.");
            var type = typeName is not null && distributions.ContainsKey(typeName) ? TypeOf(typeName, vehicle) : first;
            if (type != LeftOut) trips.Add(row with { Id = vehicle, Depart = times[i], Route = Chosen(choice, vehicle), Type = type });
        }
    }

    private int TypeOf(string distributionName, string vehicle)
    {
        var choice = distributions[distributionName];
        var at = SeededRandom.UnitOf(SeededRandom.Mix(seed, SeededRandom.Hash(vehicle))) * choice.Sum(c => c.Weight);
        foreach (var (type, weight) in choice)
            if ((at -= weight) < 0) return type;
        return choice[^1].Type;
    }

    private List<double> Times(XmlSource source, string id, double begin, double end)
    {
        var times = new List<double>();
        if (source.Text("probability") is not null)
        {
            drawnFlows.Add(id);
            var (chance, random) = (source.Number("probability"), new SeededRandom(SeededRandom.Mix(seed, SeededRandom.Hash(id))));
            for (var t = begin; t < end; t++)
                if (random.NextUnit() < chance) times.Add(t);
            return times;
        }
        var number = source.Whole("number", -1);
        double period;
        if (source.Text("period") is { } text)
        {
            if (text.StartsWith("exp(", StringComparison.Ordinal))
            {
                drawnFlows.Add(id);
                var (rate, random) = (source.Number("period", text[4..].TrimEnd(')')), new SeededRandom(SeededRandom.Mix(seed, SeededRandom.Hash(id))));
                for (var t = begin; t < end && (number < 0 || times.Count < number); t += -Math.Log(1 - random.NextUnit()) / rate) times.Add(t);
                return times;
            }
            period = source.Number("period", text);
        }
        else if (source.Text("vehsPerHour") is not null) period = 3600 / source.Number("vehsPerHour");
        else if (number == 0) return times;
        else if (number > 0 && begin == end) return [.. Enumerable.Repeat(begin, number)]; // all at once
        else if (number > 0) period = (end - begin) / number;
        else throw source.Bad($"the flow \"{id}\" has none of number, period, vehsPerHour and probability.");
        if (!(period > 0)) throw source.Bad($"the flow \"{id}\" has a period of {period} s; it is above 0 s.");
        for (var i = 0; begin + i * period < end && (number < 0 || i < number); i++) times.Add(begin + i * period);
        return times;
    }
}
