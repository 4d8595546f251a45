using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Nodes;
using Dalgu.Hub.Contexts;
using Dalgu.Hub.Entities;
using Dalgu.Hub.Http;
using Dalgu.Hub.Query;

namespace Dalgu.Hub.Registrations;

/// <summary>Reads registrations from JSON in two steps: names become IRIs, then the whole is checked and compiled. An update merges between the two.</summary>
internal sealed class RegistrationReader(HubOptions options)
{
    /// <summary>The members that clause 5.2.9 names; any other is a property of the source.</summary>
    internal static readonly HashSet<string> Known = new(StringComparer.Ordinal)
    {
        "id", "type", "registrationName", "description", "information", "tenant", "observationInterval", "managementInterval", "location", "observationSpace",
        "operationSpace", "expiresAt", "endpoint", "contextSourceInfo", "contextSourceAlias", "scope", "mode", "operations", "refreshRate", "management", "localOnly", "datasetId",
        "createdAt", "modifiedAt",
    };

    /// <summary>What the broker alone says: ignored where a request states it.</summary>
    private static readonly HashSet<string> ReadOnly = new(StringComparer.Ordinal)
    { "@context", "createdAt", "modifiedAt", "deletedAt", "status", "timesSent", "timesFailed", "lastSuccess", "lastFailure" };

    private const int MaxInformation = 1000, MaxNames = 1000, MaxMembers = 100;

    /// <summary>A body with its names expanded.</summary>
    /// <exception cref="Problem">BadRequestData where a name cannot be one, or a part has the wrong shape.</exception>
    public static JsonObject Expand(JsonElement body, LdContext context)
    {
        if (body.ValueKind != JsonValueKind.Object) throw Bad("The registration is no JSON object.");
        var expanded = new JsonObject();
        foreach (var member in body.EnumerateObject())
        {
            if (ReadOnly.Contains(member.Name)) continue;
            var name = member.Name switch { "@id" => "id", "@type" => "type", _ => member.Name };
            if (!Known.Contains(name))
            {
                EntityJsonReader.CheckName(name);
                name = context.ExpandAttribute(name);
            }
            expanded[name] = IsNull(member.Value) ? null : name == "information" ? Information(member.Value, context) : JsonNode.Parse(JsonMarshal.GetRawUtf8Value(member.Value));
        }
        return expanded;
    }

    private static JsonArray Information(JsonElement information, LdContext context)
    {
        if (information.ValueKind != JsonValueKind.Array || information.GetArrayLength() is 0 or > MaxInformation) throw Bad($"The information of a registration is an array of 1 to {MaxInformation} objects.");
        var expanded = new JsonArray();
        foreach (var part in information.EnumerateArray())
        {
            if (part.ValueKind != JsonValueKind.Object) throw Bad("A part of the information is no object.");
            var one = new JsonObject();
            foreach (var member in part.EnumerateObject())
                one[member.Name] = member.Name switch
                {
                    "entities" => Entities(member.Value, context),
                    "propertyNames" or "relationshipNames" => Names(member.Value, member.Name, context.ExpandAttribute),
                    _ => throw Bad($"The information of a registration has no member \"{Iri.Shorten(member.Name)}\"; it has entities, propertyNames and relationshipNames."),
                };
            if (one.Count == 0) throw Bad("A part of the information says nothing; name entities, propertyNames or relationshipNames.");
            expanded.Add(one);
        }
        return expanded;
    }

    private static JsonArray Entities(JsonElement entities, LdContext context)
    {
        if (entities.ValueKind != JsonValueKind.Array || entities.GetArrayLength() is 0 or > MaxNames) throw Bad($"The entities of an information are an array of 1 to {MaxNames} objects.");
        var expanded = new JsonArray();
        foreach (var entity in entities.EnumerateArray())
        {
            if (entity.ValueKind != JsonValueKind.Object) throw Bad("A member of entities is no object.");
            var one = new JsonObject();
            foreach (var member in entity.EnumerateObject())
                one[member.Name] = member.Name switch
                {
                    "id" => Iri.Require(Text(member.Value, "The id of entities"), "The id of entities"),
                    "idPattern" => Text(member.Value, "The idPattern of entities"),
                    "type" => member.Value.ValueKind == JsonValueKind.Array ? Names(member.Value, "type", context.ExpandType) : Name(Text(member.Value, "The type of entities"), context.ExpandType),
                    _ => throw Bad($"A member of entities has no \"{Iri.Shorten(member.Name)}\"; it has type, id and idPattern."),
                };
            if (!one.ContainsKey("type") && !one.ContainsKey("id")) throw Bad("A member of entities has neither type nor id (clause 5.2.8).");
            expanded.Add(one);
        }
        return expanded;
    }

