using System.Text.Json;

namespace Dalgu.Hub.Registrations.Distribution;

/// <summary>Reads what a source says of the parts of an operation.</summary>
internal static class SourceResult
{
    /// <summary>The attributes (IRIs) of an UpdateResult that were left alone, with the reasons.</summary>
    public static Dictionary<string, string> NotUpdated(SourceAnswer answer, SourceTarget target)
    {
        var left = new Dictionary<string, string>(StringComparer.Ordinal);
        Read(answer, root =>
        {
            if (!root.TryGetProperty("notUpdated", out var list) || list.ValueKind != JsonValueKind.Array) return;
            foreach (var item in list.EnumerateArray())
                if (item.ValueKind == JsonValueKind.Object && Text(item, "attributeName") is { } name) left[target.Names.ExpandAttribute(name)] = Text(item, "reason") ?? "";
        });
        return left;
    }

    /// <summary>The ids of an answer that is an array of them.</summary>
    public static HashSet<string> Ids(SourceAnswer answer)
    {
        var ids = new HashSet<string>(StringComparer.Ordinal);
        Read(answer, root => Collect(root, ids));
        return ids;
    }

    /// <summary>The parts of a BatchOperationResult.</summary>
    public static (HashSet<string> Success, List<OperationError> Errors) Parts(SourceAnswer answer)
    {
        var success = new HashSet<string>(StringComparer.Ordinal);
        var errors = new List<OperationError>();
        Read(answer, root =>
        {
            if (root.ValueKind != JsonValueKind.Object) return;
            if (root.TryGetProperty("success", out var ids)) Collect(ids, success);
            if (!root.TryGetProperty("errors", out var list) || list.ValueKind != JsonValueKind.Array) return;
            foreach (var item in list.EnumerateArray())
            {
                if (item.ValueKind != JsonValueKind.Object) continue;
                var own = OperationError.Of(Text(item, "entityId"), answer);
                if (item.TryGetProperty("error", out var error) && error.ValueKind == JsonValueKind.Object)
                    own = own with
                    {
                        Type = Text(error, "type") ?? own.Type, Title = Text(error, "title") ?? own.Title, Detail = Text(error, "detail") ?? own.Detail,
                        Status = error.TryGetProperty("status", out var status) && status.TryGetInt32(out var code) ? code : own.Status,
                    };
                errors.Add(own);
            }
        });
        return (success, errors);
    }

    private static void Collect(JsonElement array, HashSet<string> ids)
    {
        if (array.ValueKind != JsonValueKind.Array) return;
        foreach (var item in array.EnumerateArray()) if (item.ValueKind == JsonValueKind.String) ids.Add(item.GetString()!);
    }

    private static void Read(SourceAnswer answer, Action<JsonElement> read)
    {
        try
        {
            using var document = StrictJson.Parse(answer.Body);
            read(document.RootElement);
        }
        catch (Exception fault) when (fault is JsonException or InvalidOperationException)
        {
            // Nothing can be read of it: the caller takes it as said of all.
        }
    }

    private static string? Text(JsonElement of, string name) => of.TryGetProperty(name, out var text) && text.ValueKind == JsonValueKind.String ? text.GetString() : null;
}
