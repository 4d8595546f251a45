using System.Text.Json;
using Dalgu.Hub.Entities;
using Dalgu.Hub.Http;
using Dalgu.Hub.Query;
using Microsoft.AspNetCore.Http;

namespace Dalgu.Hub.Registrations.Distribution;

/// <summary>Retrieves and queries entities here and at the sources that may have them (clauses 5.7.1.4 and 5.7.2.4).</summary>
internal static class DistributedReads
{
    private const SourceOperations Reading = SourceOperations.RetrieveEntity | SourceOperations.QueryEntity | SourceOperations.QueryBatch;

    /// <summary>The entity of an id out of all that know it; null where nobody does, or it may not be seen.</summary>
    /// <param name="distribution">The call's distribution.</param>
    /// <param name="id">The id.</param>
    /// <param name="form">What of it is wanted.</param>
    public static async ValueTask<Entity?> RetrieveAsync(Distribution distribution, string id, Representation form)
    {
        var call = distribution.Call;
        var wanted = form.Pick?.Where(p => p is not ("id" or "type" or "scope")).ToArray();
        var question = new RegistrationQuestion
        {
            Selectors = [new EntitySelector(call.Parameter("type") is { } type ? TypeSelection.Parse(type, call.Context) : null, [id], null)],
            Attributes = wanted is { Length: > 0 } ? wanted : null,
        };
        var matching = distribution.Matching(question);
        var asked = matching.Where(r => r.Supports(Reading)).Select(r => RetrieveFromAsync(distribution, r, id, question)).ToArray();
        var local = await call.Tenant.RetrieveAsync(id, call.Rights, call.Cancel);
        var entity = local is null ? null : EntityMerge.Mask(local, matching);
        foreach (var (registration, found) in await InOrderAsync(asked))
            foreach (var part in found)
                if (part.Id == id) entity = entity is null ? part : EntityMerge.Merge(entity, part, registration.Mode == RegistrationMode.Auxiliary);
        distribution.ShowWarnings();
        if (entity is null || !call.Rights.MayRead(entity)) return null;
        if (local is null) await call.Tenant.NoteReadAsync(call.Rights, [entity]);
        return entity;
    }

    private static async Task<(Registration, List<Entity>)> RetrieveFromAsync(Distribution distribution, Registration registration, string id, RegistrationQuestion question)
    {
        var target = await distribution.TargetAsync(registration);
        var narrowed = SourceQuestion.Of(registration, question);
        var answer = registration.Supports(SourceOperations.RetrieveEntity)
            ? await distribution.SendAsync(target, HttpMethod.Get, "/entities/" + Escape(id), [("options", "sysAttrs"), .. narrowed.AttributeParameters(target)])
            : registration.Supports(SourceOperations.QueryEntity)
            ? await distribution.SendAsync(target, HttpMethod.Get, "/entities", [("id", id), .. narrowed.TypeParameters(target), ("options", "sysAttrs"), .. narrowed.AttributeParameters(target)])
            : await distribution.SendAsync(target, HttpMethod.Post, "/entityOperations/query", [("options", "sysAttrs")], narrowed.Body(target, new SourceFilters()));
        return (registration, Narrowed(await distribution.EntitiesAsync(target, answer), narrowed));
    }

    /// <summary>What the registration says that the source has: more is not believed, nor passed on.</summary>
    private static List<Entity> Narrowed(List<Entity> entities, SourceQuestion question)
    {
        if (question.Attributes is not { } only) return entities;
        for (var i = 0; i < entities.Count; i++)
            if (entities[i].Attributes.Any(a => !only.Contains(a.Name))) entities[i] = entities[i] with { Attributes = [.. entities[i].Attributes.Where(a => only.Contains(a.Name))] };
        return entities;
    }

    /// <summary>Auxiliary sources last, so that they fill what all others left open.</summary>
    private static async Task<IEnumerable<(Registration Registration, List<Entity> Found)>> InOrderAsync(Task<(Registration Registration, List<Entity> Found)>[] asked) =>
        (await Task.WhenAll(asked)).OrderBy(a => a.Registration.Mode == RegistrationMode.Auxiliary);

