using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Dalgu.Console.Display;
using Dalgu.Hub.Access;
using Dalgu.Testing;
using Xunit;

namespace Dalgu.Console.Tests;

/// <summary>A refusal on a page is in the language of the page.</summary>
public sealed partial class RefusalTests(TestServer server) : IClassFixture<TestServer>
{
    /// <summary>Where the refusals are made that a page, or a form of one, can meet.</summary>
    private static readonly string[] Sources =
    [
        "src/Dalgu.Hub/Access/*.cs", "src/Dalgu.Hub/Http/AccessMiddleware.cs", "src/Dalgu.Hub/Query/QParser.cs", "src/Dalgu.Hub/Query/QExpression.cs", "src/Dalgu.Hub/Query/TypeSelection.cs",
        "src/Dalgu.Hub/Query/AttributePath.cs", "src/Dalgu.Hub/Query/Patterns.cs", "src/Dalgu.Hub/Commit/TenantWriter.cs", "src/Dalgu.Core/Iri.cs", "src/Dalgu/FaultMiddleware.cs",
        "src/Dalgu.Console/Entities/*.cs", "src/Dalgu.Console/Live/*.cs", "src/Dalgu.Console/Map/*.cs", "src/Dalgu.Console/Pages/Access/*.cs", "src/Desks/Dalgu.Plan/Endpoints/*.cs",
    ];

    [Fact]
    public void Every_refusal_that_a_page_can_meet_is_written_in_Korean_with_its_way_out()
    {
        var met = Sources.SelectMany(s => Directory.GetFiles(Path.Combine(RepositoryRoot.Path, Path.GetDirectoryName(s)!), Path.GetFileName(s))).SelectMany(f => Literals(File.ReadAllText(f))).ToHashSet(StringComparer.Ordinal);
        Assert.True(met.Count > 40, $"Only {met.Count} refusals are found.");
        Assert.All(met, m => Assert.False(Refusals.KoreanOf(m) is not { } korean || !Hangul().IsMatch(korean) || korean.Contains('{') || English().IsMatch(korean), m));
    }

    [Fact]
    public void A_refusal_of_any_kind_is_told_in_Korean()
    {
        foreach (var kind in Enum.GetValues<ProblemKind>())
        {
            var text = Refusals.Of(new Problem(kind, "Something that no table of words knows happens."));
            Assert.Matches(Hangul(), text.Korean);
            Assert.DoesNotContain("Something", text.Korean, StringComparison.Ordinal);
            Assert.Equal("Something that no table of words knows happens.", text.English);
        }
    }

    [Theory]
    [InlineData("/entities?type=Station&q=pm25%3E%3E", "번째 글자를 읽을 수 없습니다.", "is not valid at character")]
    [InlineData("/entities?type=(Station", "유형 “(Station”", "is not valid at character")]
    [InlineData("/status", "역할이 운영자 이상이어야 합니다. 지금 역할은 열람자입니다.", "needs the role")]
    public async Task A_page_tells_a_refusal_in_its_language(string path, string korean, string english)
    {
        foreach (var (language, told, other) in ((string, string, string)[])[("ko", korean, english), ("en", english, korean)])
        {
            using var client = await server.AsAsync(Role.Reader);
            client.DefaultRequestHeaders.Add("Accept", "text/html");
            client.DefaultRequestHeaders.Add("Cookie", "dalgu-lang=" + language);
            using var answer = await client.GetAsync(path, TestContext.Current.CancellationToken);
            var html = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
            Assert.Contains(told, html, StringComparison.Ordinal);
            Assert.DoesNotContain(other, html, StringComparison.Ordinal);
        }
        using var program = await server.AsAsync(Role.Reader);
        program.DefaultRequestHeaders.Add("Cookie", "dalgu-lang=ko");
        using var refused = await program.GetAsync("/ngsi-ld/v1/entities?q=pm25%3E%3E", TestContext.Current.CancellationToken);
        Assert.Contains("is not valid at character", await refused.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    /// <summary>The texts of refusals in a source file, with a sample in the place of each hole.</summary>
    private static IEnumerable<string> Literals(string source)
    {
        foreach (Match match in Beginning().Matches(source))
        {
            var interpolated = match.Groups[1].Length > 0;
            var text = new StringBuilder();
            for (var i = match.Index + match.Length; source[i] != '"'; i++)
            {
                if (source[i] == '\\') text.Append(source[++i]);
                else if (interpolated && source[i] == '{')
                {
                    for (var depth = 1; depth > 0;) depth += source[++i] switch { '{' => 1, '}' => -1, _ => 0 };
                    text.Append("sample");
                }
                else text.Append(source[i]);
            }
            yield return text.ToString();
        }
    }

    [GeneratedRegex("""(?:Problem|new)\(ProblemKind\.\w+, (\$?)"(?!\$)""")]
    private static partial Regex Beginning();

    [GeneratedRegex(@"\p{IsHangulSyllables}")]
    private static partial Regex Hangul();

    [GeneratedRegex(@"\b(the|is not|write|choose)\b")]
    private static partial Regex English();
}
