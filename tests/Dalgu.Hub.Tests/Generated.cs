using System.Text;
using CsCheck;
using Dalgu.Hub.Entities;

namespace Dalgu.Hub.Tests;

/// <summary>Generated entities, values and texts.</summary>
internal static class Generated
{
    private static readonly Gen<char> Letter = One.Of('a', 'b', 'Z', '0', '_', '가', '구', 'é', '\u4e2d', '-');

    public static readonly Gen<string> Word = Letter.Array[1, 8].Select(c => new string(c));
    public static readonly Gen<string> Text = Gen.OneOf(Word, One.Of("", "중구 \ud83d\ude00", "a\"b\\c/d", "\u0001\n\t", "urn:ngsi-ld:null", new string('x', 300)));
    public static readonly Gen<string> Name = Gen.OneOf(Word.Select(w => "https://uri.etsi.org/ngsi-ld/default-context/" + w), Word.Select(w => "https://example.org/" + w), One.Of("https://uri.etsi.org/ngsi-ld/location", "https://uri.etsi.org/ngsi-ld/name"));
    public static readonly Gen<string> Id = Word.Select(w => "urn:ngsi-ld:Road:" + w);
    public static readonly Gen<DateTime> Time = Gen.Long[DateTime.UnixEpoch.Ticks, DateTime.MaxValue.Ticks].Select(t => new DateTime(t, DateTimeKind.Utc));

    public static readonly Gen<byte[]> Json = Gen.OneOf(
        Gen.Double.Select(d => Encoding.UTF8.GetBytes(double.IsFinite(d) ? System.Text.Json.JsonSerializer.Serialize(d) : "0")),
        Text.Select(t => System.Text.Json.JsonSerializer.SerializeToUtf8Bytes(t)),
        One.Of("true", "[]", "{}", "[1,[2,{\"a\":null}]]", "{\"가\":\"나\"}", "1e999").Select(Encoding.UTF8.GetBytes));

    private static Gen<AttributeInstance> Instance(int depth) =>
        Gen.Select(Gen.Int[1, 8], Json, Gen.Bool, Time, Gen.Int[0, 63], Word, depth == 0 ? Gen.Const(Array.Empty<EntityAttribute>()) : Attributes(depth - 1))
            .Select((kind, value, deleted, time, has, word, sub) => new AttributeInstance
            {
                Kind = (AttributeKind)kind, Value = value, CreatedAt = time, ModifiedAt = time, Deleted = deleted && (has & 32) > 0,
                UnitCode = (has & 1) > 0 ? word : null, ObservedAt = (has & 2) > 0 ? time : null, ExpiresAt = (has & 4) > 0 ? time : null,
                ObjectTypes = (has & 8) > 0 ? ["https://example.org/" + word, word] : null, SubAttributes = sub.Length > 0 ? sub : null,
            });

    public static Gen<EntityAttribute[]> Attributes(int depth) =>
        Gen.Select(Name, Instance(depth).Array[1, 3]).Select((name, instances) => new EntityAttribute(name, [.. instances.Select((i, n) => i with { DatasetId = n == 0 ? null : "urn:set:" + n })]))
            .Array[0, 4].Select(list => list.DistinctBy(a => a.Name).ToArray());

    public static readonly Gen<Entity> Entity = Gen.Select(Id, Name.Array[1, 3], Text.Array[0, 2], Time, Gen.Bool, Attributes(2))
        .Select((id, types, scopes, time, expires, attributes) => new Entity
        {
            Id = id, Types = [.. types.Distinct()], Scopes = scopes, CreatedAt = time, ModifiedAt = time, ExpiresAt = expires ? time : null, Attributes = attributes,
        });

    /// <summary>An entity as a text in which everything that it holds can be read.</summary>
    public static string Print(Entity entity)
    {
        var text = new StringBuilder($"{entity.Id}|{string.Join(',', entity.Types)}|{string.Join(',', entity.Scopes)}|{entity.CreatedAt.Ticks}|{entity.ModifiedAt.Ticks}|{entity.ExpiresAt?.Ticks}");
        Print(text, entity.Attributes);
        return text.ToString();
    }

    private static void Print(StringBuilder text, IReadOnlyList<EntityAttribute>? attributes)
    {
        foreach (var attribute in attributes ?? [])
            foreach (var i in attribute.Instances)
            {
                text.Append($"\n{attribute.Name}#{i.DatasetId}:{i.Kind}={Convert.ToHexString(i.Value.Span)}|{i.UnitCode}|{i.ObservedAt?.Ticks}|{i.ExpiresAt?.Ticks}|{string.Join(',', i.ObjectTypes ?? [])}|{i.CreatedAt.Ticks}|{i.ModifiedAt.Ticks}|{i.Deleted}{{");
                Print(text, i.SubAttributes);
                text.Append('}');
            }
    }
}

/// <summary>One of some constants.</summary>
internal static class One
{
    public static Gen<T> Of<T>(params T[] values) => Gen.Int[0, values.Length - 1].Select(i => values[i]);
}
