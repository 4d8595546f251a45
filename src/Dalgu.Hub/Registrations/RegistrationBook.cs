using System.Text.Json;
using System.Text.Json.Nodes;
using Dalgu.Hub.Access;
using Dalgu.Hub.Entities;
using Dalgu.Hub.Query;

namespace Dalgu.Hub.Registrations;

/// <summary>The registrations of a tenant: durable as documents, in memory with an index that answers every read. Thread-safe.</summary>
internal sealed class RegistrationBook(Tenant tenant, CityHub hub) : IDisposable
{
    internal const string Collection = "registration";
    private readonly SemaphoreSlim gate = new(1);
    private RegistrationIndex index = RegistrationIndex.Empty;

    /// <summary>True where no source is registered: then nothing is distributed, and an operation asks no more than this.</summary>
    public bool IsEmpty => Volatile.Read(ref index).Count == 0;

    /// <summary>Called after a change with what was and what is: null for none.</summary>
    public event Action<Registration?, Registration?>? Changed;

    /// <summary>The same for a change that another node took, and did what follows from it.</summary>
    public event Action<Registration?, Registration?>? Learned;

    /// <summary>Reads the stored registrations.</summary>
    public async Task LoadAsync(CancellationToken cancel = default)
    {
        var reader = new RegistrationReader(hub.Options);
        var loaded = RegistrationIndex.Empty;
        await foreach (var document in tenant.DocumentsAsync(Collection, cancel))
            if (document.Body is { } body) loaded = loaded.With(reader.Compile(body));
        Volatile.Write(ref index, loaded);
        tenant.Watch(Collection, document =>
        {
            var (before, after) = (index.Find(document.Id), document.Body is { } body ? reader.Compile(body) : null);
            if (before is null && after is null) return;
            Show(before, after);
            Learned?.Invoke(before, after);
        });
    }

    /// <summary>The registration of an id that has not expired; null where there is none.</summary>
    public Registration? Find(string id) => Volatile.Read(ref index).Find(id) is { } found && IsAlive(found) ? found : null;

    /// <summary>The living registrations that match a question, in ordinal order of id.</summary>
    public List<Registration> Matching(RegistrationQuestion question)
    {
        var matching = new List<Registration>();
        foreach (var candidate in Volatile.Read(ref index).Candidates(question.Selectors))
            if (IsAlive(candidate) && RegistrationMatch.Matches(candidate, question)) matching.Add(candidate);
        return matching;
    }

    /// <summary>True while a registration has not expired. An expired one is taken away when it is met.</summary>
    private bool IsAlive(Registration registration)
    {
        if (!(registration.ExpiresAt <= hub.Clock.GetUtcNow().UtcDateTime)) return true;
        _ = ForgetAsync(registration);
        return false;
    }

    private async Task ForgetAsync(Registration expired)
    {
        await gate.WaitAsync();
        try
        {
            if (!ReferenceEquals(index.Find(expired.Id), expired)) return;
            await WriteAsync(Principal.System, "registration.expire", expired, null);
        }
        catch (Problem)
        {
            // The store takes no writes now; the registration is dead all the same, and is met again.
        }
        finally
        {
            gate.Release();
        }
    }

    /// <summary>Adds a registration.</summary>
    /// <param name="who">Who does.</param>
    /// <param name="document">The registration, names expanded.</param>
    /// <exception cref="Problem">AlreadyExists where the id is taken; Conflict where what it claims is held already; BadRequestData where it breaks a rule.</exception>
    public async Task<Registration> AddAsync(Principal who, JsonObject document)
    {
        await gate.WaitAsync();
        try
        {
            Stamp(document, null);
            var registration = Compile(document);
            if (Find(registration.Id) is not null) throw new Problem(ProblemKind.AlreadyExists, $"The registration \"{registration.Id}\" exists already.");
            await CheckFreeAsync(registration);
            await WriteAsync(who, "registration.create", index.Find(registration.Id), registration);
            return registration;
        }
        finally
        {
            gate.Release();
        }
    }

    /// <summary>Changes a registration by what a fragment states.</summary>
    public async Task<Registration> UpdateAsync(Principal who, string id, JsonObject fragment)
    {
        await gate.WaitAsync();
        try
        {
            var current = Find(id) ?? throw Missing(id);
            var merged = RegistrationReader.Merge(current.Document, fragment);
            Stamp(merged, current);
            var registration = Compile(merged) with { Record = current.Record };
            if (registration.IsProxied && (registration.Mode != current.Mode || fragment.ContainsKey("information"))) await CheckFreeAsync(registration);
            await WriteAsync(who, "registration.update", current, registration);
            return registration;
        }
        finally
        {
            gate.Release();
        }
    }

