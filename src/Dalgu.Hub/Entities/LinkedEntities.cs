using System.Text.Json;
using Dalgu.Hub.Access;

namespace Dalgu.Hub.Entities;

/// <summary>The entities behind the relationships of others (clause 4.5.23), level by level, as far as they may be seen and are written.</summary>
internal sealed class LinkedEntities
{
    private readonly Dictionary<string, Entity> found = new(StringComparer.Ordinal);

    private LinkedEntities() { }

    /// <summary>What was found, by id.</summary>
    public IReadOnlyDictionary<string, Entity> ById => found;

    /// <summary>What was found and is none of the entities that it was asked for, each once with how it is written, in order of distance.</summary>
    public List<(Entity Entity, Representation Form)> Beside { get; } = [];

    /// <summary>Finds the entities that a form joins.</summary>
    /// <param name="tenant">Where they are.</param>
    /// <param name="rights">Who asks.</param>
    /// <param name="roots">The entities that link.</param>
    /// <param name="form">How the roots are written; its JoinLevel says how far to go.</param>
    /// <param name="options">The limits.</param>
    /// <param name="known">Ids that were met before and are not looked up.</param>
    /// <param name="cancel">Ends the search.</param>
    /// <exception cref="Problem">TooComplexQuery where there are more than the limit.</exception>
    public static async ValueTask<LinkedEntities> FindAsync(Tenant tenant, Rights rights, IReadOnlyList<Entity> roots, Representation form, HubOptions options, IReadOnlySet<string>? known = null, CancellationToken cancel = default)
    {
        var linked = new LinkedEntities();
        var isRoot = roots.Select(r => r.Id).ToHashSet(StringComparer.Ordinal);
        var frontier = roots.Select(r => (Entity: r, Form: form)).ToList();
        for (var level = form.JoinLevel; level > 0 && frontier.Count > 0; level--)
        {
            var next = new List<(Entity, Representation)>();
            foreach (var (entity, how) in frontier)
                foreach (var (attribute, id) in Targets(entity, how))
                {
                    if (known?.Contains(id) == true || linked.found.ContainsKey(id)) continue;
                    if (await tenant.RetrieveAsync(id, rights, cancel) is not { } target) continue;
                    if (linked.found.Count == options.MaxLinkedEntities)
                        throw new Problem(ProblemKind.TooComplexQuery, $"The relationships lead to more than {options.MaxLinkedEntities} entities; ask for fewer entities at a time, or a smaller joinLevel.");
                    linked.found[id] = target;
                    var inner = how.Within(attribute);
                    next.Add((target, inner));
                    if (!isRoot.Contains(id)) linked.Beside.Add((target, inner));
                }
            frontier = next;
        }
        return linked;
    }

    /// <summary>The relationships of an entity that a form writes, with the ids that they point to.</summary>
    private static IEnumerable<(string Attribute, string Id)> Targets(Entity entity, Representation form)
    {
        foreach (var attribute in entity.Attributes)
            if (form.Writes(attribute.Name))
                foreach (var instance in attribute.Instances)
                {
                    foreach (var id in TargetsOf(instance)) yield return (attribute.Name, id);
                    foreach (var sub in instance.SubAttributes ?? [])
                        foreach (var inner in sub.Instances)
                            foreach (var id in TargetsOf(inner)) yield return (sub.Name, id);
                }
    }

    /// <summary>The ids that a relationship points to.</summary>
    public static IReadOnlyList<string> TargetsOf(AttributeInstance instance)
    {
        if (instance.Kind is not (AttributeKind.Relationship or AttributeKind.ListRelationship) || instance.Deleted) return [];
        using var value = JsonDocument.Parse(instance.Value);
        if (value.RootElement.ValueKind == JsonValueKind.String) return [value.RootElement.GetString()!];
        if (value.RootElement.ValueKind != JsonValueKind.Array) return [];
        var ids = new List<string>(value.RootElement.GetArrayLength());
        foreach (var item in value.RootElement.EnumerateArray())
            if (item.ValueKind == JsonValueKind.String) ids.Add(item.GetString()!);
            else if (item.ValueKind == JsonValueKind.Object && item.TryGetProperty("object", out var id) && id.ValueKind == JsonValueKind.String) ids.Add(id.GetString()!);
        return ids;
    }
}
