using System.Collections.Immutable;
using Dalgu.Hub.Query;

namespace Dalgu.Hub.Registrations;

/// <summary>Finds the registrations that may match without looking at the others: by type, and within a type by exact id. A snapshot is immutable;
/// adding and removing make the next one and share what they do not touch.</summary>
internal sealed class RegistrationIndex
{
    public static readonly RegistrationIndex Empty = new(ImmutableDictionary<string, Bucket>.Empty.WithComparers(StringComparer.Ordinal), Bucket.Empty, Bucket.Empty, ImmutableDictionary<string, Registration>.Empty);

    private readonly ImmutableDictionary<string, Bucket> byType;
    private readonly Bucket ofAnyType, all;
    private readonly ImmutableDictionary<string, Registration> byName;

    private RegistrationIndex(ImmutableDictionary<string, Bucket> byType, Bucket ofAnyType, Bucket all, ImmutableDictionary<string, Registration> byName) =>
        (this.byType, this.ofAnyType, this.all, this.byName) = (byType, ofAnyType, all, byName);

    /// <summary>Registrations of some entities: those of exact ids by these, the others apart.</summary>
    private sealed record Bucket(ImmutableDictionary<string, ImmutableHashSet<Registration>> ById, ImmutableHashSet<Registration> Others)
    {
        public static readonly Bucket Empty = new(ImmutableDictionary<string, ImmutableHashSet<Registration>>.Empty.WithComparers(StringComparer.Ordinal), []);

        public bool IsEmpty => ById.IsEmpty && Others.IsEmpty;

        public Bucket With(Registration registration, string? id) => id is null
            ? this with { Others = Others.Add(registration) }
            : this with { ById = ById.SetItem(id, ById.TryGetValue(id, out var list) ? list.Add(registration) : [registration]) };

        public Bucket Without(Registration registration, string? id)
        {
            if (id is null) return this with { Others = Others.Remove(registration) };
            if (!ById.TryGetValue(id, out var list)) return this;
            var rest = list.Remove(registration);
            return this with { ById = rest.IsEmpty ? ById.Remove(id) : ById.SetItem(id, rest) };
        }

        public void Collect(IReadOnlyList<string>? ids, HashSet<Registration> found)
        {
            found.UnionWith(Others);
            if (ids is null) foreach (var list in ById.Values) found.UnionWith(list);
            else foreach (var id in ids) if (ById.TryGetValue(id, out var list)) found.UnionWith(list);
        }
    }

    /// <summary>How many registrations there are.</summary>
    public int Count => byName.Count;

    /// <summary>Every registration.</summary>
    public IEnumerable<Registration> All => byName.Values;

    /// <summary>The registration of an id; null where there is none.</summary>
    public Registration? Find(string id) => byName.GetValueOrDefault(id);

    /// <summary>The next index, with a registration in place of that of its id.</summary>
    public RegistrationIndex With(Registration registration) => (Find(registration.Id) is { } old ? Without(old) : this).Change(registration, add: true);

    /// <summary>The next index, without a registration.</summary>
    public RegistrationIndex Without(Registration registration) => Change(registration, add: false);

    private RegistrationIndex Change(Registration registration, bool add)
    {
        var (types, any, every) = (byType, ofAnyType, all);
        foreach (var information in registration.Information)
        {
            if (information.Entities.Count == 0)
            {
                any = Next(any, null);
                every = Next(every, null);
            }
            foreach (var entity in information.Entities)
            {
                every = Next(every, entity.Id);
                if (entity.Types.Count == 0) any = Next(any, entity.Id);
                foreach (var type in entity.Types)
                    types = Next(types.GetValueOrDefault(type, Bucket.Empty), entity.Id) is { IsEmpty: false } bucket ? types.SetItem(type, bucket) : types.Remove(type);
            }
        }
        return new(types, any, every, add ? byName.SetItem(registration.Id, registration) : byName.Remove(registration.Id));

        Bucket Next(Bucket bucket, string? id) => add ? bucket.With(registration, id) : bucket.Without(registration, id);
    }

    /// <summary>The registrations that may match one of the selectors; all where there is none. In ordinal order of id.</summary>
    public IReadOnlyList<Registration> Candidates(IReadOnlyList<EntitySelector> selectors)
    {
        if (selectors.Count == 0) return InOrder(byName.Values);
        var found = new HashSet<Registration>(ReferenceEqualityComparer.Instance);
        foreach (var selector in selectors)
        {
            if (selector.Types is null) all.Collect(selector.Ids, found);
            else
            {
                ofAnyType.Collect(selector.Ids, found);
                foreach (var type in selector.Types.Mentioned) if (byType.TryGetValue(type, out var bucket)) bucket.Collect(selector.Ids, found);
            }
        }
        return InOrder(found);
    }

    private static Registration[] InOrder(IEnumerable<Registration> found)
    {
        var list = found.ToArray();
        Array.Sort(list, static (a, b) => string.CompareOrdinal(a.Id, b.Id));
        return list;
    }
}
