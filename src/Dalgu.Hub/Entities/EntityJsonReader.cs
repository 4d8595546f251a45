using System.Runtime.InteropServices;
using System.Text.Json;
using Dalgu.Hub.Contexts;
using Dalgu.Hub.Query;

namespace Dalgu.Hub.Entities;

/// <summary>Reads entities and their fragments from NGSI-LD JSON, normalized, concise or simplified (clauses 4.5.1 to 4.5.3), and expands their
/// names. Every rule of the data model that a body can break is checked here.</summary>
public sealed partial class EntityJsonReader(LdContext context, HubOptions options)
{
    /// <summary>What stands for null in a value.</summary>
    public const string Null = "urn:ngsi-ld:null";

    private static readonly string[] GeometryKinds = ["Point", "MultiPoint", "LineString", "MultiLineString", "Polygon", "MultiPolygon", "GeometryCollection"];

    private static readonly (string Member, AttributeKind Kind)[] ValueMembers =
    [
        ("value", AttributeKind.Property), ("object", AttributeKind.Relationship), ("languageMap", AttributeKind.LanguageProperty), ("vocab", AttributeKind.VocabProperty),
        ("valueList", AttributeKind.ListProperty), ("objectList", AttributeKind.ListRelationship), ("json", AttributeKind.JsonProperty),
    ];

    /// <summary>True to read temporal representations (clause 4.5.6): an attribute may have many instances of one dataset.</summary>
    internal bool IsTemporal { get; init; }

    /// <summary>True where what is read is the body of a request, which may bring its @context.</summary>
    internal bool IsAttributeBody { get; init; }

    /// <summary>Reads an entity or a fragment of one.</summary>
    /// <exception cref="Problem">BadRequestData where a rule of the data model is broken.</exception>
    public EntityFragment Read(JsonElement body)
    {
        if (body.ValueKind != JsonValueKind.Object) throw new Problem(ProblemKind.InvalidRequest, "The entity is no JSON object.");
        string? id = null;
        IReadOnlyList<string>? types = null, scopes = null;
        DateTime? expires = null;
        var attributes = new List<EntityAttribute>(Math.Min(body.GetPropertyCount(), options.MaxAttributes));
        foreach (var member in body.EnumerateObject())
        {
            var name = SharedText.NameOf(member);
            switch (name)
            {
                case "id" or "@id" when id is not null: throw Bad("The entity has both \"id\" and \"@id\", which are the same; write one.");
                case "type" or "@type" when types is not null: throw Bad("The entity has both \"type\" and \"@type\", which are the same; write one.");
                case "id" or "@id":
                    id = member.Value.ValueKind == JsonValueKind.String ? Iri.Require(member.Value.GetString(), "The entity id") : throw Bad("The entity id is no string.");
                    if (id == Null) throw Bad($"The entity id is \"{Null}\", which stands for null and names nothing (clause 5.5.4).");
                    break;
                case "type" or "@type": types = ReadTypes(member.Value); break;
                case "scope" when IsTemporal && IsReified(member.Value): (scopes, var scopeHistory) = ReadScopeHistory(member.Value); attributes.Add(scopeHistory); break;
                case "scope": scopes = ReadScopes(member.Value); break;
                case "expiresAt": expires = ReadTime(member.Value, "expiresAt"); break;
                case "@context" or "createdAt" or "modifiedAt" or "deletedAt": break;
                case "datasetId" or "instanceId" or "observedAt" or "unitCode": throw Bad($"\"{name}\" is a word of NGSI-LD about values, not the name of an attribute.");
                default:
                    if (attributes.Count == options.MaxAttributes) throw Bad($"The entity has more than {options.MaxAttributes} attributes.");
                    var attribute = ReadAttribute(name, member.Value, 1);
                    foreach (var other in attributes) if (other.Name == attribute.Name) throw Bad($"The attribute \"{member.Name}\" stands twice.");
                    attributes.Add(attribute);
                    break;
            }
        }
        return new EntityFragment { Id = id, Types = types, Scopes = scopes, ExpiresAt = expires, Attributes = attributes };
    }

