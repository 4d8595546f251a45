using System.Text;
using System.Text.Json;
using Dalgu.Hub.Contexts;
using Dalgu.Hub.Query;

namespace Dalgu.Hub.Entities;

/// <summary>Reads plain entities from their bytes straight into the stored form: normalized, of one type, each attribute a Property, a Relationship to
/// one entity or a GeoProperty, with a unit and a time at most. It refuses nothing: what it does not know, or what is wrong, is left to <see cref="EntityJsonReader"/>.
/// A property test holds that both read the same. Not thread-safe.</summary>
internal sealed class EntityPacker(LdContext context, HubOptions options)
{
    /// <summary>A name of an attribute as bodies have it, and what it stands for.</summary>
    private sealed record Term(byte[] Utf8, string Iri, bool IsGeometry);

    private const int MaxTerms = 256;
    private const int KeptBytes = 64 * 1024; // what a thread may keep of a large entity
    private readonly EntityJsonReader full = new(context, options);
    private readonly List<Term> terms = []; // in the order in which they were met last
    private readonly List<int> ends = [];
    private byte[] instances = new byte[2048], typeUtf8 = [];
    private string[] names = [], types = [];
    private int length;

    // The names of one body are most often those of the next.
    [ThreadStatic] private static EntityPacker? last;

    /// <summary>One of this thread for bodies of an @context.</summary>
    public static EntityPacker Of(LdContext context, HubOptions options) =>
        last is { } known && known.IsFor(context, options) ? known : last = new EntityPacker(context, options);

    private bool IsFor(LdContext ofContext, HubOptions ofOptions) => ReferenceEquals(context, ofContext) && ReferenceEquals(options, ofOptions) && instances.Length <= KeptBytes;

    /// <summary>The entity that a body states; null where it is not plain, or the body is something else.</summary>
    /// <param name="body">The body, which may be anything.</param>
    public EntityFragment? ReadOne(ReadOnlySpan<byte> body)
    {
        if (!StrictJson.IsText(body)) return null;
        var reader = new Utf8JsonReader(body, new JsonReaderOptions { MaxDepth = options.MaxJsonDepth });
        try
        {
            return reader.Read() && reader.TokenType == JsonTokenType.StartObject && Read(ref reader, body) is { } entity && !reader.Read() ? entity : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>The entities of a batch in their order, null where one is not plain; null where the body is no array of as many entities as a batch may have.</summary>
    /// <param name="body">The body, which may be anything.</param>
    public List<EntityFragment?>? ReadBatch(ReadOnlySpan<byte> body)
    {
        if (!StrictJson.IsText(body)) return null;
        var reader = new Utf8JsonReader(body, new JsonReaderOptions { MaxDepth = options.MaxJsonDepth });
        try
        {
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartArray) return null;
            var entities = new List<EntityFragment?>();
            while (reader.Read() && reader.TokenType == JsonTokenType.StartObject)
            {
                if (entities.Count == options.MaxBatchSize) return null;
                var start = reader;
                var entity = Read(ref reader, body);
                if (entity is null)
                {
                    reader = start;
                    reader.Skip();
                }
                entities.Add(entity);
            }
            return reader.TokenType == JsonTokenType.EndArray && !reader.Read() && entities.Count > 0 ? entities : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private EntityFragment? Read(ref Utf8JsonReader reader, ReadOnlySpan<byte> body)
    {
        (length, var count, var isShape) = (0, 0, true);
        ends.Clear();
        string? id = null;
        var hasType = false;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueIsEscaped) return null;
            if (reader.ValueTextEquals("id"u8))
            {
                if (id is not null || !reader.Read() || !IsPlainText(reader) || !EntityJsonReader.IsUri(reader.ValueSpan) || IsNull(reader)) return null;
                id = Encoding.UTF8.GetString(reader.ValueSpan);
            }
            else if (reader.ValueTextEquals("type"u8))
            {
                if (hasType || !reader.Read() || !IsPlainText(reader) || !FindType(reader.ValueSpan)) return null;
                hasType = true;
            }
            else
            {
                if (count == options.MaxAttributes || FindTerm(reader.ValueSpan, count) is not { } term) return null;
                isShape &= count < names.Length && ReferenceEquals(names[count], term.Iri);
                if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject || !ReadInstance(ref reader, body, term)) return null;
                ends.Add(length);
                count++;
            }
        }
        if (id is null || !hasType) return null;
        if (!isShape || count != names.Length)
        {
            var shape = new string[count];
            for (var i = 0; i < count; i++) shape[i] = terms[i].Iri;
            if (new HashSet<string>(shape, StringComparer.Ordinal).Count < count) return null;
            names = shape;
        }
        return new EntityFragment
        {
            Id = id, Types = types, Attributes = new PackedAttributes(names, System.Runtime.InteropServices.CollectionsMarshal.AsSpan(ends), instances.AsSpan(0, length)),
        };
    }

