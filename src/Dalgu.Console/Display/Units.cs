using System.Collections.Frozen;

namespace Dalgu.Console.Display;

/// <summary>UN/CEFACT common codes (Recommendation 20) as readable symbols.</summary>
public static class Units
{
    private static readonly FrozenDictionary<string, string> Symbols = new Dictionary<string, string>(StringComparer.Ordinal)
    {
        // mass, concentration
        ["GQ"] = "µg/m³", ["GP"] = "mg/m³", ["A93"] = "g/m³", ["KMQ"] = "kg/m³", ["59"] = "ppm", ["61"] = "ppb", ["GRM"] = "g", ["KGM"] = "kg", ["TNE"] = "t", ["MC"] = "µg", ["MGM"] = "mg",
        // temperature, pressure, humidity, light
        ["CEL"] = "°C", ["FAH"] = "°F", ["KEL"] = "K", ["A97"] = "hPa", ["PAL"] = "Pa", ["KPA"] = "kPa", ["P1"] = "%", ["LUX"] = "lx", ["D54"] = "W/m²", ["2N"] = "dB",
        // length, area, volume, flow
        ["MMT"] = "mm", ["CMT"] = "cm", ["MTR"] = "m", ["KMT"] = "km", ["MTK"] = "m²", ["KMK"] = "km²", ["HAR"] = "ha", ["LTR"] = "L", ["MTQ"] = "m³", ["MQS"] = "m³/s", ["MQH"] = "m³/h", ["H67"] = "mm/h",
        // speed, direction, time, frequency
        ["KMH"] = "km/h", ["MTS"] = "m/s", ["DD"] = "°", ["C26"] = "ms", ["SEC"] = "s", ["MIN"] = "min", ["HUR"] = "h", ["DAY"] = "d", ["ANN"] = "a", ["HTZ"] = "Hz",
        // energy, electricity
        ["WTT"] = "W", ["KWT"] = "kW", ["MAW"] = "MW", ["WHR"] = "Wh", ["KWH"] = "kWh", ["MWH"] = "MWh", ["GWH"] = "GWh", ["JOU"] = "J", ["GV"] = "GJ", ["VLT"] = "V", ["AMP"] = "A",
    }.ToFrozenDictionary(StringComparer.Ordinal);

    private static readonly FrozenDictionary<string, BilingualText> Words = new Dictionary<string, BilingualText>(StringComparer.Ordinal)
    {
        ["C62"] = new("", ""), ["H87"] = new("개", "pcs"), ["EA"] = new("개", "pcs"), ["E54"] = new("회", "trips"), ["KRW"] = new("원", "KRW"),
        ["VEH"] = new("대", "vehicles"), ["IE"] = new("명", "people"), ["E34"] = new("GB", "GB"),
    }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>The symbol of a code, such as µg/m³ for GQ; the code itself where it is not known; empty for none and for "one" (C62).</summary>
    public static string Symbol(string? code) =>
        code is null ? "" : Symbols.TryGetValue(code, out var symbol) ? symbol : Words.TryGetValue(code, out var word) ? word.Current : code;
}
