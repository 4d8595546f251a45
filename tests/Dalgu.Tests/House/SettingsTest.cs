using System.Globalization;
using System.Reflection;
using Dalgu.Commands;
using Dalgu.Hub;
using Dalgu.Testing;
using Xunit;

namespace Dalgu.Tests.House;

public class SettingsTest
{
    [Fact]
    public void The_settings_page_lists_every_option_with_its_default()
    {
        var page = File.ReadAllLines(RepositoryRoot.Combine("docs", "operate", "settings.md"));
        var missing = typeof(HubOptions).GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(p => p.CanWrite).Select(p => (p.Name, Default: Text(p.GetValue(new HubOptions()))))
            .Where(p => !page.Any(l => l.Contains($"`{Settings.VariableOf(p.Name)}`", StringComparison.Ordinal) && l.Contains($"| {p.Default} |", StringComparison.Ordinal) || p.Name == nameof(HubOptions.Open) && l.Contains("`--open`", StringComparison.Ordinal)))
            .Select(p => $"`{Settings.VariableOf(p.Name)}` | {p.Default} |").ToList();
        Assert.True(missing.Count == 0, "docs/operate/settings.md lacks:\n" + string.Join('\n', missing));
        Assert.All(Settings.Others.Keys, name => Assert.Contains(page, l => l.Contains($"`{name}`", StringComparison.Ordinal)));
    }

    [Fact]
    public void A_variable_changes_the_option_of_its_name()
    {
        var options = Settings.Hub(new Dictionary<string, string> { ["DALGU_MAX_BODY_BYTES"] = "1024", ["DALGU_SESSION_IDLE"] = "00:30:00", ["DALGU_TENANTS_BY_FIRST_USE"] = "false", ["DALGU_ALLOWED_NETWORKS"] = "10.7.0.0/16, fd00::/8" });
        Assert.Equal(1024, options.MaxBodyBytes);
        Assert.Equal(TimeSpan.FromMinutes(30), options.SessionIdle);
        Assert.False(options.TenantsByFirstUse);
        Assert.Equal([System.Net.IPNetwork.Parse("10.7.0.0/16"), System.Net.IPNetwork.Parse("fd00::/8")], options.AllowedNetworks);
    }

    [Theory]
    [InlineData("DALGU_MAX_BODY_BITES", "1")]
    [InlineData("DALGU_MAX_BODY_BYTES", "-1")]
    [InlineData("DALGU_MAX_BODY_BYTES", "many")]
    [InlineData("DALGU_SESSION_IDLE", "tomorrow")]
    [InlineData("DALGU_ALLOWED_NETWORKS", "intranet.example.org")]
    [InlineData("DALGU_OPEN", "true")] // access control is switched off by an option that is seen, not by a variable that is forgotten
    public void A_variable_that_cannot_be_read_is_refused(string name, string value) =>
        Assert.Equal(ExitCode.Usage, Assert.Throws<CommandFailure>(() => Settings.Hub(new Dictionary<string, string> { [name] = value })).Code);

    private static string Text(object? value) => value switch
    {
        bool flag => flag ? "true" : "false",
        TimeSpan span => span.ToString("c", CultureInfo.InvariantCulture),
        System.Collections.ICollection { Count: 0 } or "" => "none",
        _ => Convert.ToString(value, CultureInfo.InvariantCulture) ?? "",
    };
}
