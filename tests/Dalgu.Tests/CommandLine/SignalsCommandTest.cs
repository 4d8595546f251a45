using Dalgu.Commands;
using Dalgu.Testing;
using Xunit;

namespace Dalgu.Tests.CommandLine;

/// <summary><c>dalgu signals …</c> as a shell sees it: what is wrong with a file is told with its place, and a study that was killed goes on.</summary>
public sealed class SignalsCommandTest : IDisposable
{
    private const string Net = """
        <net version="1.16">
        <edge id=":C_0" function="internal"><lane id=":C_0_0" index="0" speed="13.89" length="20" shape="0,10 0,-10"/></edge>
        <edge id=":C_1" function="internal"><lane id=":C_1_0" index="0" speed="13.89" length="20" shape="-10,0 10,0"/></edge>
        <edge id="n" from="N" to="C" priority="1"><lane id="n_0" index="0" speed="13.89" length="200" shape="0,210 0,10"/></edge>
        <edge id="s" from="C" to="S" priority="1"><lane id="s_0" index="0" speed="13.89" length="200" shape="0,-10 0,-210"/></edge>
        <edge id="w" from="W" to="C" priority="1"><lane id="w_0" index="0" speed="13.89" length="200" shape="-210,0 -10,0"/></edge>
        <edge id="e" from="C" to="E" priority="1"><lane id="e_0" index="0" speed="13.89" length="200" shape="10,0 210,0"/></edge>
        <tlLogic id="C" type="static" programID="0" offset="0">
        <phase duration="30" state="Gr"/>
        <phase duration="3" state="yr"/><phase duration="30" state="rG"/><phase duration="3" state="ry"/>
        </tlLogic>
        <junction id="N" type="dead_end" x="0" y="210" incLanes="" intLanes="" shape="0,0"/>
        <junction id="W" type="dead_end" x="-210" y="0" incLanes="" intLanes="" shape="0,0"/>
        <junction id="S" type="dead_end" x="0" y="-210" incLanes="s_0" intLanes="" shape="0,0"/>
        <junction id="E" type="dead_end" x="210" y="0" incLanes="e_0" intLanes="" shape="0,0"/>
        <junction id="C" type="traffic_light" x="0" y="0" incLanes="n_0 w_0" intLanes=":C_0_0 :C_1_0" shape="0,0">
        <request index="0" response="00" foes="10" cont="0"/><request index="1" response="00" foes="01" cont="0"/>
        </junction>
        <connection from="n" to="s" fromLane="0" toLane="0" via=":C_0_0" tl="C" linkIndex="0" dir="s" state="O"/>
        <connection from="w" to="e" fromLane="0" toLane="0" via=":C_1_0" tl="C" linkIndex="1" dir="s" state="O"/>
        <connection from=":C_0" to="s" fromLane="0" toLane="0" dir="s" state="M"/>
        <connection from=":C_1" to="e" fromLane="0" toLane="0" dir="s" state="M"/>
        </net>
        """;

