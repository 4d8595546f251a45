using System.Text.Encodings.Web;
using System.Text.Json;

namespace Dalgu.Hub;

/// <summary>How the hub writes JSON: Korean text as it is, not as escapes.</summary>
internal static class PlainJson
{
    public static readonly JsonSerializerOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    public static readonly JsonWriterOptions Writer = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };
}
