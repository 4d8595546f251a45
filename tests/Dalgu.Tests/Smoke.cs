namespace Dalgu.Tests;
public class Smoke { [Xunit.Fact] public void Runs() => Xunit.Assert.NotNull(Dalgu.Testing.RepositoryRoot.Path); }
