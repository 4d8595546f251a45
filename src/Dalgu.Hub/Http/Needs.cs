using Dalgu.Hub.Access;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;

namespace Dalgu.Hub.Http;

/// <summary>The least role that an endpoint or page asks for. What carries none is for administrators alone. Of several, the last counts.</summary>
[AttributeUsage(AttributeTargets.Class | AttributeTargets.Method, AllowMultiple = true)]
public sealed class NeedsAttribute(Role least) : Attribute
{
    /// <summary>The least role.</summary>
    public Role Least { get; } = least;

    /// <summary>A desk that an official must be of; null for any. Operators need none.</summary>
    public string? Desk { get; init; }
}

/// <summary>A Content-Security-Policy of an endpoint's own, where the one of the house does not fit.</summary>
public sealed record ContentPolicy(string Text);

/// <summary>Says of endpoints who may call them.</summary>
public static class NeedsExtensions
{
    /// <summary>Asks for a role.</summary>
    public static TBuilder Needs<TBuilder>(this TBuilder builder, Role least) where TBuilder : IEndpointConventionBuilder
    {
        builder.Add(endpoint => endpoint.Metadata.Add(new NeedsAttribute(least)));
        return builder;
    }

    /// <summary>Asks for an official of a desk, or an operator.</summary>
    public static TBuilder NeedsDesk<TBuilder>(this TBuilder builder, string desk) where TBuilder : IEndpointConventionBuilder
    {
        builder.Add(endpoint => endpoint.Metadata.Add(new NeedsAttribute(Role.Official) { Desk = desk }));
        return builder;
    }

    /// <summary>Lets everybody at the framework's own endpoints, which carry no data; pages say whom they are for themselves.</summary>
    public static TBuilder FrameworkForEverybody<TBuilder>(this TBuilder builder) where TBuilder : IEndpointConventionBuilder
    {
        builder.Finally(endpoint =>
        {
            if (endpoint is RouteEndpointBuilder { RoutePattern.RawText: { } path } && path.TrimStart('/') is var word && (word.StartsWith("_framework/", StringComparison.Ordinal) || word.StartsWith("_blazor", StringComparison.Ordinal)))
                endpoint.Metadata.Add(new NeedsAttribute(Role.Anonymous));
        });
        return builder;
    }

    /// <summary>Asks for a role where an endpoint itself says nothing, such as the framework's own.</summary>
    public static TBuilder NeedsUnlessStated<TBuilder>(this TBuilder builder, Role least) where TBuilder : IEndpointConventionBuilder
    {
        builder.Finally(endpoint =>
        {
            foreach (var metadata in endpoint.Metadata) if (metadata is NeedsAttribute) return;
            endpoint.Metadata.Add(new NeedsAttribute(least));
        });
        return builder;
    }
}
