using System.Collections.Concurrent;
using System.Security.Cryptography;

namespace Dalgu.Console.Pages.Access;

/// <summary>What a page says once after a form was sent: a refusal, or a secret that nothing shows again.</summary>
/// <param name="Good">True where the form did its work.</param>
/// <param name="Text">What is said.</param>
/// <param name="Secret">A link or key to copy; null for none.</param>
/// <param name="Filled">What the name field held, to hold it again.</param>
public sealed record Note(bool Good, BilingualText Text, string? Secret, string Filled);

/// <summary>Keeps notes in memory for the minute between a form and the page after it, so that no secret stands in an address. Thread-safe.</summary>
public sealed class Notes(TimeProvider clock)
{
    private const int Most = 1_000;
    private static readonly TimeSpan Life = TimeSpan.FromMinutes(1);
    private readonly ConcurrentDictionary<string, (Note Note, DateTimeOffset Until)> notes = new(StringComparer.Ordinal);

    /// <summary>Keeps a note and returns the word under which the next page finds it.</summary>
    public string Keep(Note note)
    {
        var now = clock.GetUtcNow();
        foreach (var (word, kept) in notes) if (kept.Until < now) notes.TryRemove(word, out _);
        if (notes.Count >= Most) notes.Clear();
        var name = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));
        notes[name] = (note, now + Life);
        return name;
    }

    /// <summary>Takes a note out; null where there is none.</summary>
    public Note? Take(string? word) => word is not null && notes.TryRemove(word, out var kept) && kept.Until >= clock.GetUtcNow() ? kept.Note : null;
}
