using System.Reflection;

namespace Dalgu;

/// <summary>The version of this program.</summary>
public static class CityVersion
{
    /// <summary>The version, with the commit after a plus sign where the build knew it.</summary>
    public static string Text { get; } = typeof(CityVersion).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "0";
}
