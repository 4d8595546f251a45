using System.CommandLine;
using System.Text.Json;
using Dalgu.Commands;
using Dalgu.Testing;
using Xunit;

namespace Dalgu.Tests.CommandLine;

/// <summary>The executable as a shell sees it: what it prints, and how it ends.</summary>
public sealed class CommandLineTest : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("dalgu-cli-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void Every_command_has_help_and_a_version()
    {
        Check(Commands.CommandLine.Root(), []);
        static void Check(Command command, string[] path)
        {
            if (command.Hidden) return; // for the program itself
            Assert.False(string.IsNullOrWhiteSpace(command.Description), string.Join(' ', path));
            foreach (var ask in (string[])["--help", "--version"])
            {
                var output = new StringWriter();
                var parsed = Commands.CommandLine.Root().Parse([.. path, ask]);
                Assert.True(parsed.Errors.Count == 0, $"dalgu {string.Join(' ', path)} {ask}: {string.Join(' ', parsed.Errors.Select(e => e.Message))}");
                Assert.Equal(0, parsed.Invoke(new InvocationConfiguration { Output = output, Error = output }));
                Assert.True(output.ToString().Length > 0, $"dalgu {string.Join(' ', path)} {ask} prints nothing");
            }
            foreach (var sub in command.Subcommands) Check(sub, [.. path, sub.Name]);
        }
    }

    [Fact]
    public async Task The_version_is_printed()
    {
        var result = await DalguProcess.RunAsync("--version");
        Assert.Equal(ExitCode.Done, result.Code);
        Assert.StartsWith(CityVersion.Text, result.Output);
    }

    [Theory]
    [InlineData("", "demo")]
    [InlineData("--port 8099", "demo")]
    [InlineData("--data somewhere --port 8099", "demo")]
    [InlineData("demo --port 8099", "demo")]
    [InlineData("verify --json", "verify")]
    public void Options_alone_are_those_of_the_demo(string line, string command) =>
        Assert.Equal(command, Commands.CommandLine.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)).CommandResult.Command.Name);

    [Theory]
    [InlineData("bogus")]
    [InlineData("serve")]
    [InlineData("import")]
    [InlineData("serve --data x --urls nonsense")]
    [InlineData("serve --data x --urls http://0.0.0.0:8080 --open")]
    [InlineData("serve --data x --urls http://192.168.0.1:8080,http://127.0.0.1:8081 --open")]
    [InlineData("demo --port 70000")]
    [InlineData("import no-such-file.json")]
    [InlineData("export --data x --url http://127.0.0.1:1")]
    public async Task Wrong_usage_ends_with_2(string line)
    {
        var result = await DalguProcess.RunAsync([.. line.Split(' ').Select(a => a == "x" ? folder : a)]);
        Assert.True(result.Code == ExitCode.Usage, $"{result.Code}: {result.Output}{result.Errors}");
        Assert.NotEmpty(result.Errors);
        Assert.DoesNotContain("   at ", result.Errors);
    }

    [Fact]
    public async Task A_server_that_does_not_answer_ends_with_4() =>
        Assert.Equal(ExitCode.Unreachable, (await DalguProcess.RunAsync("export", "--url", "http://127.0.0.1:1")).Code);

    [Fact]
    public async Task Verify_needs_a_folder_that_is_there() =>
        Assert.Equal(ExitCode.Data, (await DalguProcess.RunAsync("verify", "--data", Path.Combine(folder, "none"))).Code);

    [Fact]
    public async Task Entities_go_in_and_come_out_and_a_backup_brings_them_back()
    {
        var data = Path.Combine(folder, "city");
        var file = Write("roads.ndjson", """
            {"id":"urn:ngsi-ld:Road:1","type":"Road","speed":{"type":"Property","value":50,"unitCode":"KMH"},"name":{"type":"Property","value":"달구벌대로"}}
            {"id":"urn:ngsi-ld:Road:2","type":"Road","speed":{"type":"Property","value":30}}
            this is no JSON

            {"id":"no uri","type":"Road","speed":{"type":"Property","value":1}}
            {"id":"urn:ngsi-ld:Road:3","type":"Road","speed":{"type":"Property","value":60}}
            """);
        var imported = await DalguProcess.RunAsync("import", file, "--data", data, "--json");
        Assert.True(imported.Code == ExitCode.Found, imported.Output + imported.Errors);
        using (var report = JsonDocument.Parse(imported.Output))
        {
            Assert.Equal(3, report.RootElement.GetProperty("written").GetInt64());
            Assert.Equal([3L, 5L], report.RootElement.GetProperty("rows").EnumerateArray().Select(r => r.GetProperty("line").GetInt64()));
        }
        Assert.Equal(ExitCode.Done, (await DalguProcess.RunAsync("verify", "--data", data)).Code);

        var before = await DalguProcess.RunAsync("export", "--data", data, "--type", "Road");
        Assert.Equal(3, before.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
        Assert.Contains("달구벌대로", before.Output);

        var backup = Path.Combine(folder, "city.tar");
        var saved = await DalguProcess.RunAsync("backup", backup, "--data", data);
        Assert.True(saved.Code == ExitCode.Done, saved.Errors);
        Assert.Equal(ExitCode.Usage, (await DalguProcess.RunAsync("backup", backup, "--data", data)).Code);
        Assert.Equal(ExitCode.Usage, (await DalguProcess.RunAsync("restore", backup, "--data", data)).Code);
        var other = Path.Combine(folder, "other");
        var restored = await DalguProcess.RunAsync("restore", backup, "--data", other);
        Assert.True(restored.Code == ExitCode.Done, restored.Errors);
        Assert.Equal(before.Output, (await DalguProcess.RunAsync("export", "--data", other, "--type", "Road")).Output);
    }

    [Fact]
    public async Task A_broken_backup_restores_nothing()
    {
        var data = Path.Combine(folder, "city");
        await DalguProcess.RunAsync("import", Write("one.json", """{"id":"urn:ngsi-ld:Road:1","type":"Road"}"""), "--data", data);
        var backup = Path.Combine(folder, "city.tar");
        await DalguProcess.RunAsync("backup", backup, "--data", data);
        var bytes = await File.ReadAllBytesAsync(backup, TestContext.Current.CancellationToken);
        bytes[bytes.Length / 2] ^= 1;
        await File.WriteAllBytesAsync(backup, bytes, TestContext.Current.CancellationToken);
        var result = await DalguProcess.RunAsync("restore", backup, "--data", data, "--force");
        Assert.Equal(ExitCode.Usage, result.Code);
        Assert.Contains("Road:1", (await DalguProcess.RunAsync("export", "--data", data)).Output);
    }

    [Theory]
    [InlineData("""[{"id":"urn:ngsi-ld:Road:1","type":"Road" """)]
    [InlineData("""{"id":"urn:ngsi-ld:Road:1"}""")]
    [InlineData("""{"type":"FeatureCollection","features":[]}""")]
    public async Task An_import_of_which_nothing_is_taken_leaves_no_new_city_behind(string text)
    {
        var data = Path.Combine(folder, "none");
        Assert.NotEqual(ExitCode.Done, (await DalguProcess.RunAsync("import", Write("broken.json", text), "--data", data)).Code);
        Assert.False(Directory.Exists(data));
    }

    [Fact]
    public async Task An_import_of_which_nothing_is_taken_leaves_a_city_alone_that_was_there()
    {
        var data = Path.Combine(folder, "there");
        var (server, _) = await DalguProcess.ServeAsync(data);
        await using (server)
        {
            Assert.NotEqual(ExitCode.Done, (await DalguProcess.RunAsync("import", Write("broken.json", "[{"), "--data", data)).Code);
            Assert.True(File.Exists(Path.Combine(data, "city.db")));
        }
        Assert.NotEqual(ExitCode.Done, (await DalguProcess.RunAsync("import", Write("broken.json", "[{"), "--data", data)).Code);
        Assert.True(File.Exists(Path.Combine(data, "city.db")));
    }

    [Fact]
    public async Task Features_become_entities_with_a_location()
    {
        var data = Path.Combine(folder, "city");
        var file = Write("districts.geojson", """
            {"type":"FeatureCollection","features":[
              {"type":"Feature","id":"27110","geometry":{"type":"Polygon","coordinates":[[[128.5,35.8],[128.7,35.8],[128.7,35.9],[128.5,35.8]]]},"properties":{"name":"중구","note":null}},
              {"type":"Feature","geometry":{"type":"Point","coordinates":[128.6,35.87]},"properties":{"code":"27140","area (km2)":182.1}}
            ]}
            """);
        Assert.Equal(ExitCode.Usage, (await DalguProcess.RunAsync("import", file, "--data", data)).Code);
        var result = await DalguProcess.RunAsync("import", file, "--data", data, "--type", "District");
        Assert.True(result.Code == ExitCode.Done, result.Output + result.Errors);
        var lines = (await DalguProcess.RunAsync("export", "--data", data, "--type", "District")).Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => JsonDocument.Parse(l).RootElement).ToList();
        var district = Assert.Single(lines, l => l.GetProperty("id").GetString() == "urn:ngsi-ld:District:27110");
        Assert.Equal("Polygon", district.GetProperty("location").GetProperty("value").GetProperty("type").GetString());
        Assert.Equal("중구", district.GetProperty("name").GetProperty("value").GetString());
        Assert.False(district.TryGetProperty("note", out _));
        Assert.Contains(lines, l => l.TryGetProperty("area__km2_", out _));
    }

    [Fact]
    public async Task Two_cannot_have_one_folder_and_commands_speak_to_the_one_that_has()
    {
        var data = Path.Combine(folder, "city");
        var (server, address) = await DalguProcess.ServeAsync(data);
        await using (server)
        {
            var second = await DalguProcess.RunAsync("serve", "--data", data, "--urls", "http://127.0.0.1:0");
            Assert.Equal(ExitCode.Data, second.Code);
            Assert.Contains(address.ToString().TrimEnd('/'), second.Errors);
            Assert.Contains("--url", second.Errors);
            Assert.Equal(ExitCode.Data, (await DalguProcess.RunAsync("verify", "--data", data)).Code);

            var added = await DalguProcess.RunAsync("user", "add", "mina", "--role", "administrator", "--data", data);
            Assert.True(added.Code == ExitCode.Done, added.Errors);
            Assert.StartsWith("/welcome/", added.Output);
            Assert.Equal(ExitCode.Found, (await DalguProcess.RunAsync("user", "add", "mina", "--data", data)).Code);
            Assert.Contains("mina", (await DalguProcess.RunAsync("user", "list", "--data", data)).Output);
            var key = (await DalguProcess.RunAsync("user", "key", "robot", "--role", "administrator", "--data", data)).Output.Trim();
            var backup = await DalguProcess.RunAsync("backup", Path.Combine(folder, "live.tar"), "--url", address.ToString(), "--key", key);
            Assert.True(backup.Code == ExitCode.Done, backup.Errors);
            Assert.Equal(ExitCode.Unreachable, (await DalguProcess.RunAsync("export", "--url", address.ToString(), "--key", "dlg_wrong")).Code);
            Assert.Equal(ExitCode.Done, await server.StopAsync());
        }
        Assert.False(File.Exists(Path.Combine(data, "dalgu.running")));
        Assert.Equal(ExitCode.Done, (await DalguProcess.RunAsync("verify", "--data", data, "--json")).Code);
    }

    private string Write(string name, string text)
    {
        var file = Path.Combine(folder, name);
        File.WriteAllText(file, text);
        return file;
    }
}
