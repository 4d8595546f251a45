using Xunit.v3;

namespace Dalgu.Testing;

/// <summary>Drives hours of traffic or moves a whole city: left out of "./test quick", which chooses by this trait.</summary>
[AttributeUsage(AttributeTargets.Class | AttributeTargets.Method)]
public sealed class SlowAttribute : Attribute, ITraitAttribute
{
    /// <inheritdoc/>
    public IReadOnlyCollection<KeyValuePair<string, string>> GetTraits() => [new("Pace", "Slow")];
}