    /// <summary>Reads one attribute: an object, an array of instances, or a plain value.</summary>
    public EntityAttribute ReadAttribute(string name, JsonElement value, int depth = 1)
    {
        CheckName(name);
        var iri = context.ExpandAttribute(name);
        if (IsSimplified && depth == 1) return new(iri, ReadSimplified(name, value));
        if (value.ValueKind == JsonValueKind.Array && value.GetArrayLength() > 0 && IsInstances(value))
        {
            var instances = new List<AttributeInstance>(value.GetArrayLength());
            foreach (var item in value.EnumerateArray())
            {
                var instance = ReadInstance(name, item, depth);
                foreach (var other in instances)
                    if (other.DatasetId == instance.DatasetId && !(IsTemporal && depth == 1))
                        throw Bad($"The attribute \"{name}\" has two instances {(instance.DatasetId is null ? "without datasetId" : $"of the dataset \"{instance.DatasetId}\"")}.");
                    else if (other.Kind != instance.Kind && !other.IsUntyped && !instance.IsUntyped && !other.Deleted && !instance.Deleted)
                        throw Bad($"The attribute \"{name}\" has instances that are a {other.Kind} and a {instance.Kind}; an attribute is of one kind (clause 5.2.4).");
                instances.Add(instance);
            }
            return new(iri, instances);
        }
        return new(iri, [ReadInstance(name, value, depth)]);
    }

    private static bool IsInstances(JsonElement array)
    {
        foreach (var item in array.EnumerateArray())
            if (item.ValueKind != JsonValueKind.Object || !item.TryGetProperty("type", out var type) && !ValueMembers.Any(m => item.TryGetProperty(m.Member, out _))
                || type.ValueKind == JsonValueKind.String && !Enum.TryParse<AttributeKind>(type.GetString(), out _)) return false;
        return true;
    }

    /// <summary>Reads one instance of an attribute.</summary>
    /// <param name="name">The attribute's name, for refusals.</param>
    /// <param name="value">The instance.</param>
    /// <param name="depth">How deep it stands.</param>
    /// <param name="known">The kind that the attribute has, for a partial update that states no type.</param>
    /// <param name="partial">True where the value itself may be missing.</param>
    public AttributeInstance ReadInstance(string name, JsonElement value, int depth = 1, AttributeKind? known = null, bool partial = false)
    {
        if (depth > 16) throw Bad($"The attribute \"{name}\" nests deeper than 16 levels.");
        if (value.ValueKind == JsonValueKind.Null) throw Bad($"The attribute \"{name}\" is null; to take it away write \"{Null}\".");
        if (IsNull(value))
            return IsTemporal ? throw Bad($"The attribute \"{name}\" is \"{Null}\"; in a history an instance that was deleted has it as its value (clause 5.5.4).") : Nothing(known ?? AttributeKind.Property, null);
        if (value.ValueKind != JsonValueKind.Object) return new AttributeInstance { Kind = known ?? AttributeKind.Property, Value = Raw(value), IsPlain = IsMerge && depth == 1 };
        if (value.TryGetProperty("@value", out _)) return new AttributeInstance { Kind = known ?? AttributeKind.Property, Value = Raw(value) };
        var kind = KindOf(name, value, known, out var isGeometry, out var isUntyped);
        if (isGeometry)
        {
            Places.Require(value, $"\"{name}\"");
            return new AttributeInstance { Kind = AttributeKind.GeoProperty, Value = Raw(value) };
        }
        return ReadMembers(name, value, kind, depth, partial || IsFragment, isUntyped);
    }

    /// <summary>True where what is stated of an attribute may be a part of it (clause 5.5.12).</summary>
    private bool IsFragment => IsMerge && !IsSimplified;

    /// <summary>True for a member that an instance of an attribute has beside its sub-attributes.</summary>
    internal static bool IsWordOfInstance(string name) => name is "type" or "@type" or "unitCode" or "observedAt" or "datasetId" or "expiresAt" or "objectType" || ValueMembers.Any(m => m.Member == name);

    /// <summary>True for the kinds that have a unitCode.</summary>
    internal static bool HasUnit(AttributeKind kind) => kind is AttributeKind.Property or AttributeKind.ListProperty;

    /// <summary>True for the kinds that have an objectType.</summary>
    internal static bool HasObjectType(AttributeKind kind) => kind is AttributeKind.Relationship or AttributeKind.ListRelationship;

    private AttributeInstance ReadMembers(string name, JsonElement value, AttributeKind kind, int depth, bool partial, bool isUntyped)
    {
        ReadOnlyMemory<byte>? content = null;
        var deleted = false;
        string? dataset = null, unit = null;
        DateTime? observed = null, expires = null;
        string[]? objectTypes = null;
        List<EntityAttribute>? sub = null;
        foreach (var member in value.EnumerateObject())
        {
            var memberName = SharedText.NameOf(member);
            switch (memberName)
            {
                case "type" or "@type" or "createdAt" or "modifiedAt" or "deletedAt" or "instanceId" or "entity" or "entityList": break;
                case "@context" when IsAttributeBody && depth == 1: break;
                case "@context": throw Bad($"The attribute \"{name}\" has an @context inside; only the entity has one.");
                case "previousValue" or "previousObject" or "previousLanguageMap" or "previousVocab" or "previousJson" or "previousValueList" or "previousObjectList":
                    throw Bad($"The attribute \"{name}\" has \"{memberName}\", which only notifications have.");
                case "value" or "object" or "languageMap" or "vocab" or "valueList" or "objectList" or "json" when KindOfMember(memberName, kind):
                    if (IsNull(member.Value) || kind == AttributeKind.LanguageProperty && IsNoLanguage(member.Value)) deleted = true;
                    content = ReadValue(name, member.Value, kind);
                    break;
                case "value" or "object" or "languageMap" or "vocab" or "valueList" or "objectList" or "json":
                    throw Bad($"The attribute \"{name}\" is a {kind} and has \"{member.Name}\"; a {kind} has \"{MemberOf(kind)}\".");
                case "datasetId":
                    dataset = member.Value.ValueKind == JsonValueKind.String ? member.Value.GetString() : throw Bad($"The datasetId of \"{name}\" is no string.");
                    if (dataset == Null) throw Bad($"The datasetId of \"{name}\" cannot be taken away; delete the instance.");
                    dataset = dataset == "@none" ? null : Iri.Require(dataset, $"The datasetId of \"{name}\"");
                    break;
                case "unitCode" when !HasUnit(kind): throw Bad($"The attribute \"{name}\" is a {kind}, which has no unitCode.");
                case "unitCode":
                    unit = member.Value.ValueKind == JsonValueKind.String ? SharedText.ValueOf(member.Value) : throw Bad($"The unitCode of \"{name}\" is no string.");
                    break;
                case "observedAt": observed = ReadTime(member.Value, "observedAt", name); break;
                case "expiresAt": expires = ReadTime(member.Value, "expiresAt", name); break;
                case "objectType" when !HasObjectType(kind) && !isUntyped: throw Bad($"The attribute \"{name}\" is a {kind}, which has no objectType; a Relationship has one (clause 4.5.2.2).");
                case "objectType": objectTypes = IsNull(member.Value) ? [] : [.. ReadTypes(member.Value)]; break;
                default:
                    var attribute = BareMembers.Is(memberName) ? ReadBare(name, memberName, member.Value, kind) : ReadAttribute(memberName, member.Value, depth + 1);
                    sub ??= [];
                    foreach (var other in sub) if (other.Name == attribute.Name) throw Bad($"\"{member.Name}\" stands twice in \"{name}\".");
                    sub.Add(attribute);
                    break;
            }
        }
        if (depth == 1 && kind != AttributeKind.GeoProperty && !isUntyped && IsGeometryName(context.ExpandAttribute(name)) && !deleted)
            throw Bad($"The attribute \"{name}\" is a GeoProperty by its name; write {{\"type\": \"GeoProperty\", \"value\": …}} (clause 4.7.1).");
        if (content is { } proof && !deleted && BareMembers.IsProof(context.ExpandAttribute(name)) && (kind != AttributeKind.Property || proof.Span[0] != (byte)'{'))
            throw Bad($"The attribute \"{name}\" is no Property with a W3C proof, an object, as its value (clause 4.5.2.2).");
        if (content is null && !partial)
            throw Bad($"The attribute \"{name}\" has no \"{MemberOf(kind)}\"; a {kind} needs one (clause 4.5).");
        return new AttributeInstance
        {
            Kind = kind, Value = content ?? ReadOnlyMemory<byte>.Empty, DatasetId = dataset, UnitCode = unit, ObservedAt = observed, ExpiresAt = expires,
            ObjectTypes = objectTypes, SubAttributes = sub, Deleted = deleted, IsUntyped = isUntyped,
        };
    }

    private AttributeKind KindOf(string name, JsonElement value, AttributeKind? known, out bool isGeometry, out bool isUntyped)
    {
        isGeometry = isUntyped = false;
        if (value.TryGetProperty("type", out var type) || value.TryGetProperty("@type", out type))
        {
            var text = type.ValueKind == JsonValueKind.String ? SharedText.ValueOf(type) : "";
            if (Enum.TryParse<AttributeKind>(text, out var stated) && !char.IsDigit(text[0]))
                return known is null || known == stated ? stated
                    : throw Bad($"The attribute \"{name}\" is a {known}; a partial update cannot make it a {stated}. Replace it instead.");
            if (GeometryKinds.Contains(text) && (value.TryGetProperty("coordinates", out _) || value.TryGetProperty("geometries", out _)))
            {
                isGeometry = true;
                return AttributeKind.GeoProperty;
            }
            if (text == "TemporalProperty") return AttributeKind.Property;
            throw Bad($"The attribute \"{name}\" is of the type \"{Iri.Shorten(text)}\"; NGSI-LD knows {string.Join(", ", Enum.GetNames<AttributeKind>())}.");
        }
        foreach (var (member, kind) in ValueMembers)
            if (value.TryGetProperty(member, out var content))
            {
                if (kind != AttributeKind.Property) return kind;
                if (known is { } k && KindOfMember(member, k)) return k;
                return content.ValueKind == JsonValueKind.Object && content.TryGetProperty("type", out var g) && g.ValueKind == JsonValueKind.String && GeometryKinds.Contains(g.GetString())
                    && (content.TryGetProperty("coordinates", out _) || content.TryGetProperty("geometries", out _)) ? AttributeKind.GeoProperty : AttributeKind.Property;
            }
        isUntyped = known is null && IsFragment;
        return known ?? (isUntyped ? AttributeKind.Property : throw Bad($"The attribute \"{name}\" has neither a type nor a value; write {{\"type\": \"Property\", \"value\": …}}."));
    }

    private static string MemberOf(AttributeKind kind) => kind switch
    {
        AttributeKind.Relationship => "object", AttributeKind.LanguageProperty => "languageMap", AttributeKind.VocabProperty => "vocab",
        AttributeKind.ListProperty => "valueList", AttributeKind.ListRelationship => "objectList", AttributeKind.JsonProperty => "json", _ => "value",
    };

    private static bool KindOfMember(string member, AttributeKind kind) => MemberOf(kind) == member;

    private string[] ReadTypes(JsonElement value)
    {
        if (value.ValueKind == JsonValueKind.String) return [One(value)];
        if (value.ValueKind != JsonValueKind.Array || value.GetArrayLength() is 0 or > 64) throw Bad("The type is neither a name nor an array of 1 to 64 names.");
        return [.. value.EnumerateArray().Select(One).Distinct(StringComparer.Ordinal)];

        string One(JsonElement item) => ReadType(item.ValueKind == JsonValueKind.String ? SharedText.ValueOf(item) : "");
    }

    /// <summary>The IRI of a type's name.</summary>
    internal string ReadType(string name)
    {
        if (name.Length == 0) throw Bad("The type is no name.");
        if (name == Null) throw Bad($"The type is \"{Null}\"; an entity always has one, which cannot be taken away.");
        if (name is "id" or "type" or "scope") throw Bad($"The type \"{name}\" is a word of NGSI-LD, not a name.");
        CheckName(name);
        if (char.IsDigit(name[0])) throw Bad($"The type \"{name}\" begins with a digit; a name begins with a letter.");
        return context.ExpandType(name);
    }

    private static bool IsReified(JsonElement scope) => scope.ValueKind == JsonValueKind.Object || scope.ValueKind == JsonValueKind.Array && scope.GetArrayLength() > 0 && scope[0].ValueKind == JsonValueKind.Object;

    /// <summary>Reads scopes with the times from which they held (clause 4.5.6): the last ones, and all as history has them.</summary>
    private (string[] Last, EntityAttribute History) ReadScopeHistory(JsonElement scope)
    {
        var instances = new List<AttributeInstance>();
        foreach (var item in scope.ValueKind == JsonValueKind.Array ? [.. scope.EnumerateArray()] : new[] { scope })
        {
            if (item.ValueKind != JsonValueKind.Object || !item.TryGetProperty("value", out var value)) throw Bad("An instance of scope has no \"value\".");
            instances.Add(new() { Kind = AttributeKind.Property, Value = JsonSerializer.SerializeToUtf8Bytes(ReadScopes(value), PlainJson.Options),
                ObservedAt = item.TryGetProperty("observedAt", out var at) ? ReadTime(at, "observedAt of the scope") : null });
        }
        var last = instances.MaxBy(i => i.ObservedAt ?? DateTime.MaxValue)!;
        return (JsonSerializer.Deserialize<string[]>(last.Value.Span)!, new(HistoryDifference.Scope, instances));
    }

    private static string[] ReadScopes(JsonElement value)
    {
        if (value.ValueKind == JsonValueKind.String) return IsNull(value) ? [] : [One(value)];
        if (value.ValueKind != JsonValueKind.Array) throw Bad("The scope is neither a text nor an array of texts.");
        return [.. value.EnumerateArray().Select(One).Distinct(StringComparer.Ordinal)];

        static string One(JsonElement item) =>
            item.ValueKind == JsonValueKind.String && ScopeQuery.IsScope(item.GetString()!) ? item.GetString()! : throw Bad("The scope is not a path such as /대구/중구.");
    }

    /// <summary>What stands in a fragment for a time that is to be taken away.</summary>
    internal static readonly DateTime NoTime = DateTime.SpecifyKind(DateTime.MinValue, DateTimeKind.Utc);

    private DateTime ReadTime(JsonElement value, string member, string? attribute = null)
    {
        if (!IsTemporal && IsNull(value)) return NoTime;
        if (value.ValueKind == JsonValueKind.String && JsonMarshal.GetRawUtf8Value(value)[1..^1] is [.., (byte)'Z'] utf8 && Timestamp.TryParse(utf8, out var time)) return time;
        throw Bad($"{member}{(attribute is null ? "" : $" of \"{attribute}\"")} is no instant in UTC such as 2026-11-23T08:00:00Z.");
    }

    /// <summary>Refuses what cannot be the name of an attribute or a type.</summary>
    internal static void CheckName(string name)
    {
        if (name.Length is 0 or > Iri.MaxLength) throw Bad("A name is empty or too long.");
        if (name[0] == '@') throw Bad($"The name \"{Iri.Shorten(name)}\" begins with @, as only the words of JSON-LD do.");
        foreach (var c in name)
            if (c <= ' ' || c is '"' or '\'' or '<' or '>' or '(' or ')' or '{' or '}' or '[' or ']' or '=' or ';' or '|' or '\\' or ',' or '^' or '`' or '*' or '?' or '!' or '$' or (char)0x7f)
                throw Bad($"The name \"{Iri.Shorten(name)}\" holds a character that a name cannot have.");
    }

    internal static bool IsGeometryName(string iri) => iri is CoreContext.Namespace + "location" or CoreContext.Namespace + "observationSpace" or CoreContext.Namespace + "operationSpace";

    private static AttributeInstance Nothing(AttributeKind kind, string? dataset) => new() { Kind = kind, Value = "null"u8.ToArray(), DatasetId = dataset, Deleted = true };

    private static bool IsNull(JsonElement value) => value.ValueKind == JsonValueKind.String && value.ValueEquals("urn:ngsi-ld:null"u8);

    /// <summary>True for a languageMap whose only text, under "@none", stands for null.</summary>
    private static bool IsNoLanguage(JsonElement map) => map.ValueKind == JsonValueKind.Object && map.TryGetProperty("@none", out var text) && IsNull(text) && map.EnumerateObject().Count() == 1;

    private static byte[] Raw(JsonElement value) => JsonMarshal.GetRawUtf8Value(value).ToArray();

    private static Problem Bad(string detail) => new(ProblemKind.BadRequestData, detail);
}
