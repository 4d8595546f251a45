using System.Text.RegularExpressions;

namespace Dalgu.Hub.Mqtt;

/// <summary>A topic whose levels say what a simple JSON message is about: <c>{tenant}</c>, <c>{type}</c>, <c>{id}</c>, <c>{attr}</c>; any other level stands for itself. Immutable.</summary>
internal sealed partial class TopicTemplate
{
    private static readonly string[] Parts = ["{tenant}", "{type}", "{id}", "{attr}"];
    private readonly string[] levels;

    private TopicTemplate(string[] levels) => this.levels = levels;

    /// <summary>Reads templates joined by commas.</summary>
    /// <exception cref="Problem">BadRequestData where one names no type or id, or a part that is not known.</exception>
    public static IReadOnlyList<TopicTemplate> ParseAll(string text) =>
        [.. text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Select(one =>
        {
            var levels = one.Split('/');
            if (!levels.Contains("{type}") || !levels.Contains("{id}") || levels.Any(l => l.Contains('{') && !Parts.Contains(l)) || levels.Any(l => l is "" or "+" or "#"))
                throw new Problem(ProblemKind.BadRequestData, $"The topic template \"{Iri.Shorten(one)}\" is not valid; write levels of which {{type}} and {{id}} are two, with {{tenant}} and {{attr}} where wanted.");
            return new TopicTemplate(levels);
        })];

    /// <summary>What a topic is about; null where it is not of this template.</summary>
    public (string Tenant, string Type, string Id, string? Attribute)? Match(string topic)
    {
        var given = topic.Split('/');
        if (given.Length != levels.Length) return null;
        string tenant = "", type = "", id = "";
        string? attribute = null;
        for (var i = 0; i < levels.Length; i++)
            switch (levels[i])
            {
                case "{tenant}": tenant = given[i] == "-" ? "" : given[i]; break;
                case "{type}": type = given[i]; break;
                case "{id}": id = given[i]; break;
                case "{attr}": attribute = given[i]; break;
                default: if (levels[i] != given[i]) return null; break;
            }
        if (!Word().IsMatch(type) || id.Length == 0) return null;
        // A device's plain name becomes a URI; one that is a URI stays.
        return (tenant, type, Iri.IsAbsolute(id) ? id : $"urn:ngsi-ld:{type}:{id}", attribute);
    }

    [GeneratedRegex(@"^[\p{L}\p{N}_-]+$")]
    private static partial Regex Word();
}
