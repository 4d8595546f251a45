using System.Text.Json;
using Dalgu.Hub.Contexts;
using Dalgu.Hub.Entities;
using Dalgu.Hub.Http;
using Dalgu.Hub.Query;

namespace Dalgu.Hub.Registrations.Distribution;

/// <summary>The part that context sources have in one request (clause 4.3.6): which are asked, under which names, and what is said of those that failed.</summary>
internal sealed class Distribution
{
    // What belongs to the connection or to the broker's own account of the request; a registration cannot set it (clause 4.3.6.5).
    private static readonly HashSet<string> OwnHeaders = new(StringComparer.OrdinalIgnoreCase)
    {
        "NGSILD-Tenant", "Via", "Host", "Content-Length", "Content-Type", "Transfer-Encoding", "Connection", "Keep-Alive", "Upgrade", "TE", "Trailer", "Expect", "Link", "Accept",
        "jsonldContext", "contentType", "Proxy-Authorization", "Proxy-Connection", "Cookie",
    };

    private readonly string via;
    private readonly List<string> warnings = [];

    private Distribution(NgsiLdCall call, string alias)
    {
        Call = call;
        Alias = alias;
        var chain = call.Http.Request.Headers["Via"].ToString();
        IsLoop = Passed(chain).Contains(alias);
        via = chain.Length == 0 ? $"1.1 {alias}" : $"{chain}, 1.1 {alias}";
        Hops = Passed(chain).ToHashSet(StringComparer.Ordinal);
    }

    private static IEnumerable<string> Passed(string chain) =>
        chain.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Select(hop => hop.Split(' ', StringSplitOptions.RemoveEmptyEntries)).Where(p => p.Length > 1).Select(p => p[1]);

    /// <summary>The distribution of a call; null where there is nobody to ask: no registrations, or a call for local data alone.</summary>
    public static ValueTask<Distribution?> OfAsync(NgsiLdCall call) => call.Tenant is not { } tenant || tenant.Registrations.IsEmpty || call.Flag("local") ? default : MakeAsync(call);

    private static async ValueTask<Distribution?> MakeAsync(NgsiLdCall call) => new Distribution(call, await call.Hub.Sources.AliasAsync(call.Tenant.Name));

    public NgsiLdCall Call { get; }
    /// <summary>The name of this tenant among brokers.</summary>
    public string Alias { get; }
    /// <summary>True where the request has been here before.</summary>
    public bool IsLoop { get; }
    /// <summary>The brokers that the request has passed.</summary>
    private HashSet<string> Hops { get; }

    /// <summary>The registrations that a question and an operation concern. One whose source the request has passed already is left out, with a warning.</summary>
    public List<Registration> Matching(RegistrationQuestion question)
    {
        var matching = Call.Tenant.Registrations.Matching(question);
        for (var i = matching.Count - 1; i >= 0; i--)
            if (IsLoop || matching[i].Alias is { } alias && Hops.Contains(alias))
            {
                Looping.Add(matching[i]);
                matching.RemoveAt(i);
            }
        return matching;
    }

    /// <summary>The registrations that were left out, since asking their sources would be a loop.</summary>
    public List<Registration> Looping { get; } = [];

    /// <summary>Refuses a write that came back and that a source alone could carry out (clause 6.3.17).</summary>
    public void RefuseLoop()
    {
        if (Looping.Find(r => r.IsProxied) is { } registration)
            throw new Problem(ProblemKind.LoopDetected, $"The request has passed this broker or the source of the registration \"{registration.Id}\" already; the registrations lead in a circle.");
    }

    /// <summary>How a source is spoken to: with the registered @context, or that of the request.</summary>
    /// <param name="registration">The source.</param>
    /// <param name="forBody">True where a body is sent.</param>
    public async ValueTask<SourceTarget> TargetAsync(Registration registration, bool forBody = false)
    {
        string? Info(string key) => registration.Info.FirstOrDefault(p => p.Key.Equals(key, StringComparison.OrdinalIgnoreCase)).Value;
        if (Info("jsonldContext") is { } address)
        {
            try
            {
                return new(registration, await Call.Hub.Contexts.ResolveAsync(address, null, Call.Cancel), address, IsOriginal: address == Call.Context.Address, false, Info("accept"));
            }
            catch (Problem)
            {
                return new(registration, CoreContext.Instance, null, IsOriginal: false, false, Info("accept"));
            }
        }
        var inline = Info("contentType") == MediaTypes.JsonLd;
        if (Call.Context.Address is { } own) return new(registration, Call.Context, own, IsOriginal: true, inline, Info("accept"));
        // An @context without an address goes along in a body, or else names are written in full.
        return forBody ? new(registration, Call.Context, null, IsOriginal: true, true, Info("accept")) : new(registration, CoreContext.Instance, null, IsOriginal: false, inline, Info("accept"));
    }

    /// <summary>The root of a source's interface.</summary>
    public static string RootOf(Registration registration) => registration.Endpoint.EndsWith(NgsiLdRoutes.Root, StringComparison.Ordinal) ? registration.Endpoint : registration.Endpoint + NgsiLdRoutes.Root;

