using System.Globalization;

namespace Dalgu;

/// <summary>An amount of South Korean won, whole, signed. Equal and ordered by amount; the default value is nothing.</summary>
public readonly record struct Won(long Amount) : IComparable<Won>
{
    private const long Eok = 100_000_000, Jo = 10_000 * Eok;

    /// <summary>The amount of so many 억 (10^8 won), the unit of Korean budget papers.</summary>
    public static Won FromEok(long eok) => new(checked(eok * Eok));

    /// <inheritdoc/>
    public int CompareTo(Won other) => Amount.CompareTo(other.Amount);

    /// <summary>The sum. Throws on overflow.</summary>
    public static Won operator +(Won a, Won b) => new(checked(a.Amount + b.Amount));

    /// <summary>The difference. Throws on overflow.</summary>
    public static Won operator -(Won a, Won b) => new(checked(a.Amount - b.Amount));

    /// <summary>True where the left amount is the smaller.</summary>
    public static bool operator <(Won a, Won b) => a.Amount < b.Amount;

    /// <summary>True where the left amount is the larger.</summary>
    public static bool operator >(Won a, Won b) => a.Amount > b.Amount;

    /// <summary>True where the left amount is not the larger.</summary>
    public static bool operator <=(Won a, Won b) => a.Amount <= b.Amount;

    /// <summary>True where the left amount is not the smaller.</summary>
    public static bool operator >=(Won a, Won b) => a.Amount >= b.Amount;

    /// <summary>As budget papers print it, exact: 4조 7,365억원; 12조 74억원; 3억 2,000만원; 500원.</summary>
    public string ToKorean()
    {
        if (Amount == 0) return "0원";
        var rest = Math.Abs((decimal)Amount);
        var parts = new List<string>(4);
        foreach (var (unit, name) in (ReadOnlySpan<(long, string)>)[(Jo, "조"), (Eok, "억"), (10_000, "만"), (1, "")])
        {
            var n = decimal.Floor(rest / unit);
            if (n > 0) parts.Add(n.ToString("#,0", CultureInfo.InvariantCulture) + name);
            rest -= n * unit;
        }
        return (Amount < 0 ? "-" : "") + string.Join(' ', parts) + "원";
    }

    /// <summary>In English, by the unit that reads best: KRW 4.7365 trillion; KRW 51.2 billion.</summary>
    public string ToEnglish()
    {
        var magnitude = Math.Abs((decimal)Amount);
        var (scaled, word) = magnitude >= 1e12m ? (Amount / 1e12m, " trillion") : magnitude >= 1e9m ? (Amount / 1e9m, " billion")
            : magnitude >= 1e6m ? (Amount / 1e6m, " million") : (Amount, "");
        return "KRW " + scaled.ToString("#,0.####", CultureInfo.InvariantCulture) + word;
    }

    /// <inheritdoc cref="ToKorean"/>
    public override string ToString() => ToKorean();
}
