using Microsoft.AspNetCore.Http;
using Dalgu.Hub.Entities;
using Dalgu.Hub.Query;

namespace Dalgu.Hub.Http;

/// <summary>What several operations ask of a call.</summary>
internal static class CallExtensions
{
    /// <summary>The body as an entity or a fragment of one.</summary>
    /// <param name="call">The call.</param>
    /// <param name="id">The id that the body may repeat but not change; null for any.</param>
    /// <param name="merge">How the body is merged; null where it is not.</param>
    public static async ValueTask<EntityFragment> FragmentAsync(this NgsiLdCall call, string? id, MergeForm? merge = null)
    {
        var body = await call.BodyAsync();
        var fragment = new EntityJsonReader(call.Context, call.Hub.Options) { IsMerge = merge is not null, IsSimplified = merge?.IsSimplified == true }.Read(body);
        if (id is not null && fragment.Id is not null && fragment.Id != id)
            throw new Problem(ProblemKind.BadRequestData, $"The body is of \"{fragment.Id}\", the address of \"{id}\"; an entity's id never changes.");
        return fragment;
    }

    /// <summary>What the body states, read from its bytes alone; null where that cannot be, or sources would be sent it as JSON.</summary>
    public static async ValueTask<T?> PlainAsync<T>(this NgsiLdCall call, Func<EntityPacker, ReadOnlyMemory<byte>, T?> read) where T : class
    {
        if (call.BodyType != MediaTypes.Json || call.Tenant is { Registrations.IsEmpty: false }) return null;
        var body = await call.BytesAsync();
        return read(EntityPacker.Of(call.Context, call.Hub.Options), body);
    }

    /// <summary>The entity as it is, which the caller may write.</summary>
    /// <exception cref="Problem">ResourceNotFound where it does not exist or may not be seen; Forbidden where it may not be written.</exception>
    public static Entity Require(this NgsiLdCall call, WriteScope scope, string id)
    {
        var entity = scope.Find(id);
        if (entity is null || !call.Rights.MayRead(entity)) throw new Problem(ProblemKind.ResourceNotFound, $"The entity \"{id}\" does not exist.");
        call.RequireType(entity);
        call.RequireWrite(entity.Types);
        return entity;
    }

    /// <summary>An entity that the parameter type does not select is not the one that is meant.</summary>
    public static void RequireType(this NgsiLdCall call, Entity entity)
    {
        if (call.Parameter("type") is { Length: > 0 } type && !TypeSelection.Parse(type, call.Context).Matches(entity.Types))
            throw new Problem(ProblemKind.ResourceNotFound, $"The entity \"{entity.Id}\" is not of the type {Iri.Shorten(type)}.");
    }

    /// <summary>Refuses who may not write entities of these types.</summary>
    public static void RequireWrite(this NgsiLdCall call, IReadOnlyList<string> types)
    {
        if (!call.Rights.MayWrite(types))
            throw new Problem(ProblemKind.Forbidden, $"{call.Rights.Who.Name} may not write entities of the type {string.Join(", ", types.Select(call.Context.Compact))}; that is for operators and officials of their desk.");
    }

    /// <summary>An instant in a parameter; null where there is none.</summary>
    public static DateTime? Time(this NgsiLdCall call, string name) => call.Parameter(name) is not { } text ? null
        : Timestamp.TryParse(text, out var time) ? time
        : throw new Problem(ProblemKind.BadRequestData, $"The parameter {name} is \"{Iri.Shorten(text)}\"; write an instant in UTC such as 2026-11-23T08:00:00Z.");

    /// <summary>How many levels of linked entities are joined: 0 where join is absent or "@none".</summary>
    private static int JoinLevel(this NgsiLdCall call, Func<string, string?> parameter)
    {
        var (join, level) = (parameter("join"), parameter("joinLevel"));
        if (join is not (null or "flat" or "inline" or "@none")) throw new Problem(ProblemKind.BadRequestData, $"The parameter join is \"{Iri.Shorten(join)}\"; write flat, inline or @none.");
        var levels = 1;
        if (level is not null && !(int.TryParse(level, System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out levels) && levels > 0))
            throw new Problem(ProblemKind.BadRequestData, $"The joinLevel \"{Iri.Shorten(level)}\" is no whole number of 1 or more.");
        if (join is null or "@none") return 0;
        return levels <= call.Hub.Options.MaxJoinLevel ? levels : throw new Problem(ProblemKind.BadRequestData, $"The joinLevel is {levels}; the most is {call.Hub.Options.MaxJoinLevel}.");
    }

