using System.Buffers.Binary;
using System.Collections;

namespace Dalgu.Hub.Entities;

/// <summary>Attributes in the stored form, each with one instance that has neither a datasetId nor attributes of its own nor an expiry, as nearly all have.
/// What a batch replaces and what it puts in its place is compared, stamped and copied as bytes; who looks at an attribute gets objects, made once. Thread-safe.</summary>
internal abstract class EncodedAttributes : IReadOnlyList<EntityAttribute>
{
    private EntityAttribute[]? objects;

    public abstract int Count { get; }

    /// <summary>The attribute's name, an IRI.</summary>
    public abstract string NameAt(int index);

    /// <summary>The instance of an attribute and whatever lies behind it.</summary>
    protected abstract ReadOnlyMemory<byte> From(int index);

    public AttributeKind KindAt(int index) => EntityCodec.KindOf(From(index).Span);

    public DateTime CreatedAt(int index) => EntityCodec.CreatedOf(From(index).Span);

    /// <summary>The value as UTF-8 JSON.</summary>
    public ReadOnlySpan<byte> ValueAt(int index) => EntityCodec.ValueOf(From(index)).Span;

    /// <summary>Where an attribute stands; -1 where there is none of the name.</summary>
    /// <param name="name">The name.</param>
    /// <param name="guess">Where it probably stands: two states of an entity mostly have one order.</param>
    public int IndexOf(string name, int guess = 0)
    {
        if (guess < Count && NameAt(guess) == name) return guess;
        for (var i = 0; i < Count; i++) if (NameAt(i) == name) return i;
        return -1;
    }

    public EntityAttribute? Find(string name) => IndexOf(name) is var index and >= 0 ? this[index] : null;

    // Of two who look at once one makes the objects: a reference tells what a write changed.
    private EntityAttribute[] Objects => objects ?? Interlocked.CompareExchange(ref objects, Decode(), null) ?? objects;

    /// <summary>Forgets objects that were made before the times were set.</summary>
    protected void Forget() => objects = null;

    private EntityAttribute[] Decode()
    {
        var decoded = new EntityAttribute[Count];
        for (var i = 0; i < decoded.Length; i++) decoded[i] = new(NameAt(i), [EntityCodec.ReadPlain(From(i))]);
        return decoded;
    }

    public EntityAttribute this[int index] => Objects[index];

    public IEnumerator<EntityAttribute> GetEnumerator() => ((IEnumerable<EntityAttribute>)Objects).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => Objects.GetEnumerator();

    /// <summary>True where two lists have the same names and kinds in the same order, judged without making objects; null where that cannot be said so.</summary>
    public static bool? IsAlike(IReadOnlyList<EntityAttribute> a, IReadOnlyList<EntityAttribute> b)
    {
        if (a is not EncodedAttributes left || b is not EncodedAttributes right) return null;
        if (left.Count != right.Count) return false;
        for (var i = 0; i < left.Count; i++) if (left.NameAt(i) != right.NameAt(i) || left.KindAt(i) != right.KindAt(i)) return false;
        return true;
    }

    /// <summary>The name and kind of an attribute of any list, without making objects where there are none.</summary>
    public static (string Name, AttributeKind Kind) Describe(IReadOnlyList<EntityAttribute> list, int index) =>
        list is EncodedAttributes encoded ? (encoded.NameAt(index), encoded.KindAt(index)) : (list[index].Name, list[index].Instances[0].Kind);
}

/// <summary>The attributes of a state as the store has it.</summary>
/// <param name="body">The state; it does not change.</param>
/// <param name="starts">Where each attribute's instance begins, behind its name's number.</param>
/// <param name="names">Each attribute's name.</param>
internal sealed class StoredAttributes(ReadOnlyMemory<byte> body, ushort[] starts, string[] names) : EncodedAttributes
{
    public override int Count => starts.Length;
    public override string NameAt(int index) => names[index];
    protected override ReadOnlyMemory<byte> From(int index) => body[starts[index]..];
}

/// <summary>Attributes as a body states them, packed by <see cref="EntityPacker"/>: the stored form but for the names, whose numbers the writer alone gives.</summary>
internal sealed class PackedAttributes : EncodedAttributes
{
    private readonly string[] names; // shared by all entities of one shape
    private readonly byte[] bytes; // first where each instance ends, then the instances

    /// <summary>Packs instances whose times are not set yet.</summary>
    /// <param name="names">The names, which must not change.</param>
    /// <param name="ends">Where each instance ends.</param>
    /// <param name="instances">The instances, one behind the other.</param>
    public PackedAttributes(string[] names, ReadOnlySpan<int> ends, ReadOnlySpan<byte> instances)
    {
        this.names = names;
        bytes = GC.AllocateUninitializedArray<byte>(sizeof(int) * ends.Length + instances.Length);
        for (var i = 0; i < ends.Length; i++) BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(sizeof(int) * i), sizeof(int) * ends.Length + ends[i]);
        instances.CopyTo(bytes.AsSpan(sizeof(int) * ends.Length));
    }

    public override int Count => names.Length;
    public override string NameAt(int index) => names[index];
    protected override ReadOnlyMemory<byte> From(int index) => bytes.AsMemory(Start(index));

    /// <summary>The names, in order.</summary>
    public string[] Names => names;

    /// <summary>True until the times are set.</summary>
    public bool IsFresh { get; private set; } = true;

    /// <summary>The instance of an attribute in the stored form.</summary>
    public ReadOnlySpan<byte> InstanceAt(int index) => bytes.AsSpan(Start(index)..End(index));

    /// <summary>When the instance held in the world; where it does not say, when it was written.</summary>
    public DateTime TimeAt(int index) => EntityCodec.ObservedOf(InstanceAt(index)) ?? EntityCodec.ModifiedOf(InstanceAt(index));

    private int End(int index) => BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(sizeof(int) * index));

    private int Start(int index) => index == 0 ? sizeof(int) * names.Length : End(index - 1);

    /// <summary>Sets the times of a write that replaces what was there before.</summary>
    public void Stamp(IReadOnlyList<EntityAttribute> before, DateTime now)
    {
        var encoded = before as EncodedAttributes;
        for (var i = 0; i < names.Length; i++)
        {
            DateTime? created = null;
            if (encoded is not null) created = encoded.IndexOf(names[i], i) is var at and >= 0 ? encoded.CreatedAt(at) : null;
            else
                for (var k = 0; k < before.Count; k++)
                    if (before[k].Name == names[i]) created = CreatedOf(before[k]);
            EntityCodec.SetTimes(bytes.AsSpan(Start(i)), created ?? now, now);
        }
        IsFresh = false;
        Forget();
    }

    private static DateTime? CreatedOf(EntityAttribute attribute)
    {
        for (var i = 0; i < attribute.Instances.Count; i++) if (attribute.Instances[i].DatasetId is null) return attribute.Instances[i].CreatedAt;
        return null;
    }
}
