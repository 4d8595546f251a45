using Dalgu.Hub.Access;
using Microsoft.AspNetCore.Http;

namespace Dalgu.Hub.Http;

/// <summary>Who asks, as the sign-in middleware notes it on the request.</summary>
public static class HttpPrincipal
{
    private const string Key = "dalgu.principal";

    /// <summary>Who asks; <see cref="Access.Principal.Anonymous"/> where nobody is noted.</summary>
    public static Principal Principal(this HttpContext context) => context.Items.TryGetValue(Key, out var who) && who is Principal known ? known : Access.Principal.Anonymous;

    /// <summary>Notes who asks.</summary>
    public static void SetPrincipal(this HttpContext context, Principal who) => context.Items[Key] = who;

    /// <summary>What the one who asks may do.</summary>
    public static Rights Rights(this HttpContext context, CityHub hub) => hub.Access.For(context.Principal());
}
