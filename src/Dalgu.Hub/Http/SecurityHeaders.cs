using Microsoft.AspNetCore.Http;

namespace Dalgu.Hub.Http;

/// <summary>The headers that every answer carries, so that a browser runs only what this instance serves.</summary>
public static class SecurityHeaders
{
    /// <summary>The Content-Security-Policy of the house: nothing inline, nothing from elsewhere.</summary>
    public const string ContentPolicy = "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; worker-src 'self' blob:; connect-src 'self'; "
        + "object-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'";

    /// <summary>The policy of answers that are data and never a page: nothing may run from them, nobody may frame them.</summary>
    public const string DataPolicy = "default-src 'none'; frame-ancestors 'none'";

    internal static void Set(HttpContext http)
    {
        var headers = http.Response.Headers;
        if (http.Request.IsHttps) headers.StrictTransportSecurity = "max-age=31536000; includeSubDomains";
        if (http.GetEndpoint()?.Metadata.GetMetadata<Operation>() is not null)
        {
            // What concerns documents alone is left out of the hub's answers, of which there are many and most are small.
            headers.ContentSecurityPolicy = DataPolicy;
            headers.XContentTypeOptions = "nosniff";
            headers["Cross-Origin-Resource-Policy"] = "same-origin";
            return;
        }
        headers.ContentSecurityPolicy = http.GetEndpoint()?.Metadata.GetMetadata<ContentPolicy>()?.Text ?? ContentPolicy;
        headers.XContentTypeOptions = "nosniff";
        headers["Referrer-Policy"] = "same-origin";
        headers["Permissions-Policy"] = "geolocation=(self), camera=(), microphone=(), payment=(), usb=()";
        headers["Cross-Origin-Opener-Policy"] = "same-origin";
        headers["Cross-Origin-Resource-Policy"] = "same-origin";
    }
}