    private static JsonArray Names(JsonElement list, string what, Func<string, string> expand)
    {
        if (list.ValueKind != JsonValueKind.Array || list.GetArrayLength() is 0 or > MaxNames) throw Bad($"The member {what} is an array of 1 to {MaxNames} names.");
        var names = new JsonArray();
        foreach (var name in list.EnumerateArray()) names.Add((JsonNode)Name(Text(name, what), expand));
        return names;
    }

    private static string Name(string name, Func<string, string> expand)
    {
        EntityJsonReader.CheckName(name);
        return expand(name);
    }

    private static string Text(JsonElement value, string what) => value.ValueKind == JsonValueKind.String && value.GetString() is { Length: > 0 } text ? text : throw Bad($"{what} is no text.");

    private static bool IsNull(JsonElement value) => value.ValueKind == JsonValueKind.Null || value.ValueKind == JsonValueKind.String && value.ValueEquals(EntityJsonReader.Null);

    /// <summary>What is new over what was: a null takes a member away.</summary>
    public static JsonObject Merge(byte[] current, JsonObject fragment)
    {
        var merged = JsonNode.Parse(current)!.AsObject();
        foreach (var (name, value) in fragment)
            if (value is not null) merged[name] = value.DeepClone();
            else if (name is "information" or "endpoint" or "id" or "type") throw Bad($"The member {name} of a registration is mandatory and cannot be taken away (clause 5.2.9).");
            else merged.Remove(name);
        return merged;
    }

    /// <summary>Checks and compiles an expanded registration.</summary>
    /// <exception cref="Problem">BadRequestData where it breaks a rule of clause 5.2.9, 5.9.2 or 4.3.6.</exception>
    public Registration Compile(JsonObject document)
    {
        foreach (var (name, value) in document)
            if (value is null) throw Bad($"The member \"{Iri.Shorten(name)}\" of the registration is null.");
        if (document.Count > MaxMembers) throw Bad($"The registration has more than {MaxMembers} members.");
        var bytes = JsonSerializer.SerializeToUtf8Bytes(document, PlainJson.Options);
        using var parsed = JsonDocument.Parse(bytes);
        CheckValues(parsed.RootElement);
        return Compile(parsed.RootElement, bytes);
    }

    /// <summary>Refuses values that say nothing, in registrations that are made or changed; those that are stored already stay.</summary>
    private static void CheckValues(JsonElement root)
    {
        if (root.TryGetProperty("refreshRate", out var rate)) Temporal.Duration.Parse(Text(rate, "The refreshRate"));
        foreach (var dataset in Datasets(root) ?? [])
            if (dataset != "@none") Iri.Require(dataset, "A datasetId of the registration");
        if (Datasets(root) is { Length: 0 }) throw Bad("The datasetId of a registration is an array of 1 or more URIs.");
        foreach (var (key, value) in InfoOf(root))
            if (key.ToUpperInvariant() is "ACCEPT" or "CONTENTTYPE" && value is not (MediaTypes.Json or MediaTypes.JsonLd or "urn:ngsi-ld:request"))
                throw Bad($"The {key} of contextSourceInfo is \"{Iri.Shorten(value)}\"; write application/json or application/ld+json (clause 4.3.6.6).");
    }

    /// <summary>Compiles a stored registration.</summary>
    public Registration Compile(byte[] stored)
    {
        using var parsed = JsonDocument.Parse(stored);
        return Compile(parsed.RootElement, stored);
    }