    /// <summary>Takes a registration away.</summary>
    public async Task DeleteAsync(Principal who, string id)
    {
        await gate.WaitAsync();
        try
        {
            await WriteAsync(who, "registration.delete", Find(id) ?? throw Missing(id), null);
        }
        finally
        {
            gate.Release();
        }
    }

    private Registration Compile(JsonObject document)
    {
        var registration = new RegistrationReader(hub.Options).Compile(document);
        if (registration.ExpiresAt <= hub.Clock.GetUtcNow().UtcDateTime) throw new Problem(ProblemKind.BadRequestData, "The registration's expiresAt is in the past; name a later time, or none.");
        return registration;
    }

    private void Stamp(JsonObject document, Registration? before)
    {
        var now = Timestamp.Format(Timestamp.Milliseconds(hub.Clock.GetUtcNow().UtcDateTime));
        if (before is null) document["createdAt"] = now;
        document["modifiedAt"] = now;
    }

    private async Task WriteAsync(Principal who, string action, Registration? before, Registration? after)
    {
        var id = (after ?? before!).Id;
        await tenant.WriteAsync(who, action, [], scope =>
        {
            scope.Target = id;
            scope.PutDocument(Collection, id, after?.Document);
            return true;
        });
        Show(before, after);
        Changed?.Invoke(before, after);
    }

    private void Show(Registration? before, Registration? after)
    {
        RegistrationIndex now, next;
        do next = after is not null ? (now = Volatile.Read(ref index)).With(after) : (now = Volatile.Read(ref index)).Without(before!);
        while (Interlocked.CompareExchange(ref index, next, now) != now);
    }

    /// <summary>Refuses a registration that claims for its source alone what the broker or another source holds (clauses 4.3.6.3 and 5.9.2.4).</summary>
    private async Task CheckFreeAsync(Registration registration)
    {
        if (!registration.IsProxied) return;
        foreach (var information in registration.Information)
        {
            IReadOnlyList<EntitySelector> selectors = [.. information.Entities.Select(Selector)];
            foreach (var other in Volatile.Read(ref index).Candidates(selectors))
                if (other.Id != registration.Id && IsAlive(other) && Overlaps(registration, other, information))
                    throw new Problem(ProblemKind.Conflict, $"The registration \"{other.Id}\" holds some of these attributes of these entities exclusively or redirects them; register others, or change it first (clause 4.3.6.3).");
            await CheckEntitiesAsync(registration, information, selectors);
        }
    }

    private static bool Overlaps(Registration registration, Registration other, RegistrationInformation information)
    {
        // Redirects may stand beside each other; an exclusive registration stands alone.
        if (!other.IsProxied || registration.Mode == RegistrationMode.Redirect && other.Mode == RegistrationMode.Redirect) return false;
        if (registration.IsOfPresent != other.IsOfPresent) return false;
        foreach (var theirs in other.Information)
            if (RegistrationMatch.Matches(theirs, new RegistrationQuestion { Selectors = [.. information.Entities.Select(Selector)], Attributes = information.Attributes })) return true;
        return false;
    }

    private async Task CheckEntitiesAsync(Registration registration, RegistrationInformation information, IReadOnlyList<EntitySelector> selectors)
    {
        if (!registration.IsOfPresent) return;
        var query = new EntityQuery { AnyOf = selectors.Count == 0 ? null : selectors, Attributes = information.Attributes is { } attributes ? [.. attributes] : null };
        if (selectors.Count > 0 && selectors.All(s => s.Ids is not null)) query = query with { Ids = [.. selectors.SelectMany(s => s.Ids!)] };
        await foreach (var entity in tenant.EnumerateAsync(query, hub.Access.For(Principal.System)))
            throw new Problem(ProblemKind.Conflict, $"The entity \"{entity.Id}\" is held here and matches the registration, which is {registration.Mode.ToString().ToLowerInvariant()}; move it to the source first, or register it as inclusive (clause 5.9.2.4).");
    }

    private static EntitySelector Selector(EntityInfo entity) => new(entity.Types.Count == 0 ? null : TypeSelection.AnyOf(entity.Types), entity.Id is { } id ? [id] : null, entity.IdPattern);

    public static Problem Missing(string id) => new(ProblemKind.ResourceNotFound, $"The registration \"{id}\" does not exist.");

    public void Dispose() => gate.Dispose();
}