    /// <summary>Finds the linked entities that the form joins. Those of join=inline are written inside the relationships; those of join=flat come back.</summary>
    public static async ValueTask<(Representation Form, IReadOnlyList<(Entity Entity, Representation Form)> Beside)> JoinAsync(this NgsiLdCall call, IReadOnlyList<Entity> entities, Representation form, Func<string, string?>? parameter = null)
    {
        if (form.JoinLevel == 0) return (form, []);
        parameter ??= call.Parameter;
        var known = QueryParser.Ids(parameter("containedBy"))?.ToHashSet(StringComparer.Ordinal);
        var linked = await LinkedEntities.FindAsync(call.Tenant, call.Rights, entities, form, call.Hub.Options, known, call.Cancel);
        return parameter("join") == "flat" ? (form, linked.Beside) : (form with { Linked = linked.ById }, []);
    }

    /// <summary>The form with what the header Prefer says of GeoJSON (clause 6.3.6).</summary>
    public static Representation AsPreferred(this Representation form, NgsiLdCall call) => Preferences.IsPlainBody(call.Http.Request.Headers["Prefer"]) ? form with { PlainGeoJson = true } : form;

    /// <summary>The form of the answer that the parameters ask for.</summary>
    /// <param name="call">The call.</param>
    /// <param name="parameter">Where pick, omit, attrs, lang and datasetId stand; the parameters of the call where it is null.</param>
    public static Representation Form(this NgsiLdCall call, Func<string, string?>? parameter = null)
    {
        parameter ??= call.Parameter;
        var options = call.Options();
        if (call.Parameter("geometryProperty") is not null && !call.Http.Request.Headers.Accept.ToString().Contains(MediaTypes.GeoJson, StringComparison.OrdinalIgnoreCase))
            throw new Problem(ProblemKind.BadRequestData, "The parameter geometryProperty chooses the geometry of GeoJSON; accept application/geo+json with it (clause 5.7.2.4).");
        var parser = new QueryParser(call.Context, call.Hub.Options);
        var (picked, omitted) = (parser.Projection(parameter("pick")), parser.Projection(parameter("omit")));
        if (picked is not null && omitted is not null && picked.Plain.Overlaps(omitted.Plain)) throw new Problem(ProblemKind.BadRequestData, "A member stands in pick and in omit; name it in one.");
        if (parameter("attrs") is { } attrs)
        {
            if (picked is not null || omitted is not null) throw new Problem(ProblemKind.BadRequestData, "The parameter attrs chooses attributes as pick and omit do; use attrs alone, or these.");
            picked = parser.Projection(attrs + ",id,type,scope");
        }
        var joins = call.JoinLevel(parameter);
        foreach (var projection in (ReadOnlySpan<Projection?>)[picked, omitted])
            if (projection?.Depth > joins) throw new Problem(ProblemKind.BadRequestData, $"A list in braces is of linked entities {projection.Depth} levels away, and {joins} are joined; ask for join and a joinLevel that reach them.");
        return new Representation
        {
            Format = options.Contains("keyValues") || options.Contains("simplified") ? EntityFormat.Simplified : options.Contains("concise") ? EntityFormat.Concise : EntityFormat.Normalized,
            SystemAttributes = options.Contains("sysAttrs"),
            Language = parameter("lang"),
            Pick = picked?.Members,
            Omit = omitted?.Plain,
            PickWithin = picked,
            OmitWithin = omitted,
            JoinLevel = joins,
            DatasetIds = QueryParser.Datasets(parameter("datasetId")),
            GeometryProperty = call.Context.ExpandAttribute(call.Parameter("geometryProperty") ?? "location"),
        };
    }
}

/// <summary>Links to the pages beside a page (clause 6.3.10).</summary>
internal static class Paging
{
    /// <summary>Adds them. The parameters are in the order of their names, so that equal questions have equal links; or as they were asked, the page last.</summary>
    public static void AddLinks(NgsiLdCall call, int limit, int offset, bool more, bool asAsked = false, string media = MediaTypes.JsonLd)
    {
        if (offset > 0) Add("prev", Math.Max(0, offset - limit));
        if (more && limit > 0) Add("next", offset + limit);

        // What a query may hold as it is stays readable (RFC 3986, clause 3.4).
        static string Escaped(string value) => Uri.EscapeDataString(value).Replace("%3A", ":", StringComparison.Ordinal).Replace("%2A", "*", StringComparison.Ordinal);

        void Add(string relation, int at)
        {
            var request = call.Http.Request;
            var parameters = request.Query.Where(q => q.Key is not ("offset" or "limit"))
                .Select(q => $"{Uri.EscapeDataString(q.Key)}={Escaped(q.Value.ToString())}").Append($"limit={limit}").Append($"offset={at}");
            var query = string.Join('&', asAsked ? parameters : parameters.Order(StringComparer.Ordinal));
            call.Http.Response.Headers.Append("Link", $"<{request.PathBase}{request.Path.Value!.TrimEnd('/')}?{query}>;rel=\"{relation}\";type=\"{media}\"");
        }
    }
}