    /// <summary>True for a header that a registration cannot set.</summary>
    public static bool IsOwnHeader(string name) => OwnHeaders.Contains(name);

    /// <summary>True where a request has been at a tenant of this name already.</summary>
    public static bool HasPassed(string chain, string alias) => Passed(chain).Contains(alias);

    /// <summary>Sends a request to a source.</summary>
    /// <param name="target">The source.</param>
    /// <param name="method">The method.</param>
    /// <param name="path">The path below the root of its interface, escaped.</param>
    /// <param name="query">The parameters.</param>
    /// <param name="body">The body; null for none.</param>
    public Task<SourceAnswer> SendAsync(SourceTarget target, HttpMethod method, string path, IEnumerable<(string Name, string Value)> query, ReadOnlyMemory<byte>? body = null)
    {
        var registration = target.Registration;
        if (registration.LocalOnly) query = query.Append(("local", "true"));
        var text = string.Join('&', query.Select(p => $"{p.Name}={Uri.EscapeDataString(p.Value).Replace("%3A", ":", StringComparison.Ordinal).Replace("%2C", ",", StringComparison.Ordinal)}"));
        var headers = new List<(string, string)> { ("Via", via), ("Accept", target.Accept ?? MediaTypes.Json) };
        var inline = body is not null && target.SendsInline;
        if (target.Link is { } link && !inline) headers.Add(("Link", $"<{link}>; rel=\"{NgsiLdCall.ContextRelation}\"; type=\"{MediaTypes.JsonLd}\""));
        if (registration.Tenant is { } tenant) headers.Add(("NGSILD-Tenant", tenant));
        foreach (var (key, value) in registration.Info)
        {
            if (OwnHeaders.Contains(key)) continue;
            if (value != "urn:ngsi-ld:request") headers.Add((key, value));
            else if (Call.Http.Request.Headers.TryGetValue(key, out var stated) && stated.Count > 0) headers.Add((key, stated.ToString()));
        }
        return Call.Hub.Sources.SendAsync(new(registration, method, RootOf(registration) + path + (text.Length == 0 ? "" : "?" + text), headers, body, body is null ? null : inline ? MediaTypes.JsonLd : MediaTypes.Json), Call.Cancel);
    }

    /// <summary>Notes what is abnormal in the answer to a read (clause 6.3.17): a source that has nothing is not.</summary>
    public void Warn(SourceAnswer answer)
    {
        warnings.AddRange(answer.Warnings);
        if (answer.Status is 404 or (>= 200 and < 300) && answer.Fault == SourceFault.None) return;
        var (code, text) = answer switch
        {
            { Fault: SourceFault.Invalid } => (111, "answers with something that is no NGSI-LD, or too much of it"),
            { Fault: not SourceFault.None } => (199, answer.Reason),
            { Status: 508 } => (199, "is part of a loop"),
            _ => (299, $"answers {answer.Status}"),
        };
        warnings.Add($"{code} {Alias} \"The source of {answer.Registration.Id} {text.Replace('"', '\'')}\"");
    }

    /// <summary>Writes the warnings into the answer, whatever that becomes.</summary>
    public void ShowWarnings()
    {
        if (Looping.Count > 0 && !warnings.Exists(w => w.StartsWith("199", StringComparison.Ordinal)))
            warnings.Add($"199 {Alias} \"A loop of registrations is not followed\"");
        if (warnings.Count > 0) Call.Http.Response.Headers["NGSILD-Warning"] = string.Join(", ", warnings.Distinct().Take(20));
    }

    /// <summary>The entities in an answer; empty where it has none or cannot be read, which is noted.</summary>
    public async ValueTask<List<Entity>> EntitiesAsync(SourceTarget target, SourceAnswer answer)
    {
        if (!answer.IsSuccess)
        {
            Warn(answer);
            return [];
        }
        try
        {
            var entities = await SourceEntities.ReadAsync(answer.Body, target.Names, Call.Hub, Call.Cancel);
            Warn(answer);
            return entities;
        }
        catch (Exception fault) when (fault is JsonException or Problem)
        {
            Warn(answer with { Fault = SourceFault.Invalid });
            return [];
        }
    }
}

/// <summary>A source, and the names in which it is spoken to.</summary>
/// <param name="Registration">The registration.</param>
/// <param name="Names">The @context of what is sent and answered.</param>
/// <param name="Link">Its address; null for the core one.</param>
/// <param name="IsOriginal">True where texts of the request can be passed on as they are.</param>
/// <param name="Inline">True where bodies carry their @context.</param>
/// <param name="Accept">The media type that is asked for, where it is registered.</param>
internal sealed record SourceTarget(Registration Registration, LdContext Names, string? Link, bool IsOriginal, bool Inline, string? Accept)
{
    /// <summary>True where a body carries its @context: where that is registered, or nothing else can name it.</summary>
    public bool SendsInline => Inline;
}
