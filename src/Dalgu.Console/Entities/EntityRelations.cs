using Dalgu.Console.Display;
using Dalgu.Hub;
using Dalgu.Hub.Access;
using Dalgu.Hub.Entities;
using Dalgu.Hub.Query;

namespace Dalgu.Console.Entities;

/// <summary>An edge of the city's graph, seen from one entity.</summary>
/// <param name="Attribute">The relationship's short name.</param>
/// <param name="OtherId">The entity at its other end.</param>
/// <param name="Other">That entity; null where it does not exist or may not be seen.</param>
public sealed record EntityRelation(string Attribute, string OtherId, Entity? Other);

/// <summary>The relationships of an entity: those that it holds, and those of others that point to it.</summary>
/// <param name="Outgoing">What it points to.</param>
/// <param name="Incoming">What points to it.</param>
/// <param name="Truncated">True where not all could be looked at.</param>
public sealed record EntityRelations(IReadOnlyList<EntityRelation> Outgoing, IReadOnlyList<EntityRelation> Incoming, bool Truncated)
{
    private const int MostExamined = 50_000, MostShown = 200;

    /// <summary>The ids that an entity's relationships point to, with the relationship's IRI.</summary>
    public static IEnumerable<(string Attribute, string Target)> Targets(Entity entity)
    {
        foreach (var attribute in entity.Attributes)
            foreach (var instance in attribute.Instances)
                if (instance.Kind is AttributeKind.Relationship or AttributeKind.ListRelationship)
                    foreach (var target in AttributeText.Of(instance).Targets) yield return (attribute.Name, target);
    }

    /// <summary>Reads both directions. The other direction is looked for among the types that have relationships at all.</summary>
    public static async Task<EntityRelations> OfAsync(Tenant tenant, Entity entity, Rights rights, CancellationToken cancel)
    {
        var outgoing = new List<EntityRelation>();
        foreach (var (attribute, target) in Targets(entity).Take(MostShown))
            outgoing.Add(new(Names.Compact(attribute), target, await tenant.RetrieveAsync(target, rights, cancel)));

        var incoming = new List<EntityRelation>();
        var examined = 0;
        foreach (var type in await tenant.CensusAsync(rights, cancel))
        {
            if (!type.Attributes.Any(a => a.Kind is AttributeKind.Relationship or AttributeKind.ListRelationship)) continue;
            await foreach (var other in tenant.EnumerateAsync(EntityQuery.OfType(type.Type), rights, cancel))
            {
                if (++examined > MostExamined || incoming.Count >= MostShown) return new(outgoing, incoming, true);
                foreach (var (attribute, target) in Targets(other))
                    if (target == entity.Id && !incoming.Exists(i => i.OtherId == other.Id && i.Attribute == Names.Compact(attribute))) incoming.Add(new(Names.Compact(attribute), other.Id, other));
            }
        }
        return new(outgoing, incoming, false);
    }
}