    /// <summary>What matches a query here and at the sources, in ordinal order of id.</summary>
    /// <param name="distribution">The call's distribution.</param>
    /// <param name="query">The query.</param>
    /// <param name="filters">The texts of its filters.</param>
    /// <returns>Null where no source is concerned: then the broker alone answers.</returns>
    public static async Task<List<GatheredEntity>?> MatchesAsync(Distribution distribution, EntityQuery query, SourceFilters filters)
    {
        var call = distribution.Call;
        var viaBatch = HttpMethods.IsPost(call.Http.Request.Method);
        var question = Question(call, query);
        var matching = distribution.Matching(question);
        if (matching.Count == 0 && distribution.Looping.Count == 0) return null;
        if (matching.Count == 0)
        {
            distribution.ShowWarnings();
            return null;
        }
        if (query.Order.IsStated) throw new Problem(ProblemKind.BadRequestData, "A query that sources take part in is not ordered; leave orderBy out, or ask with local=true (clause 5.7.2.4).");
        var split = call.Parameter("splitEntities") is not null ? call.Flag("splitEntities") : NeedsSplitting(call, matching, question, query);
        if (split)
        {
            filters = filters with { Q = null, ScopeQ = null, GeoRel = null };
            question = question with { Attributes = null };
            matching = distribution.Matching(question);
        }
        var gathered = await GatherAsync(distribution, query, matching, question, filters, viaBatch, split);
        distribution.ShowWarnings();
        List<GatheredEntity> matches = [.. gathered.Where(g => call.Rights.MayRead(g.Entity) && (split ? Evaluator.Matches(g.Entity, query) : MatchesSelection(g.Entity, query)))];
        matches.Sort(static (a, b) => string.CompareOrdinal(a.Entity.Id, b.Entity.Id));
        return matches;
    }

    /// <summary>A page of what matches a query here and at the sources; null where no source is concerned.</summary>
    public static async Task<EntityPage?> PageAsync(Distribution distribution, EntityQuery query, SourceFilters filters)
    {
        if (await MatchesAsync(distribution, query, filters) is not { } matches) return null;
        List<Entity> page = [.. matches.Skip(query.Offset).Take(query.Limit).Select(m => m.Entity)];
        await distribution.Call.Tenant.NoteReadAsync(distribution.Call.Rights, page);
        return new(page, distribution.Call.Flag("count") ? matches.Count : null, matches.Count > (long)query.Offset + query.Limit);
    }

    /// <summary>What registrations a query is about.</summary>
    public static RegistrationQuestion Question(NgsiLdCall call, EntityQuery query) => new()
    {
        Selectors = query.AnyOf ?? (query is { Types: null, Ids: null, IdPattern: null } ? [] : [new EntitySelector(query.Types, query.Ids, query.IdPattern)]),
        Attributes = query.Attributes,
        Datasets = query.DatasetIds,
        Near = query.Geo,
        Csf = SourceFilters.Csf(call),
    };

    /// <summary>True where a filter looks at more than what some source has of the entities: then only the whole entity can tell.</summary>
    private static bool NeedsSplitting(NgsiLdCall call, List<Registration> matching, RegistrationQuestion question, EntityQuery query)
    {
        if (query is { Q: null, Geo: null, Scopes: null }) return false;
        if (query.Q is not null && (call.Context.Address is null || query.ExpandsValues)) return true; // its names cannot be told a source
        foreach (var registration in matching)
        {
            if (query.Q is not null && registration.Info.Any(i => i.Key == "jsonldContext")) return true;
            if (SourceQuestion.Of(registration, question with { Attributes = null }).Attributes is { } only
                && (query.Scopes is not null || query.Geo is { } geo && !only.Contains(geo.Property) || query.Q is { } q && q.Roots.Any(r => !only.Contains(r)))) return true;
        }
        return false;
    }

    /// <summary>What a source cannot have filtered for us, or filters by other rules.</summary>
    private static bool MatchesSelection(Entity entity, EntityQuery query) => Evaluator.Matches(entity, query with { Q = null, Geo = null, Scopes = null, Types = null, AnyOf = null });

    private static async Task<IEnumerable<GatheredEntity>> GatherAsync(Distribution distribution, EntityQuery query, List<Registration> matching, RegistrationQuestion question, SourceFilters filters, bool viaBatch, bool split)
    {
        var call = distribution.Call;
        var most = call.Hub.Options.MaxGatheredEntities;
        var asked = matching.Where(r => r.Supports(SourceOperations.QueryEntity | SourceOperations.QueryBatch)).Select(r => QueryFromAsync(distribution, r, question, filters, viaBatch)).ToArray();
        var gathered = new Dictionary<string, GatheredEntity>(StringComparer.Ordinal);
        var local = query with { Offset = 0, Limit = int.MaxValue };
        if (split) local = local with { Q = null, Geo = null, Scopes = null, Attributes = null, DatasetIds = null };
        await foreach (var entity in call.Tenant.EnumerateAsync(local, call.Rights, call.Cancel))
        {
            if (EntityMerge.Mask(entity, matching) is { } masked && (masked.Attributes.Count > 0 || entity.Attributes.Count == 0)) gathered[entity.Id] = new(masked, [EntityMap.Local]);
            if (gathered.Count > most) throw TooMany(most);
        }
        foreach (var (registration, found) in await InOrderAsync(asked))
        {
            foreach (var part in found)
                gathered[part.Id] = gathered.TryGetValue(part.Id, out var known)
                    ? new(EntityMerge.Merge(known.Entity, part, registration.Mode == RegistrationMode.Auxiliary), known.Sources.Contains(registration.Id) ? known.Sources : [.. known.Sources, registration.Id])
                    : new(part, [registration.Id]);
            if (gathered.Count > most) throw TooMany(most);
        }
        return gathered.Values;
    }