    private readonly string folder = Directory.CreateTempSubdirectory("dalgu-signals-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    private string Write(string name, string text)
    {
        var file = Path.Combine(folder, name);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllText(file, text);
        return file;
    }

    /// <summary>Vehicles from north and west, one every few seconds.</summary>
    private static string Demand(int seconds, int every)
    {
        var text = new System.Text.StringBuilder("<routes>\n");
        for (var t = 0; t < seconds; t += every) text.Append($"<vehicle id=\"n{t}\" depart=\"{t}\"><route edges=\"n s\"/></vehicle>\n<vehicle id=\"w{t}\" depart=\"{t}\"><route edges=\"w e\"/></vehicle>\n");
        return text.Append("</routes>\n").ToString();
    }

    private async Task Refused(string net, string routes, string[] more, params string[] facts)
    {
        var result = await DalguProcess.RunAsync([.. (string[])["signals", "run", "--net", net, "--routes", routes, "--engine", "dalgu"], .. more]);
        Assert.True(result.Code == ExitCode.Usage, $"{result.Code}: {result.Output}{result.Errors}");
        foreach (var fact in facts) Assert.Contains(fact, result.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", result.Errors, StringComparison.Ordinal);
        Assert.Empty(result.Output);
    }

    [Fact]
    public async Task A_small_network_runs_and_prints_JSON_with_the_keys_that_others_read()
    {
        var result = await DalguProcess.RunAsync("signals", "run", "--net", Write("n.net.xml", Net), "--routes", Write("r.rou.xml", Demand(300, 10)), "--engine", "dalgu", "--controller", "dalgu", "--profile", "korea-ring", "--end", "600", "--json");
        Assert.True(result.Code == ExitCode.Done, result.Errors);
        using var json = System.Text.Json.JsonDocument.Parse(result.Output);
        foreach (var key in (string[])["resco_delay_s", "speed_incl_backlog_ms", "mean_travel_s", "mean_wait_s", "stops", "departed", "arrived", "never_departed", "co2_kg", "gridlock", "guard_overrides", "violations", "wall_s", "sim_s_per_s", "junctions", "corridors", "fallback_s"])
            Assert.True(json.RootElement.TryGetProperty(key, out _), key);
        Assert.Equal((60, 0), (json.RootElement.GetProperty("arrived").GetInt32(), json.RootElement.GetProperty("violations").GetInt32()));
    }

    [Fact]
    public async Task A_network_without_connections_is_refused() =>
        await Refused(Write("n.net.xml", string.Join('\n', Net.Split('\n').Where(l => !l.Contains("<connection", StringComparison.Ordinal)))), Write("r.rou.xml", Demand(10, 5)), [], "n.net.xml, line 1, <net>", "no connection");

    [Fact]
    public async Task A_route_over_a_missing_edge_is_refused() =>
        await Refused(Write("n.net.xml", Net), Write("r.rou.xml", "<routes>\n<vehicle id=\"a\" depart=\"0\"><route edges=\"n x\"/></vehicle>\n</routes>"), [], "r.rou.xml, line 2, <route>", "\"x\"");

    [Fact]
    public async Task A_program_that_violates_its_own_conflict_matrix_is_refused() =>
        await Refused(Write("n.net.xml", Net.Replace("state=\"Gr\"", "state=\"GG\"", StringComparison.Ordinal)), Write("r.rou.xml", Demand(10, 5)), [], "n.net.xml, line 9, <phase>", "signal \"C\"", "protected green");

    [Fact]
    public async Task A_gzip_that_cannot_be_read_is_refused()
    {
        var routes = Write("r.rou.xml", Demand(10, 5));
        await Refused(Write("plain.net.xml.gz", Net), routes, [], "plain.net.xml.gz", "no gzip");
        var packed = new MemoryStream();
        using (var gzip = new System.IO.Compression.GZipStream(packed, System.IO.Compression.CompressionLevel.Optimal, leaveOpen: true)) gzip.Write(System.Text.Encoding.UTF8.GetBytes(Net));
        var bytes = packed.ToArray();
        var cut = Path.Combine(folder, "cut.net.xml.gz");
        File.WriteAllBytes(cut, bytes[..(bytes.Length / 2)]);
        await Refused(cut, routes, [], "cut.net.xml.gz", "cut off");
        bytes.AsSpan(20, 40).Fill(0xff);
        var damaged = Path.Combine(folder, "damaged.net.xml.gz");
        File.WriteAllBytes(damaged, bytes);
        await Refused(damaged, routes, [], "damaged.net.xml.gz", "gzip");
    }

    [Fact]
    public async Task A_missing_file_is_named()
    {
        var net = Write("n.net.xml", Net);
        var routes = Write("r.rou.xml", Demand(10, 5));
        await Refused(Path.Combine(folder, "gone.net.xml"), routes, [], "gone.net.xml", "cannot be opened");
        await Refused(net, Path.Combine(folder, "gone.rou.xml"), [], "gone.rou.xml", "cannot be opened");
        await Refused(net, routes, ["--controller", "tod", "--plan", Path.Combine(folder, "gone.csv")], "gone.csv");
        await Refused(net, routes, ["--controller", "tod"], "--plan");
    }

    [Theory]
    [InlineData("--begin 100 --end 50", "--end 50", "not after --begin 100")]
    [InlineData("--begin NaN", "--begin and --end")]
    [InlineData("--controller psychic", "psychic", "max-pressure")]
    [InlineData("--profile mars", "mars", "korea")]
    [InlineData("--engine vissim", "vissim", "sumo")]
    [InlineData("--detector-faults 3", "--detector-faults 3")]
    [InlineData("--corridor C,Z", "\"Z\"", "there are C")]
    public async Task An_option_that_makes_no_sense_is_refused(string options, params string[] facts)
    {
        var words = options.Split(' ');
        var engine = words.Contains("--engine") ? words : [.. words, "--engine", "dalgu"];
        var result = await DalguProcess.RunAsync([.. (string[])["signals", "run", "--net", Write("n.net.xml", Net), "--routes", Write("r.rou.xml", Demand(10, 5))], .. engine]);
        Assert.True(result.Code == ExitCode.Usage, $"{result.Code}: {result.Output}{result.Errors}");
        foreach (var fact in facts) Assert.Contains(fact, result.Errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("study --scenarios FOLDER/none --out FOLDER/out", "does not exist")]
    [InlineData("study --scenarios FOLDER --out FOLDER/out", "has no scenario")]
    [InlineData("study --scenarios FOLDER --controllers fixed,tod --out FOLDER/out", "controller tod")]
    [InlineData("study --scenarios FOLDER --controllers psychic --out FOLDER/out", "psychic")]
    [InlineData("study --scenarios FOLDER --seeds 9-1 --out FOLDER/out", "9-1")]
    [InlineData("log FOLDER/gone.csv", "gone.csv")]
    [InlineData("log FOLDER/empty.csv", "no event")]
    [InlineData("before-after --speeds FOLDER/gone.csv", "gone.csv")]
    public async Task A_study_a_log_and_a_comparison_without_their_files_are_refused(string line, string fact)
    {
        Write("empty.csv", "");
        var result = await DalguProcess.RunAsync([.. $"signals {line}".Split(' ').Select(a => a.Replace("FOLDER", folder, StringComparison.Ordinal))]);
        Assert.True(result.Code == ExitCode.Usage, $"{result.Code}: {result.Output}{result.Errors}");
        Assert.Contains(fact, result.Errors, StringComparison.Ordinal);
    }

    /// <summary>Killed with SIGKILL in the middle and started again: what was there stays byte for byte and minute for minute, what was missing is run, and the report is whole.</summary>
    [Fact, Slow]
    public async Task A_study_that_was_killed_goes_on_and_runs_nothing_twice()
    {
        foreach (var name in (string[])["one", "two"])
        {
            Write($"scenarios/{name}/{name}.net.xml", Net);
            Write($"scenarios/{name}/{name}.rou.xml", Demand(3500, name == "one" ? 6 : 9));
        }
        string[] study = ["signals", "study", "--scenarios", Path.Combine(folder, "scenarios"), "--controllers", "fixed,max-pressure,dalgu", "--seeds", "1-10", "--engine", "dalgu", "--parallel", "1", "--out", Path.Combine(folder, "out")];
        var runs = Path.Combine(folder, "out", "runs");
        await using (var killed = DalguProcess.Start(study))
        {
            for (var tries = 0; tries < 600 && !(Directory.Exists(runs) && Directory.GetFiles(runs, "*.json").Length >= 3); tries++) await Task.Delay(50);
            await killed.KillAsync();
        }
        var before = Directory.GetFiles(runs, "*.json").ToDictionary(f => f, File.GetLastWriteTimeUtc);
        Assert.InRange(before.Count, 3, 59);
        Assert.False(File.Exists(Path.Combine(folder, "out", "report.html")));
        var result = await DalguProcess.RunAsync(study);
        Assert.True(result.Code == ExitCode.Done, result.Errors);
        Assert.Contains("60 of 60", result.Errors, StringComparison.Ordinal);
        Assert.Equal(60, Directory.GetFiles(runs, "*.json").Length);
        Assert.Empty(Directory.GetFiles(runs, "*.part"));
        Assert.All(before, f => Assert.Equal(f.Value, File.GetLastWriteTimeUtc(f.Key)));
        Assert.Equal(61, File.ReadAllLines(Path.Combine(folder, "out", "results.csv")).Length);
        Assert.Equal(5, File.ReadAllLines(Path.Combine(folder, "out", "differences.csv")).Length);
        var report = File.ReadAllText(Path.Combine(folder, "out", "report.html"));
        foreach (var part in (string[])["신호제어 비교 연구", "Signal control study", "worst seed", "<svg", "prefers-color-scheme", "@media print"]) Assert.Contains(part, report, StringComparison.Ordinal);
        Assert.DoesNotContain("<script", report, StringComparison.Ordinal);
    }

    private string[] Train(string file, params string[] more)
    {
        foreach (var name in (string[])["one", "two"])
        {
            Write($"scenarios/{name}/{name}.net.xml", Net);
            Write($"scenarios/{name}/{name}.rou.xml", Demand(300, name == "one" ? 6 : 4));
        }
        return ["signals", "train", "--scenarios", Path.Combine(folder, "scenarios", "one"), Path.Combine(folder, "scenarios", "two"), "--check", Path.Combine(folder, "scenarios", "two"), "--minutes", "5", "--out", Path.Combine(folder, file), .. more];
    }

    [Fact, Slow]
    public async Task A_training_gives_the_same_bytes_on_one_core_or_two_and_stopped_in_between()
    {
        string[] small = ["--figures", "Headway,StopCost", "--candidates", "4", "--generations"];
        foreach (var command in (string[][])[Train("a.json", [.. small, "2", "--parallel", "1"]), Train("b.json", [.. small, "2", "--parallel", "2"]), Train("c.json", [.. small, "1"]), Train("c.json", [.. small, "2"])])
        {
            var done = await DalguProcess.RunAsync(command);
            Assert.True(done.Code == ExitCode.Done, done.Errors);
            Assert.Contains("all 1 scenarios:", done.Output, StringComparison.Ordinal);
        }
        foreach (var other in (string[])["b.json", "c.json"]) Assert.Equal(File.ReadAllText(Path.Combine(folder, "a.json")), File.ReadAllText(Path.Combine(folder, other)));
        using var json = System.Text.Json.JsonDocument.Parse(File.ReadAllText(Path.Combine(folder, "a.json")));
        Assert.Equal(2, json.RootElement.GetProperty("trained").GetProperty("generations").GetArrayLength());
        Assert.NotEqual(1.8, json.RootElement.GetProperty("values").GetProperty("Headway").GetDouble());
        Assert.Equal(10, json.RootElement.GetProperty("values").GetProperty("Residual").GetDouble());
    }

    [Fact, Slow]
    public async Task A_setting_file_decides_how_a_run_and_a_study_are_driven_and_they_say_so()
    {
        string[] scenario = ["--net", Write("scenarios/one/one.net.xml", Net), "--routes", Write("scenarios/one/one.rou.xml", Demand(300, 4))];
        var setting = Write("setting.json", """{"values": {"Headway": 2.5}}""");
        string[] run = ["signals", "run", .. scenario, "--engine", "dalgu", "--json"];
        foreach (var (more, said) in ((string[], string)[])[([], "\"setting\":\"\""), (["--setting", setting], "\"setting\":\"Headway=2.5\"")])
            Assert.Contains(said, (await DalguProcess.RunAsync([.. run, .. more])).Output, StringComparison.Ordinal);
        string[] study = ["signals", "study", "--scenarios", Path.Combine(folder, "scenarios"), "--controllers", "fixed,dalgu", "--seeds", "1", "--engine", "dalgu", "--out", Path.Combine(folder, "out")];
        foreach (var more in (string[][])[[], ["--setting", setting]]) Assert.Equal(ExitCode.Done, (await DalguProcess.RunAsync([.. study, .. more])).Code);
        Assert.Equal(3, Directory.GetFiles(Path.Combine(folder, "out", "runs"), "*.json").Length); // fixed has no setting and is not run again
        Assert.Contains("Headway=2.5", File.ReadAllText(Path.Combine(folder, "out", "report.html")), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--figures Headwy", "\"Headwy\" is no figure")]
    [InlineData("--generations 0", "--generations 0")]
    [InlineData("--candidates 3", "--candidates 3")]
    [InlineData("--step 2", "--step 2")]
    [InlineData("--check-seeds 1-1000", "below 1000")]
    [InlineData("--setting FOLDER/bad.json", "\"Headway\" is 99")]
    [InlineData("--setting FOLDER/gone.json", "gone.json")]
    [InlineData("--scenarios FOLDER/none", "does not exist")]
    public async Task A_training_that_cannot_be_is_refused(string options, string fact)
    {
        Write("bad.json", """{"values": {"Headway": 99}}""");
        var result = await DalguProcess.RunAsync(Train("a.json", [.. options.Split(' ').Select(a => a.Replace("FOLDER", folder, StringComparison.Ordinal))]));
        Assert.True(result.Code == ExitCode.Usage, $"{result.Code}: {result.Output}{result.Errors}");
        Assert.Contains(fact, result.Errors, StringComparison.Ordinal);
        Assert.False(File.Exists(Path.Combine(folder, "a.json")));
    }
}
