using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace Dalgu.Hub.Access;

/// <summary>The stored form of accounts, sessions, keys and links.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UseStringEnumConverter = true)]
[JsonSerializable(typeof(Account))]
[JsonSerializable(typeof(Session))]
[JsonSerializable(typeof(ApiKey))]
[JsonSerializable(typeof(SignInLink))]
internal sealed partial class AccessJson : JsonSerializerContext;

/// <summary>A collection of documents in the default tenant, with a copy in memory that answers every read.</summary>
/// <remarks>Where several nodes share a store, the tenant tells of the others' writes.</remarks>
internal sealed class AccessDocuments<T>(string collection, JsonTypeInfo<T> form) where T : class
{
    private readonly System.Collections.Concurrent.ConcurrentDictionary<string, T> all = new(StringComparer.Ordinal);
    private Tenant? tenant;

    public ICollection<T> All => all.Values;

    public T? Find(string id) => all.GetValueOrDefault(id);

    public async Task LoadAsync(Tenant from, CancellationToken cancel)
    {
        tenant = from;
        from.Watch(collection, document => Show([(document.Id, document.Body is { } body ? JsonSerializer.Deserialize(body, form) : null)]));
        await foreach (var document in from.DocumentsAsync(collection, cancel))
            if (document.Body is { } body && JsonSerializer.Deserialize(body, form) is { } value) all[document.Id] = value;
    }

    /// <summary>Writes documents (null removes) with one audit entry.</summary>
    /// <param name="who">Who acts.</param>
    /// <param name="action">The action's name for the audit.</param>
    /// <param name="about">What the audit calls the thing.</param>
    /// <param name="documents">The documents by id.</param>
    public async Task WriteAsync(Principal who, string action, string about, params (string Id, T? Value)[] documents)
    {
        var before = documents.Select(d => (d.Id, Find(d.Id))).ToArray();
        try
        {
            await Tenant.WriteAsync(who, action, [], scope =>
            {
                scope.Target = about;
                foreach (var (id, value) in documents) scope.PutDocument(collection, id, value is null ? null : JsonSerializer.SerializeToUtf8Bytes(value, form));
                Show(documents); // in the writer, so that a touch that is applied next starts from it
                return true;
            });
        }
        catch
        {
            Show(before);
            throw;
        }
    }

    /// <summary>Shows a document that differs in its last use at once, and writes it when it can; an unwritten last use is no loss.</summary>
    public void Touch(Principal who, string action, string about, string id, T before, T after)
    {
        if (all.TryUpdate(id, after, before)) _ = WriteQuietlyAsync();

        async Task WriteQuietlyAsync()
        {
            try
            {
                await Tenant.WriteAsync(who, action, [], scope =>
                {
                    scope.Target = about;
                    if (all.TryGetValue(id, out var now)) scope.PutDocument(collection, id, JsonSerializer.SerializeToUtf8Bytes(now, form));
                    return true;
                });
            }
            catch (Exception e) when (e is Problem or ObjectDisposedException or OperationCanceledException) { }
        }
    }

    /// <summary>Writes an audit entry without a document.</summary>
    public Task RecordAsync(Principal who, string action, string about) => Tenant.WriteAsync(who, action, [], scope => scope.Target = about);

    private void Show((string Id, T? Value)[] documents)
    {
        foreach (var (id, value) in documents)
            if (value is null) all.TryRemove(id, out _);
            else all[id] = value;
    }

    private Tenant Tenant => tenant ?? throw new InvalidOperationException($"The collection \"{collection}\" is not loaded.");
}
