using System.Text.Json.Serialization;

namespace Dalgu;

/// <summary>The JSON of what runs an instance: its own endpoints and commands.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UseStringEnumConverter = true, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(RunningNote))]
[JsonSerializable(typeof(AccountForm))]
[JsonSerializable(typeof(AccountView))]
[JsonSerializable(typeof(IReadOnlyList<AccountView>))]
[JsonSerializable(typeof(LinkView))]
[JsonSerializable(typeof(KeyForm))]
[JsonSerializable(typeof(KeyView))]
[JsonSerializable(typeof(IReadOnlyList<KeyView>))]
[JsonSerializable(typeof(BackupManifest))]
[JsonSerializable(typeof(Commands.ImportReport))]
[JsonSerializable(typeof(Commands.VerifyReport))]
[JsonSerializable(typeof(IReadOnlyList<Dalgu.Bench.Figure>))]
internal sealed partial class HubJson : JsonSerializerContext;
