using System.Collections;
using System.Globalization;
using System.Net;
using System.Reflection;
using System.Text;
using Dalgu.Commands;
using Dalgu.Hub;

namespace Dalgu;

/// <summary>The settings of an instance from <c>DALGU_*</c> variables. Those of <see cref="HubOptions"/> are named after its properties: <c>DALGU_MAX_BODY_BYTES</c>.</summary>
public static class Settings
{
    /// <summary>The variables that are not of <see cref="HubOptions"/>, with what they say.</summary>
    public static IReadOnlyDictionary<string, string> Others { get; } = new SortedDictionary<string, string>(StringComparer.Ordinal)
    {
        ["DALGU_CERTIFICATE"] = "A PEM file with the certificate for https addresses, as --certificate",
        ["DALGU_CERTIFICATE_KEY"] = "A PEM file with the certificate's key, as --certificate-key",
        ["DALGU_DATA"] = "The data folder, as --data",
        ["DALGU_HOSTS"] = "Host names that the instance answers to, separated by commas",
        ["DALGU_KEY"] = "The API key for --url, as --key",
        ["DALGU_LOG"] = "text or json",
        ["DALGU_LOG_LEVEL"] = "Trace, Debug, Information, Warning, Error, Critical or None",
        ["DALGU_METRICS"] = "false leaves metrics out",
        ["DALGU_PROXIES"] = "Addresses of proxies whose X-Forwarded-For and X-Forwarded-Proto are believed, separated by commas",
        ["DALGU_ROOT"] = "The folder that the default data folder is in; the script dalgu sets it",
        ["DALGU_SHARED"] = "Where tests find the referee data that the repository does not carry",
        ["DALGU_STORE"] = "The connection string of the PostgreSQL database that holds the city, as --store",
        ["DALGU_TEST_CITUS_WORKER"] = "The data folder, on this machine, of a worker that those tests may stop and start",
        ["DALGU_TEST_POSTGRES"] = "The connection string of a database in which those tests make their schemas, such as a Citus coordinator's; else they start a server",
        ["DALGU_TEST_STORE"] = "postgres makes the tests of an instance run over PostgreSQL",
        ["DALGU_URLS"] = "Where serve listens, as --urls",
    };

    /// <summary>The variable of a property of <see cref="HubOptions"/>.</summary>
    public static string VariableOf(string property)
    {
        var name = new StringBuilder("DALGU");
        foreach (var c in property)
        {
            if (char.IsUpper(c)) name.Append('_');
            name.Append(char.ToUpperInvariant(c));
        }
        return name.ToString();
    }

    /// <summary>The <c>DALGU_*</c> variables of this process.</summary>
    public static IReadOnlyDictionary<string, string> Environment() =>
        System.Environment.GetEnvironmentVariables().Cast<DictionaryEntry>().Where(v => ((string)v.Key).StartsWith("DALGU_", StringComparison.Ordinal))
            .ToDictionary(v => (string)v.Key, v => (string?)v.Value ?? "", StringComparer.Ordinal);

    /// <summary>The hub's options: the defaults, changed by the variables.</summary>
    /// <exception cref="CommandFailure">Where a variable is unknown or its value cannot be read.</exception>
    public static HubOptions Hub(IReadOnlyDictionary<string, string> variables)
    {
        var options = new HubOptions();
        if (variables.Keys.All(Others.ContainsKey)) return options;
        var properties = typeof(HubOptions).GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(p => p.CanWrite && p.Name != nameof(HubOptions.Open)).ToDictionary(p => VariableOf(p.Name), StringComparer.Ordinal);
        foreach (var (name, text) in variables)
        {
            if (Others.ContainsKey(name)) continue;
            if (!properties.TryGetValue(name, out var property)) throw new CommandFailure(ExitCode.Usage, $"The variable {name} is no setting; docs/operate/settings.md lists them.");
            property.SetValue(options, Read(name, text, property.PropertyType));
        }
        try
        {
            Dalgu.Hub.Temporal.HistoryRetention.Parse(options.HistoryKept);
        }
        catch (Problem problem)
        {
            throw new CommandFailure(ExitCode.Usage, $"{VariableOf(nameof(options.HistoryKept))}: {problem.Message}");
        }
        return options;
    }

    /// <summary>The parts of a list of names.</summary>
    public static IReadOnlyList<string> List(string? text) => text?.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries) ?? [];

    private static object Read(string name, string text, Type type)
    {
        if (type == typeof(int) && int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 0) return number;
        if (type == typeof(long) && long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var large) && large > 0) return large;
        if (type == typeof(bool) && bool.TryParse(text, out var flag)) return flag;
        if (type == typeof(string) && text.Length > 0 && text.All(c => c is > ' ' and <= '~')) return text;
        if (type == typeof(TimeSpan) && TimeSpan.TryParse(text, CultureInfo.InvariantCulture, out var span) && span > TimeSpan.Zero) return span;
        if (type == typeof(IReadOnlyList<IPNetwork>) && List(text) is { Count: > 0 } parts && parts.All(p => IPNetwork.TryParse(p, out _))) return parts.Select(IPNetwork.Parse).ToArray();
        var form = type == typeof(IReadOnlyList<IPNetwork>) ? "networks such as 10.7.0.0/16, separated by commas" : type == typeof(TimeSpan) ? "a time such as 00:15:00" : type == typeof(bool) ? "true or false" : type == typeof(string) ? "a word of plain letters, without blanks" : "a whole number above 0";
        throw new CommandFailure(ExitCode.Usage, $"The variable {name} is \"{Iri.Shorten(text)}\"; write {form}.");
    }
}
