using Dalgu.Hub.Entities;

namespace Dalgu.Hub.Access;

/// <summary>Who may read a type without being asked who they are, and which reads are written down.</summary>
public enum Sensitivity
{
    /// <summary>Anybody reads it, signed in or not.</summary>
    Public,
    /// <summary>Whoever is signed in reads it. The default of a type that no desk declares.</summary>
    Internal,
    /// <summary>Operators and the officials of its desk read it, and each read is written into the audit chain.</summary>
    Sensitive,
}

/// <summary>What a desk says of one of its entity types.</summary>
/// <param name="Type">The type's IRI.</param>
/// <param name="Sensitivity">Who may read it.</param>
/// <param name="Desk">The desk whose officials may write it; empty for none.</param>
public sealed record EntityTypeDeclaration(string Type, Sensitivity Sensitivity, string Desk);

/// <summary>The one place that decides who may read and write what. Deny by default. Thread-safe.</summary>
public sealed class AccessPolicy
{
    private readonly Dictionary<string, EntityTypeDeclaration> types;

    /// <summary>A policy over the types that the desks declare.</summary>
    public AccessPolicy(IEnumerable<EntityTypeDeclaration> declarations)
    {
        types = declarations.ToDictionary(d => d.Type, StringComparer.Ordinal);
        HasSensitive = types.Values.Any(d => d.Sensitivity == Sensitivity.Sensitive);
    }

    /// <summary>True where any type is sensitive.</summary>
    internal bool HasSensitive { get; }

    /// <summary>The rights of somebody.</summary>
    public Rights For(Principal who) => new(this, who);

    internal EntityTypeDeclaration? Declaration(string type) => types.GetValueOrDefault(type);
}

/// <summary>What one principal may do. Every read path asks it: retrieval, query predicates, history, aggregates, discovery, exports, feeds.</summary>
public sealed class Rights
{
    private readonly AccessPolicy policy;

    internal Rights(AccessPolicy policy, Principal who)
    {
        this.policy = policy;
        Who = who;
    }

    /// <summary>Whose rights these are.</summary>
    public Principal Who { get; }

    /// <summary>True where everything may be read, so that nothing need be asked of each entity.</summary>
    public bool ReadsAll => Who.Role >= Role.Operator;

    /// <summary>True where entities of these types may be read: every type of the entity allows it.</summary>
    public bool MayRead(IReadOnlyList<string> types)
    {
        if (ReadsAll) return true;
        foreach (var type in types) if (!MayRead(type)) return false;
        return types.Count > 0;
    }

    /// <summary>True where entities of the type may be read.</summary>
    public bool MayRead(string type)
    {
        var declaration = policy.Declaration(type);
        return (declaration?.Sensitivity ?? Sensitivity.Internal) switch
        {
            Sensitivity.Public => true,
            Sensitivity.Internal => Who.Role >= Role.Reader,
            _ => Who.Role >= Role.Operator || OfDesk(declaration),
        };
    }

    /// <summary>True where the entity may be read.</summary>
    public bool MayRead(Entity entity) => MayRead(entity.Types);

    /// <summary>True where entities of these types may be written: an operator's right, or an official's for the types of the own desk.</summary>
    public bool MayWrite(IReadOnlyList<string> types)
    {
        if (Who.Role >= Role.Operator) return true;
        if (Who.Role != Role.Official) return false;
        foreach (var type in types) if (!OfDesk(policy.Declaration(type))) return false;
        return types.Count > 0;
    }

    /// <summary>True where reading entities of these types is written into the audit chain: one is sensitive, and it is not the product itself that reads.</summary>
    public bool IsNoted(IReadOnlyList<string> types) => policy.HasSensitive && !ReferenceEquals(Who, Principal.System) && IsSensitive(types);

    /// <summary>True where one of these types is sensitive.</summary>
    public bool IsSensitive(IReadOnlyList<string> types)
    {
        foreach (var type in types) if (policy.Declaration(type)?.Sensitivity == Sensitivity.Sensitive) return true;
        return false;
    }

    private bool OfDesk(EntityTypeDeclaration? declaration) =>
        declaration is not null && Who.Role == Role.Official && Who.Desks.Contains(declaration.Desk, StringComparer.Ordinal);
}
