using System.Text.Json;
using Dalgu.Hub.Access;
using Dalgu.Hub.Contexts;
using Dalgu.Hub.Entities;
using Dalgu.Hub.Snapshots;
using Microsoft.AspNetCore.Http;

namespace Dalgu.Hub.Http;

/// <summary>One request to the NGSI-LD interface: its tenant, @context, rights and parameters, and how it is answered.</summary>
public sealed class NgsiLdCall : IDisposable
{
    internal const string ContextRelation = "http://www.w3.org/ns/json-ld#context";
    private string? newTenant;
    private RequestBody? body;

    internal NgsiLdCall(HttpContext http, CityHub hub, Operation operation)
    {
        (Http, Hub, Operation) = (http, hub, operation);
        Rights = http.Rights();
    }

    /// <summary>The request and its answer.</summary>
    public HttpContext Http { get; }
    /// <summary>The kernel.</summary>
    public CityHub Hub { get; }
    /// <summary>The operation asked for.</summary>
    public Operation Operation { get; }
    /// <summary>What who asks may do.</summary>
    public Rights Rights { get; }
    /// <summary>The tenant. Null while a write that may make it is still being read.</summary>
    public Tenant Tenant { get; private set; } = null!;
    /// <summary>The @context that expands and compacts the names of this request.</summary>
    public LdContext Context { get; private set; } = CoreContext.Instance;
    /// <summary>The body, once it is read.</summary>
    internal JsonElement Body { get; private set; }
    /// <summary>Ends the work where the caller is gone.</summary>
    public CancellationToken Cancel => Http.RequestAborted;

    /// <summary>A query parameter; null where the request has none of the name.</summary>
    public string? Parameter(string name) => Http.Request.QueryString.HasValue && Http.Request.Query.TryGetValue(name, out var values) ? values.ToString() : InBody?.Invoke(name);

    /// <summary>What a query in the body says in the place of a parameter; null without one.</summary>
    internal Func<string, string?>? InBody { get; set; }

    /// <summary>True where a parameter is "true".</summary>
    /// <exception cref="Problem">BadRequestData where it is neither true nor false.</exception>
    public bool Flag(string name) => Parameter(name) switch
    {
        null or "false" => false,
        "true" => true,
        var other => throw new Problem(ProblemKind.BadRequestData, $"The parameter {name} is \"{Iri.Shorten(other)}\"; write true or false."),
    };

    /// <summary>A part of the route, such as the entity id. A slash inside it comes as %2F, which the server leaves as it is.</summary>
    public string RouteValue(string name)
    {
        var value = (string)Http.Request.RouteValues[name]!;
        return value.Contains('%') ? FromTarget(name) ?? value : value;
    }

    /// <summary>The part of the route out of the request's own text, where it still tells %2F from %252F.</summary>
    private string? FromTarget(string name)
    {
        var target = Http.Features.Get<Microsoft.AspNetCore.Http.Features.IHttpRequestFeature>()?.RawTarget ?? "";
        var at = target.IndexOf(NgsiLdRoutes.Root + "/", StringComparison.Ordinal);
        if (at < 0) return null;
        var path = target[(at + NgsiLdRoutes.Root.Length)..].Split('?')[0].Split('/');
        var route = Operation.Route.Split('/');
        return Array.IndexOf(route, "{" + name + "}") is var i and > 0 && i < path.Length ? Uri.UnescapeDataString(path[i]) : null;
    }

    /// <summary>The entity id of the route.</summary>
    /// <exception cref="Problem">BadRequestData where it is no URI.</exception>
    public string EntityId => Iri.Require(RouteValue("entityId"), "The entity id");