    private Registration Compile(JsonElement root, byte[] bytes)
    {
        if (!root.TryGetProperty("type", out var type) || type.ValueKind != JsonValueKind.String || !type.ValueEquals("ContextSourceRegistration"u8))
            throw Bad("The type of a registration is \"ContextSourceRegistration\".");
        if (!root.TryGetProperty("information", out var information)) throw Bad("The registration has no information: name the entities and attributes that the source has.");
        if (!root.TryGetProperty("endpoint", out var endpoint)) throw Bad("The registration has no endpoint: name the address of the source.");
        foreach (var name in (ReadOnlySpan<string>)["registrationName", "description", "tenant", "contextSourceAlias", "refreshRate"])
            if (root.TryGetProperty(name, out var text)) Text(text, $"The {name}");
        var management = ManagementOf(root);
        var mode = Mode(root);
        var id = Iri.Require(Text(root.GetProperty("id"), "The registration id"), "The registration id");
        var registration = new Registration
        {
            Id = id,
            Document = bytes,
            Mode = mode,
            Information = [.. information.EnumerateArray().Select(Read)],
            Operations = Operations(root, mode),
            Endpoint = EndpointOf(endpoint),
            Tenant = root.TryGetProperty("tenant", out var tenant) ? TenantOf(tenant.GetString()!) : null,
            Alias = root.TryGetProperty("contextSourceAlias", out var alias) ? alias.GetString() : null,
            Info = InfoOf(root),
            Observation = Interval(root, "observationInterval"),
            Management = Interval(root, "managementInterval"),
            LocalOnly = management.LocalOnly,
            CacheDuration = management.Cache,
            Timeout = management.Timeout,
            Cooldown = management.Cooldown,
            ExpiresAt = root.TryGetProperty("expiresAt", out var expires) ? Time(expires, "expiresAt") : null,
            Datasets = Datasets(root),
            Properties = RegistrationProperties.Of(id, root, options),
        };
        Check(registration);
        return registration;
    }

    private RegistrationInformation Read(JsonElement part)
    {
        HashSet<string>? attributes = null;
        foreach (var list in (ReadOnlySpan<string>)["propertyNames", "relationshipNames"])
            if (part.TryGetProperty(list, out var names))
                foreach (var name in names.EnumerateArray()) (attributes ??= new(StringComparer.Ordinal)).Add(name.GetString()!);
        var entities = !part.TryGetProperty("entities", out var list2) ? [] : list2.EnumerateArray().Select(e => new EntityInfo(
            !e.TryGetProperty("type", out var types) ? [] : types.ValueKind == JsonValueKind.Array ? [.. types.EnumerateArray().Select(t => t.GetString()!)] : [types.GetString()!],
            e.TryGetProperty("id", out var id) ? id.GetString() : null,
            !e.TryGetProperty("id", out _) && e.TryGetProperty("idPattern", out var pattern) ? Patterns.Compile(pattern.GetString()!, options) : null)).ToArray();
        return new(entities, attributes);
    }

    private static RegistrationMode Mode(JsonElement root) => !root.TryGetProperty("mode", out var mode) ? RegistrationMode.Inclusive
        : mode.ValueKind != JsonValueKind.String ? throw Bad("The mode of a registration is a text.")
        : mode.GetString() switch
        {
            "inclusive" => RegistrationMode.Inclusive, "exclusive" => RegistrationMode.Exclusive, "redirect" => RegistrationMode.Redirect, "auxiliary" => RegistrationMode.Auxiliary,
            var other => throw Bad($"The mode \"{Iri.Shorten(other)}\" is not known; it is inclusive, exclusive, redirect or auxiliary."),
        };

    private static SourceOperations Operations(JsonElement root, RegistrationMode mode)
    {
        if (!root.TryGetProperty("operations", out var list)) return mode == RegistrationMode.Auxiliary ? SourceOperationNames.Auxiliary : SourceOperationNames.Federation;
        if (list.ValueKind != JsonValueKind.Array || list.GetArrayLength() == 0) throw Bad("The operations of a registration are an array of 1 or more names.");
        var operations = SourceOperations.None;
        foreach (var item in list.EnumerateArray())
        {
            var name = Text(item, "An operation of the registration");
            operations |= SourceOperationNames.Find(name) ?? throw Bad($"The operation \"{Iri.Shorten(name)}\" is not one of clause 4.20.");
        }
        return operations;
    }

    private static string EndpointOf(JsonElement endpoint)
    {
        var text = Text(endpoint, "The endpoint");
        if (!Uri.TryCreate(text, UriKind.Absolute, out var uri) || uri.Scheme is not ("http" or "https") || uri.Query.Length > 0 || uri.Fragment.Length > 0)
            throw Bad("The endpoint of a registration is no http address without query.");
        return text.TrimEnd('/');
    }

    private static string TenantOf(string tenant)
    {
        foreach (var c in tenant) if (c is <= ' ' or > '~') throw Bad("The tenant of a registration has characters that a header cannot hold.");
        return tenant;
    }

