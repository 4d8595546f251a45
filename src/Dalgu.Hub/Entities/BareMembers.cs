using System.Text.Json;
using Dalgu.Hub.Contexts;

namespace Dalgu.Hub.Entities;

/// <summary>The subproperties that are not reified (clause 4.5.2.2): a type of values, and what a proof seals. They are kept as
/// sub-attributes, and are read and written as their value alone.</summary>
internal static class BareMembers
{
    internal const string ValueType = CoreContext.Namespace + "hasValueType", SealedId = CoreContext.Namespace + "entityIdSealed", SealedType = CoreContext.Namespace + "entityTypeSealed";

    private const string Proof = CoreContext.Namespace + "ngsildproof";

    /// <summary>True for the name of such a member.</summary>
    internal static bool Is(string name) => name is "valueType" or "entityIdSealed" or "entityTypeSealed";

    /// <summary>The member that a sub-attribute (an IRI) is written as; null for every other one.</summary>
    internal static string? NameOf(string iri) => iri switch { ValueType => "valueType", SealedId => "entityIdSealed", SealedType => "entityTypeSealed", _ => null };

    /// <summary>True for the attribute (an IRI) that seals others.</summary>
    internal static bool IsProof(string iri) => iri == Proof;
}

public sealed partial class EntityJsonReader
{
    /// <summary>Reads a member of an attribute that is a value alone.</summary>
    private EntityAttribute ReadBare(string attribute, string member, JsonElement value, AttributeKind kind)
    {
        if (member != "valueType" && !BareMembers.IsProof(context.ExpandAttribute(attribute))) throw Bad($"The attribute \"{attribute}\" has \"{member}\", which only ngsildproof has (clause 4.5.2.2).");
        if (member == "valueType" && kind is AttributeKind.Relationship or AttributeKind.ListRelationship) throw Bad($"The attribute \"{attribute}\" is a {kind}, which has no valueType; a Property has one (clause 4.5.3.2).");
        var isTerm = member != "entityIdSealed";
        if (value.ValueKind != JsonValueKind.String && !(isTerm && value.ValueKind == JsonValueKind.Array)) throw Bad($"The \"{member}\" of \"{attribute}\" is no string.");
        if (kind == AttributeKind.LanguageProperty && !IsNull(value) && !(value.ValueKind == JsonValueKind.String && value.ValueEquals("langString"u8)))
            throw Bad($"The valueType of \"{attribute}\" is not \"langString\", which a LanguageProperty has (clause 5.2.32).");
        var iri = member switch { "valueType" => BareMembers.ValueType, "entityIdSealed" => BareMembers.SealedId, _ => BareMembers.SealedType };
        if (IsNull(value)) return new(iri, [Nothing(isTerm ? AttributeKind.VocabProperty : AttributeKind.Property, null)]);
        return new(iri, [new() { Kind = isTerm ? AttributeKind.VocabProperty : AttributeKind.Property, Value = isTerm ? Vocab(attribute, value) : Raw(value) }]);
    }
}
