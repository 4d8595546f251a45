using System.Globalization;
using CsCheck;
using Xunit;

namespace Dalgu.Core.Tests;

public class WonTests
{
    /// <summary>Figures as the plan's papers print them (대구형 뉴딜, 2021).</summary>
    [Theory]
    [InlineData(4_736_500_000_000, "4조 7,365억원")]
    [InlineData(12_007_400_000_000, "12조 74억원")]
    [InlineData(2_680_000_000_000, "2조 6,800억원")]
    [InlineData(320_000_000, "3억 2,000만원")]
    [InlineData(500, "500원")]
    [InlineData(0, "0원")]
    [InlineData(10_000, "1만원")]
    [InlineData(100_000_001, "1억 1원")]
    [InlineData(-4_736_500_000_000, "-4조 7,365억원")]
    [InlineData(-1, "-1원")]
    [InlineData(long.MinValue, "-9,223,372조 368억 5,477만 5,808원")]
    [InlineData(long.MaxValue, "9,223,372조 368억 5,477만 5,807원")]
    public void An_amount_prints_as_budget_papers_do(long amount, string text) => Assert.Equal(text, new Won(amount).ToKorean());

    [Theory]
    [InlineData(4_736_500_000_000, "KRW 4.7365 trillion")]
    [InlineData(51_200_000_000, "KRW 51.2 billion")]
    [InlineData(-320_000_000, "KRW -320 million")]
    [InlineData(999, "KRW 999")]
    public void An_amount_prints_in_english(long amount, string text) => Assert.Equal(text, new Won(amount).ToEnglish());

    [Fact]
    public void A_printed_amount_reads_back_to_the_same() => Gen.OneOf(Gen.Long, Gen.Long[-1_000_000_000_000_000, 1_000_000_000_000_000], Gen.Long[-20_000, 20_000]).Sample(amount =>
        Assert.Equal(amount, Read(new Won(amount).ToKorean())), iter: 20_000);

    private static decimal Read(string text)
    {
        var negative = text.StartsWith('-');
        decimal sum = 0, number = 0;
        foreach (var c in text)
            switch (c)
            {
                case >= '0' and <= '9': number = number * 10 + (c - '0'); break;
                case '조': sum += number * 1_000_000_000_000m; number = 0; break;
                case '억': sum += number * 100_000_000m; number = 0; break;
                case '만': sum += number * 10_000m; number = 0; break;
                case '원': sum += number; number = 0; break;
            }
        return negative ? -sum : sum;
    }

    [Fact]
    public void Sums_are_exact_and_overflow_is_an_error()
    {
        Assert.Equal(new Won(900_000_000_000), Won.FromEok(5_000) + Won.FromEok(3_000) + Won.FromEok(1_000));
        Assert.Throws<OverflowException>(() => new Won(long.MaxValue) + new Won(1));
        Assert.Throws<OverflowException>(() => Won.FromEok(long.MaxValue / 10));
        Assert.True(Won.FromEok(1) > new Won(99_999_999) && Won.FromEok(1) >= Won.FromEok(1));
        Assert.Equal("4조 7,365억원", string.Create(CultureInfo.GetCultureInfo("de-DE"), $"{Won.FromEok(47_365)}"));
    }
}