    /// <summary>The words of the parameters options and format.</summary>
    public HashSet<string> Options()
    {
        var words = new HashSet<string>(StringComparer.Ordinal);
        foreach (var name in (ReadOnlySpan<string>)["options", "format"])
            if (Parameter(name) is { Length: > 0 } value)
                foreach (var word in value.Split(',', StringSplitOptions.TrimEntries)) words.Add(word);
        foreach (var word in words)
            if (word is not ("sysAttrs" or "keyValues" or "simplified" or "concise" or "normalized" or "temporalValues" or "aggregatedValues" or "noOverwrite" or "update" or "replace" or "count"))
                throw new Problem(ProblemKind.InvalidRequest, $"The option \"{Iri.Shorten(word)}\" is not known.");
        // The parameter format decides where both name a form (clause 6.3.12).
        if (Parameter("format") is { Length: > 0 } format) words.RemoveWhere(w => w != format && w is ("keyValues" or "simplified" or "concise" or "normalized" or "temporalValues" or "aggregatedValues"));
        return words;
    }

    /// <summary>A call of another operation by the same caller in the same tenant and @context, which outlives this one.</summary>
    internal NgsiLdCall InBackground(string operation, CancellationToken end) =>
        new(Http.InBackground(end), Hub, Operations.All.First(o => o.Name == operation)) { Tenant = Tenant, Context = Context };

    internal async ValueTask BeginAsync()
    {
        CheckParameters();
        var name = Http.Request.Headers["NGSILD-Tenant"].ToString();
        if (name.Length is > 0 and <= 50 && System.Text.Ascii.IsValid(name)) Http.Response.Headers["NGSILD-Tenant"] = name;
        try
        {
            var opening = Hub.TenantAsync(name, create: false, Cancel);
            Tenant = opening.IsCompletedSuccessfully ? opening.Result : await opening;
        }
        catch (Problem problem) when (problem.Kind == ProblemKind.NonexistentTenant && Operation.Creates && Hub.Options.TenantsByFirstUse && Rights.Who.Role >= Role.Operator)
        {
            newTenant = name;
        }
        catch (Problem problem) when (problem.Kind == ProblemKind.NonexistentTenant && Operation.IsOfInstance)
        {
            // It asks nothing of the tenant.
        }
        if (Http.Request.Headers.ContainsKey(SnapshotEndpoints.Header)) await EnterSnapshotAsync();
        if (Http.Request.Headers.Link.Count > 0 && LinkedContext() is { } address)
            Context = await Hub.Contexts.ResolveAsync(address, Http.Request.Host.Value, Cancel);
    }

    /// <summary>Goes on in the snapshot that the request names (clauses 5.5.15 and 6.3.22): what it asks and writes is that of the snapshot alone.</summary>
    private async ValueTask EnterSnapshotAsync()
    {
        var id = Http.Request.Headers[SnapshotEndpoints.Header].ToString();
        if (!Operation.IsOfTenantAlone && (Tenant ?? throw SnapshotEndpoints.Missing(id)).Snapshots.Find(id) is var snapshot)
        {
            if (snapshot is null) throw SnapshotEndpoints.Missing(id);
            if (Operation.IsOfRegistry) throw new Problem(ProblemKind.OperationNotSupported, "A snapshot has no registrations: what is asked of it is asked of what it holds alone (clause 5.5.15).");
            Tenant.Snapshots.Touch(snapshot);
            Tenant = await Hub.OpenStoreAsync(snapshot.Store, create: true, Cancel);
        }
        if (id.Length <= Iri.MaxLength && System.Text.Ascii.IsValid(id)) Http.Response.Headers[SnapshotEndpoints.Header] = id;
    }

    /// <summary>Runs a write of this operation and returns when it is durable; makes the tenant first where the operation may. A request that is
    /// refused before it comes here makes none.</summary>
    internal async Task<T> WriteAsync<T>(IReadOnlyList<string> ids, Func<WriteScope, T> apply)
    {
        return await (await RequireTenantAsync()).WriteAsync(Rights.Who, Operation.Name, ids, apply);
    }

