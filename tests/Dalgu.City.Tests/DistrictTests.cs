using System.Globalization;
using System.Text;
using System.Text.Json;
using Dalgu.City.Districts;
using Dalgu.Hub.Entities;
using Dalgu.Testing;
using Xunit;

namespace Dalgu.City.Tests;

/// <summary>The typed districts against the tables of the referee folder <c>platforms</c>, whose README lists the traps.</summary>
public class DistrictTests
{
    private static int Int(string text) => int.Parse(text, CultureInfo.InvariantCulture);
    private static double Number(string text) => double.Parse(text, CultureInfo.InvariantCulture);

    internal static List<Boundary> Import(string file, string property = "code")
    {
        using var json = JsonDocument.Parse(File.ReadAllText(Referee.File("platforms/" + file)));
        return [.. json.RootElement.GetProperty("features").EnumerateArray().Select((f, i) =>
            new Boundary($"urn:ngsi-ld:Boundary:{i}", f.GetProperty("properties").GetProperty(property).GetString()!, Encoding.UTF8.GetBytes(f.GetProperty("geometry").GetRawText())))];
    }

    [Fact]
    public void Residents_households_and_areas_equal_the_statistics_of_June_2024()
    {
        var expected = Referee.Table("platforms/daegu-gu-gun-stats-2024-06.csv").Select(r => (r["cty_cd"], r["cty_nm"], Int(r["population_registered"]), Int(r["household"]), Number(r["land_area"])));
        Assert.Equal(expected, DaeguDistricts.All.Select(d => (d.Code, d.Name.Korean, d.Residents, d.Households, d.AreaKm2)));
    }

    [Fact]
    public void Residents_add_up_to_2367183_as_those_of_the_dongs_and_of_the_ages_do()
    {
        Assert.Equal(2_367_183, DaeguDistricts.All.Sum(d => d.Residents));
        Assert.Equal(22_707, DaeguDistricts.Of("27720")!.Residents);
        var dongs = Referee.Table("platforms/daegu-dong-population-2024-06.csv");
        Assert.Equal(152, dongs.Count);
        Assert.Equal(2_367_183, dongs.Sum(r => Int(r["population"])));
        Assert.Equal(2_367_183, Referee.Table("platforms/daegu-population-age-sex-2024-06.csv").Sum(r => Int(r["population"])));
    }

    [Fact]
    public void One_resident_in_five_is_65_or_older()
    {
        static bool Old(string age) => age.StartsWith("100", StringComparison.Ordinal) || int.TryParse(age.AsSpan(0, 2), out var from) && from >= 65;
        var old = Referee.Table("platforms/daegu-population-age-sex-2024-06.csv").Where(r => Old(r["age_group"])).Sum(r => Int(r["population"]));
        Assert.Equal(479_103, old);
        Assert.Equal(20.2, Math.Round(100.0 * old / 2_367_183, 1));
    }

    [Fact]
    public void The_census_of_2010_counted_2431774() =>
        Assert.Contains(Referee.Table("platforms/daegu-census-2010-age-sex.csv"), r => r["code"] == "22" && r["age_group"] == "계" && Int(r["total"]) == 2_431_774);

    [Fact]
    public void Areas_of_boundaries_add_up_to_880_03_and_every_ring_is_closed()
    {
        // The referee measured before the coordinates were rounded to five decimals: 0.1 km2 in 880.
        var boundaries = Import("daegu-gu-gun-2018.geojson");
        Assert.Equal(880.03, Math.Round(boundaries.Where(b => b.Code != "37310").Sum(b => Boundaries.AreaKm2(b.Geometry)), 2), 0.1);
        Assert.Equal(613.27, Math.Round(Boundaries.AreaKm2(boundaries.Single(b => b.Code == "37310").Geometry), 2), 0.1);
        Assert.Equal(880.01, Math.Round(Import("daegu-dong-2018.geojson").Where(b => !b.Code.StartsWith("373", StringComparison.Ordinal)).Sum(b => Boundaries.AreaKm2(b.Geometry)), 2), 0.1);
        foreach (var boundary in boundaries.Concat(Import("daegu-dong-2018.geojson")))
        {
            using var json = JsonDocument.Parse(boundary.Geometry);
            Assert.Equal("MultiPolygon", json.RootElement.GetProperty("type").GetString());
            foreach (var ring in json.RootElement.GetProperty("coordinates").EnumerateArray().SelectMany(p => p.EnumerateArray()))
                Assert.Equal(ring[0].GetRawText(), ring[ring.GetArrayLength() - 1].GetRawText());
        }
    }

    [Fact]
    public void Every_mark_lies_inside_its_district()
    {
        foreach (var boundary in Import("daegu-gu-gun-2018.geojson"))
            Assert.True(Geo.Contains(boundary.Geometry, DaeguDistricts.Of(boundary.Code)!.Mark), boundary.Code);
    }

