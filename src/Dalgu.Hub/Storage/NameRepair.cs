using System.Text;
using Dalgu.Hub.Access;
using Dalgu.Hub.Contexts;
using Dalgu.Hub.Registrations;
using Dalgu.Hub.Subscriptions;

namespace Dalgu.Hub.Storage;

/// <summary>Gives names that were stored before the core @context was whole the IRIs that the core @context gives them. State, history, outbox and audit refer to
/// names by number, so what they signed stands as it is.</summary>
public static class NameRepair
{
    private static readonly string[] Collections = [SubscriptionDocument.Collection, RegistrationSubscriptionBook.Collection, RegistrationBook.Collection];

    /// <summary>Repairs every tenant of stores that nobody else uses.</summary>
    /// <param name="stores">The stores.</param>
    /// <param name="open">Opens a kernel over them; it is closed again.</param>
    /// <param name="cancel">Ends the repair between two tenants.</param>
    /// <returns>What was done, or could not be, a line a name.</returns>
    public static async Task<IReadOnlyList<string>> RunAsync(IStoreFactory stores, Func<CityHub> open, CancellationToken cancel = default)
    {
        var done = new List<string>();
        foreach (var tenant in stores.Tenants())
        {
            List<(int Number, string Name)> renames = [];
            List<(string From, string To)> changed = [];
            await using (var store = stores.Create(tenant))
            {
                var names = (await store.OpenAsync(cancel)).Names;
                for (var i = 1; i < names.Count; i++)
                {
                    if (CoreNameOf(names[i]) is not { } core) continue;
                    if (names.Contains(core, StringComparer.Ordinal))
                    {
                        done.Add($"{Of(tenant)}\"{names[i]}\" is left: the store has \"{core}\" too. Move what has both with export and import.");
                        continue;
                    }
                    renames.Add((i, core));
                    changed.Add((names[i], core));
                    done.Add($"{Of(tenant)}\"{names[i]}\" is \"{core}\" now.");
                }
            }
            if (renames.Count == 0) continue;
            // The audit first: a repair that is cut off is repeated, and stands there twice rather than not at all.
            await using (var hub = open()) await NoteAsync(await hub.OpenStoreAsync(tenant, create: false, cancel), changed, cancel);
            await using (var store = stores.Create(tenant))
            {
                await store.OpenAsync(cancel);
                await store.RenameAsync(renames, cancel);
            }
        }
        return done;
    }

    private static string Of(string tenant) => tenant.Length == 0 ? "" : $"tenant {tenant}: ";

    /// <summary>The core IRI of a name in the default vocabulary; null where that is its place.</summary>
    private static string? CoreNameOf(string name) =>
        name.StartsWith(CoreContext.DefaultVocabulary, StringComparison.Ordinal) && CoreContext.Instance.Expand(name[CoreContext.DefaultVocabulary.Length..]) is var iri && iri != name ? iri : null;

    /// <summary>Writes the repair into the audit, with the documents that name the names in full.</summary>
    private static async Task NoteAsync(Tenant tenant, List<(string From, string To)> changed, CancellationToken cancel)
    {
        var documents = new List<DocumentWrite>();
        foreach (var collection in Collections)
            await foreach (var document in tenant.DocumentsAsync(collection, cancel))
            {
                var text = Encoding.UTF8.GetString(document.Body!);
                var repaired = changed.Aggregate(text, (t, c) => t.Replace($"\"{c.From}\"", $"\"{c.To}\"", StringComparison.Ordinal));
                if (repaired != text) documents.Add(document with { Body = Encoding.UTF8.GetBytes(repaired) });
            }
        await tenant.WriteAsync(Principal.System, "names.repair", [], scope =>
        {
            scope.Target = Iri.Shorten(string.Join(' ', changed.Select(c => c.To)));
            foreach (var document in documents) scope.PutDocument(document.Collection, document.Id, document.Body);
            return true;
        }, cancel);
    }
}