    /// <summary>The tenant, made where the operation may make it and there is none yet.</summary>
    internal async ValueTask<Tenant> RequireTenantAsync()
    {
        if (newTenant is not null) Tenant = await Hub.TenantAsync(newTenant, create: true, Cancel);
        return Tenant;
    }

    private void CheckParameters()
    {
        if (!Http.Request.QueryString.HasValue) return;
        foreach (var parameter in Http.Request.Query)
            if (parameter.Key is "local" or "splitEntities" && Operation.Parameters.Contains(parameter.Key)) Flag(parameter.Key); // also where no source is asked
            else if (!Operation.Parameters.Contains(parameter.Key))
                throw new Problem(ProblemKind.InvalidRequest, $"The parameter \"{Iri.Shorten(parameter.Key)}\" is not one of {Operation.Method} {Operation.Route}"
                    + (Operation.Parameters.Count == 0 ? ", which takes none." : $"; those are {string.Join(", ", Operation.Parameters)}."));
    }

    private string? LinkedContext()
    {
        string? address = null;
        foreach (var header in Http.Request.Headers.Link)
            for (var rest = header ?? ""; rest.IndexOf('<', StringComparison.Ordinal) is var start and >= 0;)
            {
                var end = rest.IndexOf('>', start);
                if (end < 0) break;
                var next = rest.IndexOf('<', end);
                var about = next < 0 ? rest.AsSpan(end) : rest.AsSpan(end, next - end);
                if (about.Contains(ContextRelation, StringComparison.Ordinal))
                {
                    if (address is not null) throw new Problem(ProblemKind.BadRequestData, "The Link header names two @contexts; name one that holds both.");
                    address = rest[(start + 1)..end].Trim();
                }
                rest = next < 0 ? "" : rest[next..];
            }
        return address;
    }

    /// <summary>The body as JSON; its @context becomes that of the call.</summary>
    /// <exception cref="Problem">UnsupportedMediaType, PayloadTooLarge, InvalidRequest where it is no JSON, BadRequestData where its @context is in the wrong place.</exception>
    /// <param name="ownContext">True where the @context of the body is what the operation is about, and not how its names are read.</param>
    public async ValueTask<JsonElement> BodyAsync(bool ownContext = false)
    {
        var type = BodyType;
        body ??= await ReadBodyAsync();
        var root = body.Parse(Hub.Options.MaxJsonDepth);
        // What is no JSON is InvalidRequest even where nothing says what it is to be (clause 5.5.4).
        if (type.Length == 0) throw new Problem(ProblemKind.UnsupportedMediaType, $"The body has no Content-Type; send {string.Join(" or ", Operation.Bodies)}.");
        var linked = Http.Request.Headers.Link.Count > 0 && LinkedContext() is not null;
        if (type == MediaTypes.JsonLd && linked && !ownContext) throw new Problem(ProblemKind.BadRequestData, "The body is application/ld+json and has its @context inside; leave the Link header out.");
        if (root.ValueKind == JsonValueKind.Object && !ownContext) await UseContextAsync(root, type);
        Body = root;
        return root;
    }

    /// <summary>The media type of the body, in small letters; empty where none is stated.</summary>
    internal string BodyType => Http.Request.ContentType?.Split(';')[0].Trim().ToLowerInvariant() ?? "";

    private async ValueTask<RequestBody> ReadBodyAsync()
    {
        var type = BodyType;
        if (type.Length > 0 && !Operation.Bodies.Contains(type))
            throw new Problem(ProblemKind.UnsupportedMediaType, $"The Content-Type \"{Iri.Shorten(type)}\" is not taken here; send {string.Join(" or ", Operation.Bodies)}.");
        return await RequestBody.ReadAsync(Http.Request, Hub.Options.MaxBodyBytes, Cancel);
    }

    /// <summary>The bytes of the body as they came, whatever they are; valid as long as the call. <see cref="BodyAsync"/> may be asked for afterwards.</summary>
    internal async ValueTask<ReadOnlyMemory<byte>> BytesAsync() => (body ??= await ReadBodyAsync()).Bytes;

