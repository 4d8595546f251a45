using System.CommandLine;

namespace Dalgu.Commands;

/// <summary><c>dalgu export</c>: the entities of a city as NDJSON or a JSON array.</summary>
internal static class ExportCommand
{
    public static Command Make()
    {
        var type = new Option<string?>("--type") { Description = "Only entities of this type", HelpName = "TYPE" };
        var history = new Option<bool>("--history") { Description = "With every recorded instance of every attribute" };
        var array = new Option<bool>("--array") { Description = "One JSON array; default: one entity a line" };
        var tenant = new Option<string?>("--tenant") { Description = "The tenant to read; default: the default one", HelpName = "NAME" };
        var output = new Option<string?>("--output", "-o") { Description = "The file to write; default: standard output. A name ending in .json asks for an array", HelpName = "FILE" };
        var command = new Command("export", "Write the entities of a city to a file") { type, history, array, tenant, output };
        var where = new Where().AddTo(command);
        command.SetAction(async (parsed, cancel) =>
        {
            await using var city = await where.OpenAsync(parsed, cancel);
            var file = parsed.GetValue(output);
            var asArray = parsed.GetValue(array) || file?.EndsWith(".json", StringComparison.OrdinalIgnoreCase) == true;
            var path = $"/api/hub/export?array={(asArray ? "true" : "false")}&history={(parsed.GetValue(history) ? "true" : "false")}"
                + (parsed.GetValue(type) is { } t ? "&type=" + Uri.EscapeDataString(t) : "");
            using var request = new HttpRequestMessage(HttpMethod.Get, path);
            if (parsed.GetValue(tenant) is { } name) request.Headers.Add("NGSILD-Tenant", name);
            using var answer = await city.TrySendAsync(request, cancel);
            if (!answer.IsSuccessStatusCode) throw await CityClient.FailureAsync(answer, cancel);
            if (file is null)
            {
                await using var stdout = System.Console.OpenStandardOutput();
                await answer.Content.CopyToAsync(stdout, cancel);
            }
            else await Download.SaveAsync(answer, file, "export", cancel);
            return ExitCode.Done;
        });
        return command;
    }
}

/// <summary>Saves an answer under a name only once it is whole.</summary>
internal static class Download
{
    public static async Task SaveAsync(HttpResponseMessage answer, string file, string what, CancellationToken cancel)
    {
        var part = file + ".part";
        await using var progress = ProgressLine.Start(what + " (KiB)");
        try
        {
            await using (var to = File.Create(part))
            {
                await using var from = await answer.Content.ReadAsStreamAsync(cancel);
                var buffer = new byte[128 * 1024];
                for (int n; (n = await from.ReadAsync(buffer, cancel)) > 0;)
                {
                    await to.WriteAsync(buffer.AsMemory(0, n), cancel);
                    progress.Counted(n / 1024);
                }
                to.Flush(flushToDisk: true);
            }
            File.Move(part, file, overwrite: true);
        }
        catch
        {
            File.Delete(part);
            throw;
        }
    }
}
