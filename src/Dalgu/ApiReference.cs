using System.Security.Cryptography;
using Dalgu.Hub.Access;
using Dalgu.Hub.Http;
using Microsoft.OpenApi;
using Scalar.AspNetCore;

namespace Dalgu;

/// <summary>The description of every endpoint at <c>/openapi/v1.json</c>, and a page to browse it at <c>/api</c>. Both are served from here alone.</summary>
internal static class ApiReference
{
    public static void Add(IServiceCollection services) => services.AddOpenApi(options =>
    {
        options.OpenApiVersion = OpenApiSpecVersion.OpenApi3_1;
        options.AddDocumentTransformer((document, _, _) =>
        {
            document.Info = new OpenApiInfo
            {
                Title = "Dalgu", Version = CityVersion.Text,
                Description = "The city's data hub: NGSI-LD, the desks' own endpoints, and what runs the instance. Send an API key as `Authorization: Bearer …`.",
                License = new OpenApiLicense { Name = "Apache-2.0", Identifier = "Apache-2.0" },
            };
            document.Components ??= new OpenApiComponents();
            document.Components.SecuritySchemes ??= new Dictionary<string, IOpenApiSecurityScheme>();
            document.Components.SecuritySchemes["key"] = new OpenApiSecurityScheme { Type = SecuritySchemeType.Http, Scheme = "bearer", Description = "An API key" };
            NgsiLdDescription.AddTo(document);
            return Task.CompletedTask;
        });
        options.AddOperationTransformer((operation, context, _) =>
        {
            var least = context.Description.ActionDescriptor.EndpointMetadata.OfType<NeedsAttribute>().LastOrDefault()?.Least ?? Role.Administrator;
            if (least > Role.Anonymous)
                operation.Description = string.Join("\n\n", new[] { operation.Description, $"Needs the role {least.ToString().ToLowerInvariant()}." }.Where(t => !string.IsNullOrEmpty(t)));
            return Task.CompletedTask;
        });
    });

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapOpenApi("/openapi/{documentName}.json").Needs(Role.Anonymous);
        routes.MapScalarApiReference("/api", (options, http) =>
        {
            var nonce = Convert.ToBase64String(RandomNumberGenerator.GetBytes(16));
            // The browser page writes its configuration as an inline script and its styles inline; the nonce admits that one script.
            http.Response.Headers.ContentSecurityPolicy = $"default-src 'self'; script-src 'self' 'nonce-{nonce}'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; "
                + "font-src 'self' data:; worker-src 'self' blob:; connect-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'";
            options.WithNonce(nonce).WithTitle("Dalgu API").WithOpenApiRoutePattern("/openapi/{documentName}.json")
                .DisableDefaultFonts().DisableTelemetry().DisableAgent().DisableMcp().HideDeveloperTools();
        }).Needs(Role.Anonymous);
    }
}