    [Fact]
    public void Trap_1_the_residents_of_Dalseongs_two_branch_offices_count()
    {
        var dalseong = DaeguDistricts.Of("27710")!;
        var short_ = Int(Referee.Table("platforms/daegu-gu-gun-stats-2024-06.csv").Single(r => r["cty_cd"] == "27710")["population_as_published_in_package"]);
        Assert.Equal(50_239, dalseong.Residents - short_);
        var dongs = Referee.Table("platforms/daegu-dong-population-2024-06.csv").Where(r => DistrictCodes.ToMois(r["admi_cd8"]) == "27710").ToList();
        Assert.Equal(dalseong.Residents, dongs.Sum(r => Int(r["population"])));
        var offices = dongs.Where(r => DistrictCodes.ToDongs(r["admi_cd8"]).Count == 0).ToList();
        Assert.Equal([11_567, 38_672], offices.Select(r => Int(r["population"])));
    }

    [Fact]
    public void Trap_2_six_dongs_fail_a_join_by_name_and_none_by_code()
    {
        var statistics = Referee.Table("platforms/daegu-dong-population-2024-06.csv").Where(r => r["admi_cd10"].Length > 0).ToDictionary(r => r["admi_cd10"], r => r["admi_nm"]);
        var register = Referee.Table("programme/plan/daegu_haengjeongdong_2022-03.tsv", '\t');
        Assert.Equal(142, register.Count);
        Assert.Equal(6, register.Count(r => statistics[r["adm_cd2"]] != r["emd_nm"]));
        Assert.All(register, r => Assert.Equal(r["adm_cd2"], Assert.Single(DistrictCodes.ToDongs(r["adm_cd"]))));
        Assert.All(register, r => Assert.Equal(r["adm_cd2"], Assert.Single(DistrictCodes.ToDongs(r["adm_cd8"]))));
    }

    [Fact]
    public void Trap_3_every_dong_of_the_2018_boundaries_leads_to_dongs_of_2024_and_every_one_of_those_is_reached()
    {
        var reached = new HashSet<string>();
        foreach (var boundary in Import("daegu-dong-2018.geojson"))
        {
            var today = DistrictCodes.ToDongs(boundary.Code);
            Assert.NotEmpty(today);
            Assert.All(today, d => Assert.Equal(DistrictCodes.ToMois(boundary.Code), DistrictCodes.ToMois(d)));
            reached.UnionWith(today);
        }
        Assert.Equal(["2714074200", "2714074700", "2714075500"], DistrictCodes.ToDongs("2202075"));
        Assert.Equal(["2771026200"], DistrictCodes.ToDongs("2231033"));
        Assert.Equal(["2772037000"], DistrictCodes.ToDongs("3731037"));
        var dongs = Referee.Table("platforms/daegu-dong-population-2024-06.csv").Where(r => r["admi_cd10"].Length > 0).Select(r => r["admi_cd10"]);
        Assert.All(dongs, d => Assert.Contains(d, reached));
    }

    [Fact]
    public void Trap_4_one_district_has_codes_of_several_systems()
    {
        Assert.All(["22010", "27110", "27110517", "2711051700", "2201054", "22010540"], code => Assert.Equal("27110", DistrictCodes.ToMois(code)));
        Assert.Equal("27710", DistrictCodes.ToMois("22510110"));
        Assert.All(["37310", "27720", "3731011", "2772025000"], code => Assert.Equal("27720", DistrictCodes.ToMois(code)));
        Assert.Equal("37310", DistrictCodes.ToKostat("27720"));
        Assert.All(["11010", "26110", "중구", "", "2701", "22010x", "221", "99999999"], code => Assert.Null(DistrictCodes.ToMois(code)));
        Assert.Equal(["2711051700"], DistrictCodes.ToDongs("27110517"));
    }

    [Fact]
    public void Boundaries_join_by_code_and_tell_what_they_cannot_join()
    {
        var all = Import("daegu-gu-gun-2018.geojson");
        var join = Boundaries.Join(all);
        Assert.Equal(9, join.ByDistrict.Count);
        Assert.Empty(join.Missing);
        Assert.Empty(join.Unjoined);
        var partial = Boundaries.Join([all[0], all[0] with { Id = "urn:x:again" }, all[1] with { Code = "11010" }, all[2] with { Code = "2203051" }]);
        Assert.Equal(8, partial.Missing.Count);
        Assert.Equal(3, partial.Unjoined.Count);
    }

    [Fact]
    public void A_boundary_entity_gets_its_district_by_code_and_only_once()
    {
        var entity = new EntityBuilder("urn:ngsi-ld:AdministrativeDistrictBoundary:37310", "AdministrativeDistrictBoundary").Text("code", "37310").Text("name", "이름은 보지 않는다").Build();
        var link = BoundaryLinks.Missing(entity)!;
        Assert.Equal("urn:ngsi-ld:AdministrativeDistrict:daegu:27720", link.Default.Text());
        Assert.Null(BoundaryLinks.Missing(entity with { Attributes = [.. entity.Attributes, link] }));
        Assert.Null(BoundaryLinks.Missing(entity with { Types = ["urn:x:Other"] }));
    }
}
