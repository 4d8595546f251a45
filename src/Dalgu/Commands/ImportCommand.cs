using System.CommandLine;
using System.Text.Json;

namespace Dalgu.Commands;

/// <summary>A row that was not taken in, and why.</summary>
internal sealed record RefusedRow(string File, long Line, string? Id, string Reason);

/// <summary>What an import did.</summary>
internal sealed record ImportReport(long Read, long Written, long Refused, IReadOnlyList<RefusedRow> Rows, bool RowsCut);

/// <summary><c>dalgu import</c>: NGSI-LD entities or GeoJSON features into a city, row by row, the refused ones listed.</summary>
internal static class ImportCommand
{
    public static Command Make()
    {
        var files = new Argument<string[]>("file") { Description = "NGSI-LD JSON, a JSON-LD array, NDJSON, or GeoJSON; - for standard input", Arity = ArgumentArity.OneOrMore };
        var type = new Option<string?>("--type") { Description = "The entity type of GeoJSON features, such as District", HelpName = "TYPE" };
        var id = new Option<string?>("--id-property") { Description = "The feature property that holds the id; default: the feature's id, else its property \"id\", else a hash of the feature", HelpName = "NAME" };
        var tenant = new Option<string?>("--tenant") { Description = "The tenant to write to; default: the default one", HelpName = "NAME" };
        var json = new Option<bool>("--json") { Description = "Print the result as JSON" };
        var command = new Command("import", "Write entities from files. Existing entities get the attributes of the file; other attributes stay") { files, type, id, tenant, json };
        var where = new Where().AddTo(command);
        command.SetAction(async (parsed, cancel) =>
        {
            var names = parsed.GetRequiredValue(files);
            foreach (var name in names)
                if (name != "-" && !File.Exists(name)) throw new CommandFailure(ExitCode.Usage, $"There is no file {name}; nothing was imported.");
            await using var city = await where.OpenAsync(parsed, cancel);
            await using var progress = ProgressLine.Start("import");
            var writer = new BatchWriter(city, parsed.GetValue(tenant), progress);
            try
            {
                foreach (var name in names)
                    await foreach (var row in ImportFile.ReadAsync(name, parsed.GetValue(type), parsed.GetValue(id), progress, cancel)) await writer.AddAsync(row, cancel);
                await writer.FlushAsync(cancel);
            }
            finally
            {
                // A city that was made for this import and got nothing is no city: a later command would find it, and take it for one.
                if (writer.Report().Written == 0) city.Discard();
            }
            await progress.DisposeAsync();
            var report = writer.Report();
            if (parsed.GetValue(json)) await System.Console.Out.WriteLineAsync(JsonSerializer.Serialize(report, HubJson.Default.ImportReport));
            else await PrintAsync(report);
            return report.Refused > 0 ? ExitCode.Found : ExitCode.Done;
        });
        return command;
    }

    private static async Task PrintAsync(ImportReport report)
    {
        foreach (var row in report.Rows.Take(20))
            await System.Console.Error.WriteLineAsync($"{row.File}:{row.Line}: {(row.Id is null ? "" : row.Id + ": ")}{row.Reason}");
        if (report.Refused > 20) await System.Console.Error.WriteLineAsync($"… and {report.Refused - 20} more; --json lists them.");
        await System.Console.Out.WriteLineAsync($"{report.Read} read, {report.Written} written, {report.Refused} refused");
    }
}