    /// <summary>Takes the @context of an object of the body; one without keeps that of the call.</summary>
    internal async ValueTask UseContextAsync(JsonElement item, string? type = null)
    {
        type ??= BodyType;
        if (item.TryGetProperty("@context", out var context))
        {
            if (type != MediaTypes.JsonLd) throw new Problem(ProblemKind.BadRequestData, "The body has an @context, but is not sent as application/ld+json; send it so, or name the @context in a Link header.");
            Context = await Hub.Contexts.ResolveAsync(context, Http.Request.Host.Value, Cancel);
        }
        else if (type == MediaTypes.JsonLd) throw new Problem(ProblemKind.BadRequestData, "The body is application/ld+json and has no @context.");
    }

    /// <summary>Answers with JSON that a function writes.</summary>
    /// <param name="status">The HTTP status.</param>
    /// <param name="mediaType">The media type.</param>
    /// <param name="write">Writes the body.</param>
    /// <param name="link">True names the @context in a Link header, where the body cannot.</param>
    public ValueTask AnswerAsync(int status, string mediaType, Action<Utf8JsonWriter> write, bool link = true)
    {
        if (Http.Request.Headers.ContainsKey("Prefer") && Preferences.Version(Http.Request.Headers["Prefer"]) is { } version) (status, write) = AsOf(version, status, mediaType, write);
        var response = Http.Response;
        response.StatusCode = status;
        response.ContentType = mediaType;
        if (link && mediaType != MediaTypes.JsonLd && Context.Address is { } address)
            response.Headers.AppendCommaSeparatedValues("Link", $"<{address}>; rel=\"{ContextRelation}\"; type=\"{MediaTypes.JsonLd}\"");
        using var buffer = JsonBuffer.Rent();
        write(buffer.Json);
        var bytes = buffer.Finish();
        response.ContentLength = bytes.Length;
        if (HttpMethods.IsHead(Http.Request.Method)) return default;
        bytes.CopyTo(response.BodyWriter.GetSpan(bytes.Length));
        response.BodyWriter.Advance(bytes.Length);
        var flushed = response.BodyWriter.FlushAsync(Cancel);
        return flushed.IsCompletedSuccessfully ? default : Await(flushed);

        static async ValueTask Await(ValueTask<System.IO.Pipelines.FlushResult> flush) => await flush;
    }

    /// <summary>The answer as an earlier version of the specification knew it, where it is one of entities; the header Preference-Applied says so (clause 4.3.6.8).</summary>
    private (int Status, Action<Utf8JsonWriter> Write) AsOf((int Major, int Minor) version, int status, string mediaType, Action<Utf8JsonWriter> write)
    {
        if (version.CompareTo(Preferences.Native) > 0) version = Preferences.Native;
        Http.Response.Headers["Preference-Applied"] = $"ngsi-ld={version.Major}.{version.Minor}";
        if (version == Preferences.Native || status != StatusCodes.Status200OK || !Operation.IsOfEntities) return (status, write);
        using var buffer = JsonBuffer.Rent();
        write(buffer.Json);
        using var document = JsonDocument.Parse(buffer.Finish().ToArray());
        var options = Options();
        var earlier = new EarlierVersion(version, options.Contains("keyValues") || options.Contains("simplified"), mediaType == MediaTypes.GeoJson);
        var amended = new System.Buffers.ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(amended, PlainJson.Writer)) earlier.Write(json, document.RootElement);
        return (earlier.HasChanged ? StatusCodes.Status203NonAuthoritative : status, json => json.WriteRawValue(amended.WrittenSpan, skipInputValidation: true));
    }

    /// <summary>Answers with a status alone.</summary>
    public void Answer(int status) => Http.Response.StatusCode = status;

    /// <summary>Gives the body's memory back: what was read of it is copied, or done with.</summary>
    public void Dispose() => body?.Dispose();
}
