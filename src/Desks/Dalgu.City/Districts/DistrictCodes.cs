using System.Collections.Frozen;

namespace Dalgu.City.Districts;

/// <summary>The code systems of Daegu's districts and dongs, and how they meet. Pure; names play no part in it.</summary>
/// <remarks>Districts: MOIS 27110 ↔ KOSTAT 22010; Gunwi 27720 ↔ 37310. Dongs: MOIS ten digits 2711051700, of which statistics print the first
/// eight, 27110517; KOSTAT seven digits 2201070, or eight with a final zero
/// (in which Dalseong-gun is 22510). Dong codes of the two offices meet only in a table
/// (<c>dong-codes.csv</c>; 142 pairs of March 2022 from vuski/admdongkor, Gunwi's eight from the 2018 boundaries).</remarks>
public static class DistrictCodes
{
    private static readonly FrozenDictionary<string, string> KostatToMois = new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["22010"] = "27110", ["22020"] = "27140", ["22030"] = "27170", ["22040"] = "27200", ["22050"] = "27230",
        ["22060"] = "27260", ["22070"] = "27290", ["22310"] = "27710", ["37310"] = "27720",
    }.ToFrozenDictionary(StringComparer.Ordinal);

    // Eight-digit dong codes of KOSTAT write Dalseong-gun as 22510.
    private const string DalseongSeven = "22310", DalseongEight = "22510";

    private static readonly FrozenDictionary<string, string> MoisToKostat = KostatToMois.ToFrozenDictionary(p => p.Value, p => p.Key, StringComparer.Ordinal);
    private static readonly FrozenDictionary<string, string> DongByKostat = ReadDongs();
    private static readonly FrozenSet<string> Dongs = DongByKostat.Values.ToFrozenSet(StringComparer.Ordinal);

    /// <summary>What became of the dongs of the 2018 boundaries that are no more, by KOSTAT code: the ten-digit codes of those that
    /// hold their land now. 안심3·4동 was split in three; land of 월성1동 and 진천동 became 유천동; 옥포면 and 현풍면 became towns (읍).</summary>
    private static readonly FrozenDictionary<string, string[]> Successors = new Dictionary<string, string[]>(StringComparer.Ordinal)
    {
        ["2202075"] = ["2714074200", "2714074700", "2714075500"],
        ["2207062"] = ["2729060100", "2729061700"],
        ["2207064"] = ["2729061500", "2729061700"],
        ["2231033"] = ["2771026200"],
        ["2231034"] = ["2771026500"],
    }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>The five-digit MOIS code of the district that a code of any system and level lies in; null where it is not of Daegu.</summary>
    public static string? ToMois(string code)
    {
        if (!IsDigits(code) || code.Length is not (5 or 7 or 8 or 10)) return null;
        if (code.Length == 8 && code.StartsWith(DalseongEight, StringComparison.Ordinal)) code = DalseongSeven + code[5..];
        var head = code[..5];
        return KostatToMois.TryGetValue(head, out var mois) && code.Length is 5 or 7 or 8 ? mois
            : MoisToKostat.ContainsKey(head) && code.Length is 5 or 8 or 10 ? head : null;
    }

    /// <summary>The five-digit KOSTAT code of the district that a code lies in; null where it is not of Daegu.</summary>
    public static string? ToKostat(string code) => ToMois(code) is { } mois ? MoisToKostat[mois] : null;

    /// <summary>The ten-digit MOIS codes of the dongs that a dong's code of any system stands for today: one, or several where a dong of the
    /// 2018 boundaries was divided; none where the code is of no dong that is known, such as a branch office.</summary>
    public static IReadOnlyList<string> ToDongs(string code)
    {
        if (!IsDigits(code)) return [];
        if (code.StartsWith("27", StringComparison.Ordinal))
        {
            var ten = code.Length == 8 ? code + "00" : code;
            return Dongs.Contains(ten) ? [ten] : [];
        }
        var seven = code.Length != 8 || code[7] != '0' ? code : code.StartsWith(DalseongEight, StringComparison.Ordinal) ? DalseongSeven + code[5..7] : code[..7];
        return DongByKostat.TryGetValue(seven, out var one) ? [one] : Successors.TryGetValue(seven, out var several) ? several : [];
    }

    private static bool IsDigits(string code)
    {
        foreach (var c in code) if (!char.IsAsciiDigit(c)) return false;
        return code.Length > 0;
    }

    private static FrozenDictionary<string, string> ReadDongs()
    {
        using var stream = typeof(DistrictCodes).Assembly.GetManifestResourceStream("dong-codes.csv")!;
        using var reader = new StreamReader(stream);
        var dongs = new Dictionary<string, string>(StringComparer.Ordinal);
        reader.ReadLine();
        while (reader.ReadLine() is { } line)
        {
            var cells = line.Split(',');
            dongs[cells[0]] = cells[1];
        }
        return dongs.ToFrozenDictionary(StringComparer.Ordinal);
    }
}
