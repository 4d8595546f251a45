using System.Buffers;
using System.Buffers.Binary;
using System.Text;
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

    /// <summary>Where the stored form is written: bodies one behind the other in chunks that are used again once they are stored.</summary>
    internal sealed class Writer(NameTable names)
    {
        private const int ChunkBytes = 64 * 1024; // below what the collector treats as large
        private readonly ArrayBufferWriter<byte> buffer = new(4096);

        /// <summary>Names that got their number while writing.</summary>
        public List<(int, string)> Added { get; private set; } = [];

        /// <summary>How many bytes were written since the last were taken.</summary>
        public int Length => buffer.WrittenCount;

        /// <summary>Forgets what was written, and which names were added.</summary>
        public void Clear()
        {
            buffer.ResetWrittenCount();
            Added = [];
        }

        /// <summary>What was written since the last call, kept in an arena.</summary>
        public ReadOnlyMemory<byte> Take(Arena arena)
        {
            var kept = arena.Keep(buffer.WrittenSpan);
            buffer.ResetWrittenCount();
            return kept;
        }

        /// <summary>What was written since the last call, in memory of its own.</summary>
        public byte[] Take()
        {
            var bytes = buffer.WrittenSpan.ToArray();
            buffer.ResetWrittenCount();
            return bytes;
        }

        /// <summary>The memory of the bodies of one commit.</summary>
        internal sealed class Arena
        {
            private readonly List<byte[]> chunks = [];
            private int chunk, used;

            public ReadOnlyMemory<byte> Keep(ReadOnlySpan<byte> body)
            {
                if (body.Length > ChunkBytes / 4) return body.ToArray();
                if (chunks.Count == 0 || used + body.Length > ChunkBytes)
                {
                    if (chunks.Count > 0) chunk++;
                    if (chunk == chunks.Count) chunks.Add(GC.AllocateUninitializedArray<byte>(ChunkBytes));
                    used = 0;
                }
                var kept = chunks[chunk].AsMemory(used, body.Length);
                body.CopyTo(kept.Span);
                used += body.Length;
                return kept;
            }

            /// <summary>Gives all memory free for the next commit, and back to the collector what a usual one does not need.</summary>
            public void Reset()
            {
                const int usual = 64;
                if (chunks.Count > usual) chunks.RemoveRange(usual, chunks.Count - usual);
                (chunk, used) = (0, 0);
            }
        }

        public void Byte(byte value)
        {
            buffer.GetSpan(1)[0] = value;
            buffer.Advance(1);
        }

        public void Long(long value)
        {
            BinaryPrimitives.WriteInt64LittleEndian(buffer.GetSpan(8), value);
            buffer.Advance(8);
        }

        public void Int(int value)
        {
            var span = buffer.GetSpan(5);
            var n = 0;
            for (var rest = (uint)value; ; rest >>= 7)
            {
                if (rest < 0x80) { span[n++] = (byte)rest; break; }
                span[n++] = (byte)(rest | 0x80);
            }
            buffer.Advance(n);
        }

        public void Bytes(ReadOnlySpan<byte> bytes) => buffer.Write(bytes);

        public void Text(string text)
        {
            var length = Encoding.UTF8.GetByteCount(text);
            Int(length);
            Encoding.UTF8.GetBytes(text, buffer.GetSpan(length));
            buffer.Advance(length);
        }

        public void Name(string name)
        {
            var number = names.Number(name, Added);
            Int(number);
            if (number == 0) Text(name);
        }
    }

    private ref struct Reader(ReadOnlyMemory<byte> body, NameTable names)
    {
        private readonly ReadOnlySpan<byte> span = body.Span; // asked for once: a memory looks up at each call what it is made of
        private int at;

        public bool SawExpiry;

        public readonly int At => at;
        public readonly ReadOnlyMemory<byte> Body => body;
        public readonly ReadOnlySpan<byte> Rest => span[at..];

        public readonly byte Peek(int ahead) => span[at + ahead];

        public void Skip(int bytes) => at += bytes;

        public byte Byte() => span[at++];

        public long Long()
        {
            var value = BinaryPrimitives.ReadInt64LittleEndian(span[at..]);
            at += 8;
            return value;
        }

        public DateTime Time() => new(Long(), DateTimeKind.Utc);

        public int Int()
        {
            var first = span[at]; // nearly all are of one byte
            if (first >= 0x80) return LongInt();
            at++;
            return first;
        }

        private int LongInt()
        {
            uint value = 0;
            for (var shift = 0; ; shift += 7)
            {
                var b = span[at++];
                value |= (uint)(b & 0x7f) << shift;
                if (b < 0x80) return (int)value;
            }
        }

        public ReadOnlyMemory<byte> Bytes(int length)
        {
            var slice = body.Slice(at, length);
            at += length;
            return slice;
        }

        public string Text()
        {
            var length = Int();
            at += length;
            return Encoding.UTF8.GetString(span.Slice(at - length, length));
        }

        public string Name()
        {
            var number = Int();
            return number == 0 ? Text() : names[number];
        }
    }
}
