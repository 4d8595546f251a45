using System.Text.Json;
using Dalgu.Hub.Http;

namespace Dalgu.Hub.Entities;

/// <summary>What the parameters of a merge say of its body (clauses 5.6.17.3 and 6.5.3.4).</summary>
/// <param name="IsSimplified">True where the body is in the simplified representation: attributes keep the kind that they have.</param>
/// <param name="Language">The language of texts for a LanguageProperty that come without one; null where none is named.</param>
/// <param name="ObservedAt">The observedAt of attributes that have one and are told none, in UTC; null leaves them without.</param>
internal sealed record MergeForm(bool IsSimplified, string? Language, DateTime? ObservedAt)
{
    /// <summary>What the parameters of a call say.</summary>
    /// <exception cref="Problem">BadRequestData, InvalidRequest where one of them cannot be read, or asks for a form that a merge does not know.</exception>
    public static MergeForm Of(NgsiLdCall call)
    {
        var options = call.Options();
        if (call.Parameter("format") is { Length: > 0 } format && format is not ("simplified" or "keyValues"))
            throw new Problem(ProblemKind.BadRequestData, $"The format of a merge is \"{Iri.Shorten(format)}\"; write simplified, or leave it out (clause 6.5.3.4).");
        var language = call.Parameter("lang");
        if (language is not null && (language.Length is 0 or > 64 || language.Any(c => !char.IsAsciiLetterOrDigit(c) && c != '-')))
            throw new Problem(ProblemKind.BadRequestData, $"The parameter lang is \"{Iri.Shorten(language)}\"; write one language tag such as ko.");
        return new(options.Contains("simplified") || options.Contains("keyValues"), language, call.Time("observedAt"));
    }

    /// <summary>The entity with the fragment merged into it.</summary>
    /// <exception cref="Problem">BadRequestData where a value is not of the kind that it is to have.</exception>
    public Entity Apply(Entity current, EntityFragment fragment, EntityJsonReader reader) => EntityOperations.Merge(current, AsKnown(current, fragment, reader), ObservedAt);

    /// <summary>The fragment with the kinds that its plain values have in the entity.</summary>
    private EntityFragment AsKnown(Entity current, EntityFragment fragment, EntityJsonReader reader)
    {
        if (!IsSimplified && !fragment.Attributes.Any(a => a.Instances.Any(i => i.IsPlain))) return fragment;
        return fragment with
        {
            Attributes = [.. fragment.Attributes.Select(a => new EntityAttribute(a.Name, [.. a.Instances.Select(i =>
                AsKnown(a.Name, current.Find(a.Name)?.Instances.FirstOrDefault(known => known.DatasetId == i.DatasetId), i, reader))]))],
        };
    }

    private AttributeInstance AsKnown(string name, AttributeInstance? known, AttributeInstance stated, EntityJsonReader reader)
    {
        if (known is null || known.Kind == stated.Kind || stated.Deleted) return stated.IsPlain ? stated with { IsPlain = false } : stated;
        if (!stated.IsPlain)
            return !IsSimplified ? stated : throw new Problem(ProblemKind.BadRequestData, $"The attribute \"{name}\" is a {known.Kind}; a merge of the simplified representation cannot make it a {stated.Kind} (clause 6.5.3.4).");
        if (known.Kind == AttributeKind.LanguageProperty && stated.Value.Span[0] is (byte)'"' or (byte)'[' && (Language is not null || IsSimplified))
        {
            if (Language is null) throw new Problem(ProblemKind.BadRequestData, $"The attribute \"{name}\" is a LanguageProperty and comes as a text without a language; name it with lang, or write {{\"languageMap\": …}}.");
            using var text = JsonDocument.Parse(stated.Value);
            var map = JsonSerializer.SerializeToUtf8Bytes(new Dictionary<string, JsonElement> { [Language] = text.RootElement }, PlainJson.Options);
            return stated with { Kind = known.Kind, Value = reader.ReadAs(name, map, known.Kind), IsPlain = false };
        }
        return !IsSimplified ? stated with { IsPlain = false } : stated with { Kind = known.Kind, Value = reader.ReadAs(name, stated.Value, known.Kind), IsPlain = false };
    }
}
