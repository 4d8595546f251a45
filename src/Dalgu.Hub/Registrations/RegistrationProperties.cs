using System.Runtime.InteropServices;
using System.Text.Json;
using Dalgu.Hub.Contexts;
using Dalgu.Hub.Entities;
using Dalgu.Hub.Query;

namespace Dalgu.Hub.Registrations;

/// <summary>Sees a registration as an entity, so that the filters over entities (q, csf, georel, scopeQ) are those over registrations.</summary>
internal static class RegistrationProperties
{
    private static readonly string[] Spaces = ["location", "observationSpace", "operationSpace"];
    private static readonly string[] Texts = ["registrationName", "description", "endpoint", "tenant", "mode", "contextSourceAlias", "refreshRate"];

    /// <summary>The registration as an entity.</summary>
    /// <exception cref="Problem">BadRequestData where a place, a scope or a property cannot be one.</exception>
    public static Entity Of(string id, JsonElement root, HubOptions options)
    {
        var reader = new EntityJsonReader(CoreContext.Instance, options);
        var attributes = new List<EntityAttribute>();
        string[] scopes = [];
        foreach (var member in root.EnumerateObject())
        {
            if (Spaces.Contains(member.Name))
            {
                var geometry = JsonMarshal.GetRawUtf8Value(member.Value).ToArray();
                Places.Require(geometry, $"The {member.Name} of the registration");
                attributes.Add(new(CoreContext.Namespace + member.Name, [new AttributeInstance { Kind = AttributeKind.GeoProperty, Value = geometry }]));
            }
            else if (Texts.Contains(member.Name))
                foreach (var vocabulary in (ReadOnlySpan<string>)[CoreContext.Namespace, CoreContext.DefaultVocabulary])
                    attributes.Add(new(vocabulary + member.Name, [new AttributeInstance { Kind = AttributeKind.Property, Value = JsonMarshal.GetRawUtf8Value(member.Value).ToArray() }]));
            else if (member.Name == "scope") scopes = Scopes(member.Value);
            else if (!RegistrationReader.Known.Contains(member.Name)) attributes.Add(reader.ReadAttribute(member.Name, member.Value));
        }
        return new Entity { Id = id, Types = [CoreContext.Namespace + "ContextSourceRegistration"], Scopes = scopes, Attributes = attributes };
    }

    private static string[] Scopes(JsonElement scope)
    {
        if (scope.ValueKind == JsonValueKind.String) return [One(scope)];
        if (scope.ValueKind != JsonValueKind.Array) throw Bad();
        return [.. scope.EnumerateArray().Select(One)];

        static string One(JsonElement item) => item.ValueKind == JsonValueKind.String && ScopeQuery.IsScope(item.GetString()!) ? item.GetString()! : throw Bad();
        static Problem Bad() => new(ProblemKind.BadRequestData, "The scope of a registration is a path such as /대구/중구, or an array of these.");
    }
}
