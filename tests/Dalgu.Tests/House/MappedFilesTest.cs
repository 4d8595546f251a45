using System.IO.MemoryMappedFiles;
using Xunit;

namespace Dalgu.Tests.House;

/// <summary>What a process gives back of the files that are mapped into it.</summary>
public sealed class MappedFilesTest
{
    [Fact]
    public void What_was_read_of_a_mapped_file_leaves_the_memory_and_is_read_again_unchanged()
    {
        Assert.SkipUnless(File.Exists("/proc/self/smaps"), "This system does not tell what is mapped.");
        const int Length = 24 << 20;
        var name = Path.Combine(Path.GetTempPath(), $"dalgu-mapped-{Guid.NewGuid():N}");
        var written = new byte[Length];
        new Random(7).NextBytes(written);
        File.WriteAllBytes(name, written);
        try
        {
            using var file = MemoryMappedFile.CreateFromFile(name, FileMode.Open, null, 0, MemoryMappedFileAccess.Read);
            using var view = file.CreateViewAccessor(0, Length, MemoryMappedFileAccess.Read);
            var read = new byte[Length];
            view.ReadArray(0, read, 0, Length);
            Assert.InRange(Resident(name), Length, long.MaxValue);

            Assert.InRange(MappedFiles.Release(), Length, long.MaxValue);

            Assert.Equal(0, Resident(name));
            view.ReadArray(0, read, 0, Length);
            Assert.True(written.AsSpan().SequenceEqual(read));
        }
        finally
        {
            File.Delete(name);
        }
    }

    private static long Resident(string name) =>
        File.ReadLines("/proc/self/smaps").SkipWhile(line => !line.EndsWith(name, StringComparison.Ordinal)).Where(line => line.StartsWith("Rss:", StringComparison.Ordinal))
            .Select(line => long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], System.Globalization.CultureInfo.InvariantCulture) * 1024).First();
}
