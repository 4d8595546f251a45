using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Dalgu.Hub.Contexts;
using Dalgu.Hub.Entities;

namespace Dalgu.Console.Entities;

/// <summary>An entity as the open interface answers it, indented for reading.</summary>
internal static class EntityRaw
{
    private static readonly JsonWriterOptions Indented = new() { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static string Of(Entity entity)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
            EntityJsonWriter.Write(json, entity, CoreContext.Instance, Representation.Default with { SystemAttributes = true }, withContext: true);
        using var document = JsonDocument.Parse(buffer.ToArray());
        using var indented = new MemoryStream();
        using (var json = new Utf8JsonWriter(indented, Indented)) document.WriteTo(json);
        return Encoding.UTF8.GetString(indented.ToArray());
    }
}