    /// <summary>The refusal of a query that gathers too much.</summary>
    public static Problem TooMany(int most) => new(ProblemKind.TooManyResults, $"The query gathers more than {most} entities from its sources; narrow it.");

    private static async Task<(Registration, List<Entity>)> QueryFromAsync(Distribution distribution, Registration registration, RegistrationQuestion question, SourceFilters filters, bool viaBatch)
    {
        var target = await distribution.TargetAsync(registration);
        var narrowed = SourceQuestion.Of(registration, question);
        var byBody = registration.Supports(SourceOperations.QueryBatch) && (viaBatch || !registration.Supports(SourceOperations.QueryEntity));
        var found = new List<Entity>();
        foreach (var part in byBody ? [narrowed] : narrowed.Singles())
        {
            var (size, most) = (distribution.Call.Hub.Options.SourcePageSize, distribution.Call.Hub.Options.MaxGatheredEntities);
            for (var offset = 0; offset <= most; offset += size)
            {
                (string, string)[] page = [("limit", $"{size}"), ("offset", $"{offset}"), ("options", "sysAttrs"), .. filters.SplitParameter];
                var answer = byBody ? await distribution.SendAsync(target, HttpMethod.Post, "/entityOperations/query", page, part.Body(target, filters))
                    : await distribution.SendAsync(target, HttpMethod.Get, "/entities", [.. part.SelectorParameters(target), .. part.AttributeParameters(target), .. filters.Parameters, .. page]);
                var entities = await distribution.EntitiesAsync(target, answer);
                found.AddRange(Narrowed(entities, narrowed));
                if (entities.Count < size) break;
            }
        }
        return (registration, found);
    }

    /// <summary>An id or a name as part of a path.</summary>
    public static string Escape(string text) => Uri.EscapeDataString(text).Replace("%3A", ":", StringComparison.Ordinal);
}

/// <summary>An entity with the places that have it: registrations, and "@none" for this broker.</summary>
internal sealed record GatheredEntity(Entity Entity, IReadOnlyList<string> Sources);

/// <summary>The texts of a query's filters, as they are passed on.</summary>
internal sealed record SourceFilters
{
    public string? Q { get; init; }
    public string? ScopeQ { get; init; }
    public string? GeoRel { get; init; }
    public string? Geometry { get; init; }
    public string? Coordinates { get; init; }
    public string? GeoProperty { get; init; }
    public string? SplitEntities { get; init; }

    /// <summary>The filters of a lookup of parameters.</summary>
    public static SourceFilters Of(Func<string, string?> parameter, NgsiLdCall call)
    {
        _ = Csf(call); // refused where it cannot be read, though no source may be asked (clauses 5.7.2.4, 5.7.4.4)
        return new()
        {
            Q = parameter("q"), ScopeQ = parameter("scopeQ"), GeoRel = parameter("georel"), Geometry = parameter("geometry"), Coordinates = parameter("coordinates"),
            GeoProperty = parameter("geoproperty"), SplitEntities = call.Parameter("splitEntities"),
        };
    }

    /// <summary>The filter over the properties of sources; null where there is none.</summary>
    public static QExpression? Csf(NgsiLdCall call) => call.Parameter("csf") is { } csf ? QExpression.Parse(csf, call.Context, call.Hub.Options) : null;

    /// <summary>The filters as parameters.</summary>
    public IEnumerable<(string, string)> Parameters
    {
        get
        {
            if (Q is not null) yield return ("q", Q);
            if (ScopeQ is not null) yield return ("scopeQ", ScopeQ);
            if (GeoRel is null) yield break;
            yield return ("georel", GeoRel);
            yield return ("geometry", Geometry!);
            yield return ("coordinates", Coordinates!);
            if (!string.IsNullOrEmpty(GeoProperty)) yield return ("geoproperty", GeoProperty);
        }
    }

    public IEnumerable<(string, string)> SplitParameter => SplitEntities is { } split ? [("splitEntities", split)] : [];

    /// <summary>Writes the filters as members of a query body.</summary>
    public void Write(Utf8JsonWriter json)
    {
        if (Q is not null) json.WriteString("q"u8, Q);
        if (ScopeQ is not null) json.WriteString("scopeQ"u8, ScopeQ);
        if (GeoRel is null) return;
        json.WriteStartObject("geoQ"u8);
        json.WriteString("georel"u8, GeoRel);
        json.WriteString("geometry"u8, Geometry);
        json.WritePropertyName("coordinates"u8);
        json.WriteRawValue(Coordinates!);
        if (!string.IsNullOrEmpty(GeoProperty)) json.WriteString("geoproperty"u8, GeoProperty);
        json.WriteEndObject();
    }
}
