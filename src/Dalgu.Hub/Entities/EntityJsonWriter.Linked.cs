using System.Text.Json;
using Dalgu.Hub.Contexts;

namespace Dalgu.Hub.Entities;

/// <content>Linked entities written inside the relationships that lead to them (clauses 4.5.23.2 and 4.5.23.3).</content>
public static partial class EntityJsonWriter
{
    /// <summary>Writes the member "entity" or "entityList" of a relationship whose entities are joined.</summary>
    private static void WriteLinked(Utf8JsonWriter to, string name, AttributeInstance instance, LdContext context, Representation form)
    {
        if (form.Linked is null || form.JoinLevel <= 0) return;
        var ids = LinkedEntities.TargetsOf(instance);
        if (!ids.Any(id => IsJoined(id, form))) return;
        var isList = instance.Value.Span[0] == (byte)'[';
        if (isList) to.WriteStartArray("entityList"u8);
        else to.WritePropertyName("entity"u8);
        foreach (var id in ids) if (IsJoined(id, form)) WriteLinked(to, name, id, context, form);
        if (isList) to.WriteEndArray();
    }

    /// <summary>Writes the value of a simplified relationship as the entities themselves; false where none is joined, which writes nothing.</summary>
    private static bool WritesLinked(Utf8JsonWriter to, string name, AttributeInstance instance, LdContext context, Representation form)
    {
        if (form.Linked is null || form.JoinLevel <= 0 || form.Format != EntityFormat.Simplified) return false;
        var ids = LinkedEntities.TargetsOf(instance);
        if (!ids.Any(id => IsJoined(id, form))) return false;
        var isList = instance.Value.Span[0] == (byte)'[';
        if (isList) to.WriteStartArray();
        foreach (var id in ids)
            if (IsJoined(id, form)) WriteLinked(to, name, id, context, form);
            else to.WriteStringValue(id);
        if (isList) to.WriteEndArray();
        return true;
    }

    private static bool IsJoined(string id, Representation form) => form.Linked!.ContainsKey(id) && !form.Around.Contains(id);

    private static void WriteLinked(Utf8JsonWriter to, string name, string id, LdContext context, Representation form) =>
        Write(to, form.Linked![id], context, form.Within(name) with { Around = [.. form.Around, id] });
}
