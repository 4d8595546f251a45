using Dalgu.Hub.Access;

namespace Dalgu.Hub.Http;

/// <summary>Carries out an operation for one request.</summary>
public delegate Task OperationHandler(NgsiLdCall call);

/// <summary>One operation of the NGSI-LD interface: a row of the table from which routes, allow-lists and the API description are made.</summary>
/// <param name="Name">The operation's name in the audit, such as <c>entities.create</c>.</param>
/// <param name="Clause">The clause of ETSI GS CIM 009 that says what it does.</param>
/// <param name="Method">The HTTP method.</param>
/// <param name="Route">The route below <c>/ngsi-ld/v1</c>.</param>
/// <param name="Least">The least role that may try; the types decide further.</param>
/// <param name="Parameters">The query parameters that it knows; any other is refused.</param>
/// <param name="Bodies">The media types that its body may have; empty where it takes none.</param>
/// <param name="Handle">What it does.</param>
/// <param name="Summary">What it is for, in a line.</param>
public sealed record Operation(string Name, string Clause, string Method, string Route, Role Least, IReadOnlyList<string> Parameters, IReadOnlyList<string> Bodies, OperationHandler Handle, string Summary)
{
    /// <summary>True where it can be asked of a tenant that does not exist: it is about the instance, or what the instance has for all tenants.</summary>
    public bool IsOfInstance => Name is "info.identity" or "relay.notify" or "contexts.list" or "contexts.serve";

    /// <summary>True where a snapshot that a request names means nothing: it is about the tenant, or the instance.</summary>
    internal bool IsOfTenantAlone => IsOfInstance || Name.StartsWith("snapshots.", StringComparison.Ordinal) || Name.StartsWith("contexts.", StringComparison.Ordinal);

    /// <summary>True where it is about registrations of sources.</summary>
    internal bool IsOfRegistry => Name.StartsWith("registrations.", StringComparison.Ordinal);

    /// <summary>True where it answers with entities as they are now.</summary>
    internal bool IsOfEntities => Name is "entities.query" or "entities.retrieve" or "batch.query";

    /// <summary>True where it makes the tenant that it writes to, if there is none yet: where it can create what a tenant has (clause 4.14).</summary>
    public bool Creates => Name is "entities.create" or "batch.create" or "batch.upsert" or "temporal.create" or "registrations.create" or "subscriptions.create" or "snapshots.create" or "contexts.add";
}
