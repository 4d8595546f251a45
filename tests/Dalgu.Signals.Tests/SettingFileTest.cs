using Dalgu.Signals.Control;
using Dalgu.Signals.Training;
using Xunit;

namespace Dalgu.Signals.Tests;

/// <summary>Setting files: what is written is read back, and what cannot be meant is refused by name.</summary>
public sealed class SettingFileTest : IDisposable
{
    private readonly string file = Path.GetTempFileName();

    public void Dispose() => File.Delete(file);

    [Fact]
    public void A_setting_reads_back_as_it_was_written()
    {
        var setting = new DalguOptions { Headway = 1.937, Horizon = 44, Expect = 0 };
        File.WriteAllText(file, SettingFile.Text(setting, new SettingSource("dalgu signals train", [new TrainedOn("a", "12345678")], [new GenerationFigures(1, -0.1, -0.05, 0.08, 2)], [], null, null, null)));
        Assert.Equal("Horizon=44 Headway=1.937 Expect=0", DalguParameter.Differences(SettingFile.Read(file)));
    }

    [Fact]
    public void What_a_file_does_not_name_stays_as_built_in()
    {
        File.WriteAllText(file, """{"values": {"Headway": 2}}""");
        Assert.Equal("Headway=2", DalguParameter.Differences(SettingFile.Read(file)));
    }

    [Theory]
    [InlineData("""{"values": {"Headwy": 2}}""", "\"Headwy\" is no figure of the controller dalgu; these are: Horizon, Headway")]
    [InlineData("""{"values": {"Headway": 9}}""", "\"Headway\" is 9; it is a number from 1.2 to 2.7.")]
    [InlineData("""{"values": {"Headway": "2"}}""", "\"Headway\" is \"2\"; it is a number")]
    [InlineData("""{"values": {"Horizon": 40.5}}""", "\"Horizon\" is 40.5; it is a whole number from 20 to 120.")]
    [InlineData("""{"values": {"Headway": 2, "Headway": 2}}""", "\"Headway\" is there twice")]
    [InlineData("""{"controller": "max-pressure", "values": {}}""", "a setting of the controller \"max-pressure\"")]
    [InlineData("""{"Headway": 2}""", "has no object \"values\"")]
    [InlineData("[1]", "has no object \"values\"")]
    [InlineData("{", "is not JSON")]
    public void What_cannot_be_meant_is_refused_by_name(string text, string fact)
    {
        File.WriteAllText(file, text);
        var refused = Assert.Throws<Problem>(() => SettingFile.Read(file));
        Assert.StartsWith(file, refused.Message, StringComparison.Ordinal);
        Assert.Contains(fact, refused.Message, StringComparison.Ordinal);
    }
}
