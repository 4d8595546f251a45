namespace Dalgu.Hub.Access;

/// <summary>What somebody may do, from least to most.</summary>
public enum Role
{
    /// <summary>Nobody known: sees only what is public.</summary>
    Anonymous,
    /// <summary>Reads what is not sensitive.</summary>
    Reader,
    /// <summary>A reader who also writes the entity types of the desks named, and reads what is sensitive in them.</summary>
    Official,
    /// <summary>Runs the hub: reads and writes every entity, sees sources and status.</summary>
    Operator,
    /// <summary>An operator who also manages accounts, keys and settings.</summary>
    Administrator,
}

/// <summary>Who asks. Equal by all its parts; the default is <see cref="Anonymous"/>.</summary>
/// <param name="Name">The account's or key's name, as the audit shows it.</param>
/// <param name="Role">The role.</param>
/// <param name="Desks">The desks of an <see cref="Role.Official"/>; empty for others.</param>
public sealed record Principal(string Name, Role Role, IReadOnlyList<string> Desks)
{
    /// <summary>Nobody known.</summary>
    public static readonly Principal Anonymous = new("anonymous", Role.Anonymous, []);

    /// <summary>The product itself, for what it does on its own account.</summary>
    public static readonly Principal System = new("dalgu", Role.Administrator, []);

    /// <summary>A background source of a desk, which writes as an operator under its own name.</summary>
    public static Principal Source(string name) => new(name, Role.Operator, []);
}