    private bool ReadInstance(ref Utf8JsonReader reader, ReadOnlySpan<byte> body, Term term)
    {
        AttributeKind? kind = null;
        ReadOnlySpan<byte> unit = default, value = default;
        DateTime? observed = null;
        var isObject = false; // the value stands in "object"
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueIsEscaped) return false;
            if (reader.ValueTextEquals("type"u8))
            {
                if (kind is not null || !reader.Read() || !IsPlainText(reader)) return false;
                kind = reader.ValueTextEquals("Property"u8) ? AttributeKind.Property : reader.ValueTextEquals("Relationship"u8) ? AttributeKind.Relationship
                    : reader.ValueTextEquals("GeoProperty"u8) ? AttributeKind.GeoProperty : null;
                if (kind is null) return false;
            }
            else if (reader.ValueTextEquals("value"u8) || reader.ValueTextEquals("object"u8))
            {
                if (!value.IsEmpty) return false;
                isObject = reader.ValueTextEquals("object"u8);
                if (!reader.Read()) return false;
                var start = (int)reader.TokenStartIndex;
                if (!IsPlainValue(ref reader)) return false;
                value = body[start..(int)reader.BytesConsumed];
            }
            else if (reader.ValueTextEquals("unitCode"u8))
            {
                if (!unit.IsEmpty || !reader.Read() || !IsPlainText(reader) || reader.ValueSpan.IsEmpty || IsNull(reader)) return false;
                unit = reader.ValueSpan;
            }
            else if (reader.ValueTextEquals("observedAt"u8))
            {
                if (observed is not null || !reader.Read() || !IsPlainText(reader) || reader.ValueSpan is not [.., (byte)'Z'] || !Timestamp.TryParse(reader.ValueSpan, out var time) || time == EntityJsonReader.NoTime) return false;
                observed = time;
            }
            else return false;
        }
        if (value.IsEmpty || isObject != (kind == AttributeKind.Relationship) || term.IsGeometry && kind != AttributeKind.GeoProperty) return false;
        switch (kind)
        {
            case AttributeKind.Property: break;
            case AttributeKind.Relationship when unit.IsEmpty && value[0] == '"' && EntityJsonReader.IsUri(value[1..^1]): break;
            case AttributeKind.GeoProperty when unit.IsEmpty && value[0] == '{' && IsGeometry(value): break;
            default: return false;
        }
        var most = EntityCodec.PlainOverhead + unit.Length + value.Length;
        if (instances.Length - length < most) Array.Resize(ref instances, Math.Max(instances.Length * 2, length + most));
        length += EntityCodec.WritePlain(instances.AsSpan(length), kind.Value, unit, observed, value);
        return true;
    }

    private static bool IsPlainText(in Utf8JsonReader reader) => reader.TokenType == JsonTokenType.String && !reader.ValueIsEscaped;

    private static bool IsNull(in Utf8JsonReader text) => text.ValueTextEquals("urn:ngsi-ld:null"u8);

    /// <summary>True for a value without null, without what stands for it, and without a member that stands twice; the reader is at its end then.</summary>
    private static bool IsPlainValue(ref Utf8JsonReader reader)
    {
        switch (reader.TokenType)
        {
            case JsonTokenType.Null: return false;
            case JsonTokenType.String: return !IsNull(reader);
            case JsonTokenType.StartArray:
                while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
                    if (!IsPlainInside(ref reader)) return false;
                return true;
            case JsonTokenType.StartObject: return IsPlainObject(ref reader);
            default: return true;
        }
    }

    private static bool IsPlainInside(ref Utf8JsonReader reader) => reader.TokenType == JsonTokenType.Null || IsPlainValue(ref reader);

    private static bool IsPlainObject(ref Utf8JsonReader reader)
    {
        const int most = 8;
        Span<int> seen = stackalloc int[most]; // the members so far, by a hash: two of one hash are left to the full reader
        var count = 0;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueIsEscaped || IsNull(reader) || count == most) return false;
            var hash = new HashCode();
            hash.AddBytes(reader.ValueSpan);
            var member = hash.ToHashCode();
            if (seen[..count].Contains(member)) return false;
            seen[count++] = member;
            if (!reader.Read() || !IsPlainInside(ref reader)) return false;
        }
        return true;
    }

    private static bool IsGeometry(ReadOnlySpan<byte> value)
    {
        if (Places.TryReadPoint(value, out var longitude, out var latitude)) return Math.Abs(longitude) <= 180 && Math.Abs(latitude) <= 90;
        if (value.IndexOf("GeometryCollection"u8) >= 0) return false;
        try
        {
            Places.Require(value, "a plain attribute");
            return true;
        }
        catch (Problem)
        {
            return false;
        }
    }

    /// <summary>True where the type can be read; it stands in <see cref="types"/> then, which the entities of one type share.</summary>
    private bool FindType(ReadOnlySpan<byte> utf8)
    {
        if (utf8.SequenceEqual(typeUtf8) && types.Length > 0) return true;
        try
        {
            types = [full.ReadType(Encoding.UTF8.GetString(utf8))];
            typeUtf8 = utf8.ToArray();
            return true;
        }
        catch (Problem)
        {
            return false;
        }
    }

    /// <summary>The term of a name, moved to its place in the entity: most entities have the names of the one before in the same order. Null for words of NGSI-LD and what cannot be a name.</summary>
    private Term? FindTerm(ReadOnlySpan<byte> utf8, int place)
    {
        for (var i = place; i < terms.Count; i++)
            if (terms[i].Utf8.AsSpan().SequenceEqual(utf8))
            {
                if (i > place) (terms[i], terms[place]) = (terms[place], terms[i]);
                return terms[place];
            }
        var name = Encoding.UTF8.GetString(utf8);
        if (name is "@id" or "@type" or "scope" or "expiresAt" or "@context" or "createdAt" or "modifiedAt" or "deletedAt" or "datasetId" or "instanceId" or "observedAt" or "unitCode") return null;
        try
        {
            EntityJsonReader.CheckName(name);
        }
        catch (Problem)
        {
            return null;
        }
        var iri = context.ExpandAttribute(name);
        if (BareMembers.IsProof(iri)) return null;
        var term = new Term(utf8.ToArray(), iri, EntityJsonReader.IsGeometryName(iri));
        terms.Insert(place, term);
        // Names made up by a hostile sender must not make every look-up long.
        if (terms.Count > MaxTerms) terms.RemoveRange(place + 1, terms.Count - place - 1); // those before it are of the entity at hand
        return term;
    }
}