    private static KeyValuePair<string, string>[] InfoOf(JsonElement root)
    {
        if (!root.TryGetProperty("contextSourceInfo", out var list)) return [];
        if (list.ValueKind != JsonValueKind.Array || list.GetArrayLength() > MaxMembers) throw Bad($"The contextSourceInfo is an array of at most {MaxMembers} pairs of key and value.");
        return [.. list.EnumerateArray().Select(pair =>
        {
            if (pair.ValueKind != JsonValueKind.Object || !pair.TryGetProperty("key", out var key) || !pair.TryGetProperty("value", out var value)
                || key.ValueKind != JsonValueKind.String || value.ValueKind != JsonValueKind.String || key.GetString()!.Length == 0)
                throw Bad("A member of contextSourceInfo is no pair of two texts, key and value (clause 5.2.22).");
            foreach (var c in key.GetString()! + value.GetString())
                if (char.IsControl(c)) throw Bad("A member of contextSourceInfo has a character that a header cannot hold.");
            return KeyValuePair.Create(key.GetString()!, value.GetString()!);
        })];
    }

    private static string[]? Datasets(JsonElement root)
    {
        if (!root.TryGetProperty("datasetId", out var list)) return null;
        if (list.ValueKind == JsonValueKind.String) return [Text(list, "The datasetId")];
        return list.ValueKind == JsonValueKind.Array ? [.. list.EnumerateArray().Select(d => Text(d, "A datasetId"))] : throw Bad("The datasetId of a registration is a URI or an array of these.");
    }

    private static TimeSpanOf? Interval(JsonElement root, string name)
    {
        if (!root.TryGetProperty(name, out var interval)) return null;
        if (interval.ValueKind != JsonValueKind.Object || !interval.TryGetProperty("startAt", out var start)) throw Bad($"The {name} is an object with startAt and, where it is closed, endAt.");
        var span = new TimeSpanOf(Time(start, "startAt"), interval.TryGetProperty("endAt", out var end) ? Time(end, "endAt") : null);
        return span.End < span.Start ? throw Bad($"The {name} ends before it starts.") : span;
    }

    private static (bool LocalOnly, TimeSpan Cache, TimeSpan? Timeout, TimeSpan? Cooldown) ManagementOf(JsonElement root)
    {
        var local = Flag(root, "localOnly");
        if (!root.TryGetProperty("management", out var management)) return (local, default, null, null);
        if (management.ValueKind != JsonValueKind.Object) throw Bad("The management of a registration is an object (clause 5.2.34).");
        var cache = default(TimeSpan);
        if (management.TryGetProperty("cacheDuration", out var duration))
            cache = Temporal.Duration.Parse(Text(duration, "The cacheDuration")) is var d ? d.Rest + TimeSpan.FromDays(30d * d.Months) : default;
        return (local | Flag(management, "localOnly"), cache, Milliseconds(management, "timeout"), Milliseconds(management, "cooldown"));
    }

    private static bool Flag(JsonElement of, string name) => of.TryGetProperty(name, out var flag)
        && (flag.ValueKind is JsonValueKind.True or JsonValueKind.False ? flag.GetBoolean() : throw Bad($"{name} is true or false."));

    private static TimeSpan? Milliseconds(JsonElement of, string name)
    {
        if (!of.TryGetProperty(name, out var number)) return null;
        return number.ValueKind == JsonValueKind.Number && number.GetDouble() is > 0 and < 1e9 and var ms ? TimeSpan.FromMilliseconds(ms)
            : throw Bad($"The {name} is a number of milliseconds above 0 (clause 5.2.34).");
    }

    private static DateTime Time(JsonElement value, string what) =>
        value.ValueKind == JsonValueKind.String && value.GetString() is { } text && text.EndsWith('Z') && Timestamp.TryParse(text, out var time) ? time : throw Bad($"{what} is no instant in UTC such as 2026-11-23T08:00:00Z.");

    /// <summary>The rules that bind mode, operations and information together (clauses 4.3.6.3 and 5.9.2.4).</summary>
    private static void Check(Registration registration)
    {
        if (registration.Mode == RegistrationMode.Auxiliary && (registration.Operations & ~SourceOperationNames.Auxiliary) != 0)
            throw Bad("An auxiliary registration is for reading alone: its operations are retrieveOps, retrieveEntity and queryEntity (clause 5.9.2.4).");
        if (registration.Mode != RegistrationMode.Exclusive) return;
        foreach (var information in registration.Information)
        {
            if (information.Attributes is null) throw Bad("An exclusive registration names the attributes that the source alone has: propertyNames or relationshipNames (clause 4.3.6.3).");
            if (information.Entities.Count == 0 || information.Entities.Any(e => e.Id is null))
                throw Bad("An exclusive registration names each entity by its id; a type or an idPattern alone stands for a group (clause 4.3.6.3).");
        }    }

    private static Problem Bad(string detail) => new(ProblemKind.BadRequestData, detail);
}
