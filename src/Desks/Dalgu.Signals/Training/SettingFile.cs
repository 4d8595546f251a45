using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Dalgu.Signals.Control;

namespace Dalgu.Signals.Training;

/// <summary>A scenario that training drove: its name and a hash of network, demand and window.</summary>
internal sealed record TrainedOn(string Name, string Hash);

/// <summary>Where a trained setting comes from: the command that makes it again, what it was trained on, each generation, and what the check found.</summary>
internal sealed record SettingSource(string Command, IReadOnlyList<TrainedOn> Scenarios, IReadOnlyList<GenerationFigures> Generations, IReadOnlyList<CheckFigures> Check, double? CheckChange, double? CheckLow, double? CheckHigh);

/// <summary>A setting file: the figures of the controller <c>dalgu</c> by name, and where they come from.</summary>
internal sealed record SettingDocument(string Controller, IReadOnlyDictionary<string, double> Values, SettingSource? Trained);

/// <summary>Reads and writes setting files. What a file does not name stays as built in.</summary>
internal static class SettingFile
{
    private static readonly TrainingJson Form = new(new JsonSerializerOptions { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower, WriteIndented = true, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull });

    /// <summary>The text of a file with every figure of a setting.</summary>
    public static string Text(DalguOptions setting, SettingSource? source)
    {
        var values = new Dictionary<string, double>();
        foreach (var p in DalguParameter.All) values[p.Name] = p.Get(setting);
        return JsonSerializer.Serialize(new SettingDocument("dalgu", values, source), Form.SettingDocument) + "\n";
    }

    /// <summary>The setting that a file holds.</summary>
    public static DalguOptions Read(string file)
    {
        JsonDocument document;
        try
        {
            document = JsonDocument.Parse(File.ReadAllBytes(file));
        }
        catch (JsonException e)
        {
            throw Refused($"{file} is not JSON: {e.Message}");
        }
        using (document)
        {
            var root = document.RootElement;
            if (root.ValueKind != JsonValueKind.Object || !root.TryGetProperty("values", out var values) || values.ValueKind != JsonValueKind.Object)
                throw Refused($"{file} has no object \"values\"; a setting file is {{\"controller\": \"dalgu\", \"values\": {{\"Headway\": 1.8}}}}.");
            if (root.TryGetProperty("controller", out var controller) && !(controller.ValueKind == JsonValueKind.String && controller.ValueEquals("dalgu")))
                throw Refused($"{file} is a setting of the controller {controller.GetRawText()}; only dalgu has one.");
            var setting = new DalguOptions();
            var named = new HashSet<string>(StringComparer.Ordinal);
            foreach (var value in values.EnumerateObject())
            {
                var p = DalguParameter.Find(value.Name) ?? throw Refused($"{file}: \"{value.Name}\" is no figure of the controller dalgu; these are: {string.Join(", ", DalguParameter.All.Select(q => q.Name))}.");
                if (!named.Add(p.Name)) throw Refused($"{file}: \"{p.Name}\" is there twice.");
                if (value.Value.ValueKind != JsonValueKind.Number || !value.Value.TryGetDouble(out var v) || !p.Admits(v))
                    throw Refused(string.Create(CultureInfo.InvariantCulture, $"{file}: \"{p.Name}\" is {value.Value.GetRawText()}; it is a {(p.IsWhole ? "whole number" : "number")} from {p.Low} to {p.High}."));
                setting = p.With(setting, v);
            }
            return setting;
        }
    }

    private static Problem Refused(string fact) => new(ProblemKind.BadRequestData, fact);
}
