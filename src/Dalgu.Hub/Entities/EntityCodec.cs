using Dalgu.Hub.Storage;

namespace Dalgu.Hub.Entities;

/// <summary>The stored form of entities and history rows: names by number, times as ticks, values as slices of UTF-8 JSON.
/// An entity is read back without parsing JSON, and a value is written to an answer by copying bytes.</summary>
/// <remarks>
/// Entity: version, created, modified, expires, types, scopes, attributes.
/// Attributes: a count, then for each a name and its instances.
/// Instance: kind, flags, created, modified, then what the flags announce, then the value.
/// Numbers are LEB128 unless they are times; a name is its number, or 0 and its text where the table was full.
/// </remarks>
public static partial class EntityCodec
{
    private const byte Version = 1;

    [Flags]
    private enum Has : byte { Dataset = 1, Unit = 2, Observed = 4, Expires = 8, ObjectTypes = 16, Sub = 32, Deleted = 64, Instance = 128 }

    /// <summary>Writes an entity; the id is not part of the form. Answers how many bytes stand before its attributes.</summary>
    internal static int Write(Writer to, Entity entity)
    {
        to.Byte(Version);
        to.Long(entity.CreatedAt.Ticks);
        to.Long(entity.ModifiedAt.Ticks);
        to.Long(entity.ExpiresAt?.Ticks ?? 0);
        to.Int(entity.Types.Count);
        foreach (var type in entity.Types) to.Name(type);
        to.Int(entity.Scopes.Count);
        foreach (var scope in entity.Scopes) to.Text(scope);
        var head = to.Length;
        WriteAttributes(to, entity.Attributes);
        return head;
    }

    /// <summary>Writes attributes, as an entity or a history row holds them.</summary>
    internal static void WriteAttributes(Writer to, IReadOnlyList<EntityAttribute> attributes)
    {
        if (attributes is PackedAttributes packed)
        {
            WritePacked(to, packed);
            return;
        }
        to.Int(attributes.Count);
        for (var i = 0; i < attributes.Count; i++)
        {
            to.Name(attributes[i].Name);
            var instances = attributes[i].Instances;
            to.Int(instances.Count);
            for (var k = 0; k < instances.Count; k++) Write(to, instances[k]);
        }
    }

    private static void Write(Writer to, AttributeInstance instance)
    {
        var has = (instance.DatasetId is null ? 0 : Has.Dataset) | (instance.UnitCode is null ? 0 : Has.Unit)
            | (instance.ObservedAt is null ? 0 : Has.Observed) | (instance.ExpiresAt is null ? 0 : Has.Expires)
            | (instance.ObjectTypes is null ? 0 : Has.ObjectTypes) | (instance.SubAttributes is null ? 0 : Has.Sub) | (instance.Deleted ? Has.Deleted : 0)
            | (instance.InstanceId is null ? 0 : Has.Instance);
        to.Byte((byte)instance.Kind);
        to.Byte((byte)has);
        to.Long(instance.CreatedAt.Ticks);
        to.Long(instance.ModifiedAt.Ticks);
        if (instance.DatasetId is not null) to.Text(instance.DatasetId);
        if (instance.UnitCode is not null) to.Text(instance.UnitCode);
        if (instance.ObservedAt is { } observed) to.Long(observed.Ticks);
        if (instance.ExpiresAt is { } expires) to.Long(expires.Ticks);
        if (instance.ObjectTypes is { } types)
        {
            to.Int(types.Length);
            foreach (var type in types) to.Name(type);
        }
        if (instance.InstanceId is not null) to.Text(instance.InstanceId);
        to.Int(instance.Value.Length);
        to.Bytes(instance.Value.Span);
        if (instance.SubAttributes is { } sub) WriteAttributes(to, sub);
    }

    /// <summary>Reads an entity. Values are slices of the body, which must not change afterwards.</summary>
    public static Entity Read(string id, ReadOnlyMemory<byte> body, NameTable names) => Read(id, body, names, asStored: false);

    /// <summary>Reads an entity whose attributes stay as they lie where they are plain ones: for who may not look at them. Used by the writer alone.</summary>
    internal static Entity ReadAsStored(string id, ReadOnlyMemory<byte> body, NameTable names) => Read(id, body, names, asStored: true);

