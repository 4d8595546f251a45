using System.Text;
using System.Text.Json;

namespace Dalgu.Hub.Registrations.Distribution;

/// <summary>Why one place did not carry out its part of an operation (clauses 5.2.16 and 5.2.17).</summary>
internal sealed record OperationError(string? EntityId, string Type, string Title, string Detail, int Status, string? RegistrationId = null)
{
    /// <summary>A refusal of the broker's own.</summary>
    public static OperationError Of(string? entityId, Problem problem, string? registrationId = null) =>
        new(entityId, problem.Type, problem.Title, problem.Message, problem.Status, registrationId);

    /// <summary>What a source answered that is no success, or why it did not answer.</summary>
    public static OperationError Of(string? entityId, SourceAnswer answer)
    {
        var id = answer.Registration.Id;
        if (answer.Fault != SourceFault.None || answer.Status == 0)
            return Of(entityId, new Problem(ProblemKind.SourceUnavailable, $"The source of the registration \"{id}\" {answer.Reason}."), id);
        var (type, title, detail) = Said(answer.Body);
        var kind = answer.Status switch
        {
            400 => ProblemKind.BadRequestData, 404 => ProblemKind.ResourceNotFound, 409 => ProblemKind.AlreadyExists, 422 => ProblemKind.OperationNotSupported,
            508 => ProblemKind.LoopDetected, _ => ProblemKind.InternalError,
        };
        var own = new Problem(kind, $"The source of the registration \"{id}\" answers {answer.Status}.");
        return new(entityId, type ?? own.Type, title ?? own.Title, detail ?? own.Message, answer.Status, id);
    }

    private static (string?, string?, string?) Said(byte[] body)
    {
        try
        {
            using var document = StrictJson.Parse(body);
            var root = document.RootElement;
            return root.ValueKind != JsonValueKind.Object ? default : (Text(root, "type"), Text(root, "title"), Text(root, "detail"));
        }
        catch (JsonException)
        {
            return default;
        }

        static string? Text(JsonElement of, string name) => of.TryGetProperty(name, out var text) && text.ValueKind == JsonValueKind.String && text.GetString() is { Length: > 0 and < 1000 } value ? value : null;
    }

    /// <summary>Writes the error as an entry of a BatchOperationResult.</summary>
    public void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        if (EntityId is not null) json.WriteString("entityId"u8, EntityId);
        json.WritePropertyName("error"u8);
        WriteProblem(json);
        if (RegistrationId is not null) json.WriteString("registrationId"u8, RegistrationId);
        json.WriteEndObject();
    }

    /// <summary>Writes the error as the body of an answer.</summary>
    public void WriteProblem(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString("type"u8, Type);
        json.WriteString("title"u8, Title);
        json.WriteString("detail"u8, Detail);
        json.WriteNumber("status"u8, Status);
        json.WriteEndObject();
    }
}
