using Dalgu.Console.Display;
using Dalgu.Console.Entities;
using Dalgu.Hub.Entities;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;
using Xunit;

namespace Dalgu.Console.Tests;

public class AttributeTextTests
{
    [Theory]
    [InlineData(AttributeKind.Property, "24.0", "24")]
    [InlineData(AttributeKind.Property, "\"맑음\"", "맑음")]
    [InlineData(AttributeKind.Property, "true", "예")]
    [InlineData(AttributeKind.Property, "[1,2.5]", "1, 2.5")]
    [InlineData(AttributeKind.Property, "{\"@type\":\"DateTime\",\"@value\":\"2026-11-23T08:00:00Z\"}", "2026-11-23 17:00:00")]
    [InlineData(AttributeKind.GeoProperty, "{\"type\":\"Point\",\"coordinates\":[128.5561,35.8718]}", "128.5561, 35.8718")]
    [InlineData(AttributeKind.GeoProperty, "{\"type\":\"Polygon\",\"coordinates\":[[[0,0],[1,0],[1,1],[0,0]]]}", "Polygon · 4 개 좌표")]
    [InlineData(AttributeKind.LanguageProperty, "{\"en\":\"Seo-gu\",\"ko\":\"서구\"}", "서구")]
    [InlineData(AttributeKind.Relationship, "\"urn:ngsi-ld:District:27170\"", "27170")]
    [InlineData(AttributeKind.VocabProperty, "\"https://uri.etsi.org/ngsi-ld/default-context/green\"", "green")]
    [InlineData(AttributeKind.JsonProperty, "{\"a\":1}", "{\"a\":1}")]
    public void A_value_of_each_kind_is_readable(AttributeKind kind, string json, string text) =>
        Assert.Equal(text, AttributeText.Of(new AttributeInstance { Kind = kind, Value = System.Text.Encoding.UTF8.GetBytes(json) }).Text);

    [Fact]
    public void A_text_that_looks_like_a_number_is_none()
    {
        Assert.Null(AttributeText.NumberOf(new AttributeInstance { Kind = AttributeKind.Property, Value = "\"24\""u8.ToArray() }));
        Assert.Equal(-0.5, AttributeText.NumberOf(new AttributeInstance { Kind = AttributeKind.Property, Value = "-5e-1"u8.ToArray() }));
    }

    [Fact]
    public void A_filter_and_its_equivalent_in_the_open_interface_say_the_same()
    {
        var filter = EntityFilter.Of(new QueryCollection(new Dictionary<string, StringValues> { ["type"] = "AirQualityObserved", ["q"] = "pm25>=35", ["limit"] = "9999", ["offset"] = "-3" }));
        Assert.Equal(new EntityFilter("AirQualityObserved", "pm25>=35", 200, 0), filter);
        Assert.Equal("/ngsi-ld/v1/entities?type=AirQualityObserved&q=pm25%3E%3D35&limit=200&count=true", filter.ApiHref);
        Assert.Equal("/entities?type=AirQualityObserved&q=pm25%3E%3D35&limit=200&offset=200", filter.Href(200));
    }

    [Fact]
    public void An_address_of_an_entity_keeps_its_colons_and_hides_its_slashes()
    {
        Assert.Equal("/entities/urn:ngsi-ld:Road:7", EntityLinks.Page("urn:ngsi-ld:Road:7"));
        Assert.Equal("/entities/https:%2F%2Fexample.org%2Froad", EntityLinks.Page("https://example.org/road"));
    }
}
