using System.Reflection;

namespace Dalgu.Console.Pages;

/// <summary>A part that others made: its name, version, licence, and what it is for.</summary>
public sealed record Part(string Name, string Version, string Licence, BilingualText Why)
{
    /// <summary>The parts of this build that are of use to say.</summary>
    public static IReadOnlyList<Part> All { get; } =
    [
        new(".NET, ASP.NET Core", Environment.Version.ToString(), "MIT", new("실행 환경, 웹 서버", "runtime, web server")),
        Library("SQLitePCLRaw.core", "SQLitePCLRaw, SQLite", "Apache-2.0, Public domain", new("내장 저장소", "embedded store")),
        Library("Npgsql", "Npgsql", "PostgreSQL", new("PostgreSQL 저장소", "store on PostgreSQL")),
        Library("MQTTnet", "MQTTnet", "MIT", new("MQTT 알림과 브로커", "MQTT notifications and broker")),
        Library("NetTopologySuite", "NetTopologySuite", "BSD-3-Clause", new("도형 연산", "geometry")),
        Library("NetTopologySuite.IO.GeoJSON4STJ", "NetTopologySuite.IO.GeoJSON4STJ", "BSD-3-Clause", new("GeoJSON 읽기", "reading GeoJSON")),
        Library("Konscious.Security.Cryptography.Argon2", "Konscious.Security.Cryptography", "MIT", new("비밀번호 해시", "password hash")),
        Library("System.CommandLine", "System.CommandLine", "MIT", new("명령줄", "command line")),
        Library("OpenTelemetry", "OpenTelemetry .NET", "Apache-2.0", new("측정과 추적", "metrics and traces")),
        Library("Microsoft.OpenApi", "Microsoft.OpenApi", "MIT", new("API 설명", "API description")),
        Library("Scalar.AspNetCore", "Scalar.AspNetCore", "MIT", new("API 문서 화면", "API reference page")),
        new("MapLibre GL JS", "6.17.0", "BSD-3-Clause", new("지도", "map")),
        new("uPlot", "1.6.32", "MIT", new("실시간 그래프", "live charts")),
        new("Pretendard", "1.3.9", "OFL-1.1", new("글꼴", "typeface")),
    ];

    /// <summary>The version of the first of these assemblies that is there.</summary>
    public static string VersionOf(params IReadOnlyList<string> assemblies)
    {
        foreach (var name in assemblies)
        {
            try
            {
                var assembly = Assembly.Load(name);
                var version = assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? assembly.GetName().Version?.ToString() ?? "";
                var plus = version.IndexOf('+', StringComparison.Ordinal);
                return plus > 0 && version.Length > plus + 10 ? version[..(plus + 10)] : version;
            }
            catch (Exception fault) when (fault is FileNotFoundException or BadImageFormatException or FileLoadException)
            {
                continue;
            }
        }
        return "";
    }

    private static Part Library(string assembly, string name, string licence, BilingualText why)
    {
        var version = VersionOf(assembly);
        var rest = version.AsSpan().IndexOfAny('+', ' '); // the commit, or a remark
        return new(name, rest > 0 ? version[..rest] : version, licence, why);
    }
}