    private static Entity Read(string id, ReadOnlyMemory<byte> body, NameTable names, bool asStored)
    {
        var from = new Reader(body, names);
        var version = from.Byte();
        if (version != Version) throw new InvalidDataException($"The entity \"{id}\" is stored in form {version}; this program reads form {Version}.");
        var created = from.Time();
        var modified = from.Time();
        var expires = from.Long();
        var types = new string[from.Int()];
        for (var i = 0; i < types.Length; i++) types[i] = from.Name();
        var scopeCount = from.Int();
        var scopes = scopeCount == 0 ? [] : new string[scopeCount];
        for (var i = 0; i < scopes.Length; i++) scopes[i] = from.Text();
        IReadOnlyList<EntityAttribute> attributes = (asStored ? AsStored(from, names) : null) ?? (IReadOnlyList<EntityAttribute>)ReadAttributes(ref from, null);
        return new Entity
        {
            Id = id, MayExpire = from.SawExpiry, CreatedAt = created, ModifiedAt = modified, ExpiresAt = expires == 0 ? null : new DateTime(expires, DateTimeKind.Utc),
            Types = types, Scopes = scopes, Attributes = attributes,
        };
    }

    /// <summary>Reads the attributes of a history row: of a body that is also the end of a state, only what held at the row's time.</summary>
    /// <param name="row">The row.</param>
    /// <param name="names">The tenant's names.</param>
    /// <param name="only">The name of the one attribute wanted, or null for all.</param>
    public static IReadOnlyList<EntityAttribute> ReadHistory(in HistoryRow row, NameTable names, string? only = null)
    {
        var from = new Reader(row.Body, names);
        var attributes = ReadAttributes(ref from, only);
        if (!row.OfState) return attributes;
        var (time, recorded) = (row.Time, row.Recorded);
        var held = new List<EntityAttribute>(attributes.Length);
        foreach (var attribute in attributes)
        {
            var instances = Array.FindAll((AttributeInstance[])attribute.Instances, i => (i.ObservedAt?.Ticks ?? recorded) == time);
            if (instances.Length > 0) held.Add(instances.Length == attribute.Instances.Count ? attribute : new(attribute.Name, instances));
        }
        return held;
    }

    private static EntityAttribute[] ReadAttributes(ref Reader from, string? only)
    {
        var attributes = new EntityAttribute[from.Int()];
        var kept = 0;
        for (var i = 0; i < attributes.Length; i++)
        {
            var name = from.Name();
            var instances = new AttributeInstance[from.Int()];
            for (var k = 0; k < instances.Length; k++) instances[k] = ReadInstance(ref from);
            if (only is null || name == only) attributes[kept++] = new EntityAttribute(name, instances);
        }
        return kept == attributes.Length ? attributes : attributes[..kept];
    }

    private static AttributeInstance ReadInstance(ref Reader from)
    {
        var kind = (AttributeKind)from.Byte();
        var has = (Has)from.Byte();
        var created = from.Time();
        var modified = from.Time();
        var dataset = has.HasFlag(Has.Dataset) ? from.Text() : null;
        var unit = has.HasFlag(Has.Unit) ? from.Text() : null;
        DateTime? observed = has.HasFlag(Has.Observed) ? from.Time() : null;
        DateTime? expires = has.HasFlag(Has.Expires) ? from.Time() : null;
        from.SawExpiry |= expires is not null;
        string[]? types = null;
        if (has.HasFlag(Has.ObjectTypes))
        {
            types = new string[from.Int()];
            for (var i = 0; i < types.Length; i++) types[i] = from.Name();
        }
        var instanceId = has.HasFlag(Has.Instance) ? from.Text() : null;
        var value = from.Bytes(from.Int());
        return new AttributeInstance
        {
            Kind = kind, Value = value, DatasetId = dataset, UnitCode = unit, ObservedAt = observed, ExpiresAt = expires, ObjectTypes = types,
            CreatedAt = created, ModifiedAt = modified, InstanceId = instanceId, Deleted = has.HasFlag(Has.Deleted), SubAttributes = has.HasFlag(Has.Sub) ? ReadAttributes(ref from, null) : null,
        };
    }
}
