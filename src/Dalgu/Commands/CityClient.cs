using System.Net.Http.Headers;
using System.Text.Json;

namespace Dalgu.Commands;

/// <summary>A command's way to a city: over the network, through the instance that has the folder, or through one that it starts for itself.
/// All three go through the same HTTP door, so that a command can do nothing that access control and audit do not see.</summary>
internal sealed class CityClient : IAsyncDisposable
{
    private readonly CityHost? own;
    private string? ownFolder;

    public CityClient(Uri address, string? key, CityHost? own)
    {
        this.own = own;
        Http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false }) { BaseAddress = address, Timeout = Timeout.InfiniteTimeSpan };
        if (key is not null) Http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key);
    }

    public HttpClient Http { get; }

    /// <summary>The way to the city of a database: a node of its own, which ends with the command.</summary>
    public static async Task<CityClient> OverStoreAsync(string store, CancellationToken cancel)
    {
        var folder = Directory.CreateTempSubdirectory("dalgu-").FullName;
        try
        {
            var host = await CityHost.StartAsync(Options(folder) with { Store = store }, cancel);
            return new(new Uri(host.Addresses[0]), host.Access.Keys.Lend("command-line"), host) { ownFolder = folder };
        }
        catch
        {
            Directory.Delete(folder, recursive: true);
            throw;
        }
    }

    private static CityHostOptions Options(string folder) => new()
    {
        DataDir = folder, Urls = ["http://127.0.0.1:0"], WithDesks = false, Metrics = false, LogLevel = LogLevel.Error, Hub = Settings.Hub(Settings.Environment()),
    };

    /// <summary>The way to the city of a folder.</summary>
    public static async Task<CityClient> OverAsync(string folder, CancellationToken cancel)
    {
        try
        {
            var host = await CityHost.StartAsync(Options(folder), cancel);
            return new(new Uri(host.Addresses[0]), host.Access.Keys.Lend("command-line"), host);
        }
        catch (DataFolderException e) when (e.Running is { Address: ['h', 't', 't', 'p', ':', ..] } running)
        {
            // 0.0.0.0 and [::] are where it listens, not where it is called.
            var address = new UriBuilder(running.Address);
            if (address.Host is "0.0.0.0" or "[::]") address.Host = "127.0.0.1";
            return new(address.Uri, running.Key, null);
        }
    }

    /// <summary>Sends a request and returns its good answer.</summary>
    /// <exception cref="CommandFailure">Where the instance refuses, with its reason.</exception>
    public async Task<HttpResponseMessage> SendAsync(HttpMethod method, string path, HttpContent? content = null, CancellationToken cancel = default)
    {
        using var request = new HttpRequestMessage(method, path) { Content = content };
        var response = await TrySendAsync(request, cancel);
        if (response.IsSuccessStatusCode) return response;
        using (response) throw await FailureAsync(response, cancel);
    }

    /// <summary>Sends a request and returns whatever the instance answers.</summary>
    public async Task<HttpResponseMessage> TrySendAsync(HttpRequestMessage request, CancellationToken cancel = default)
    {
        try
        {
            return await Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancel);
        }
        catch (HttpRequestException e)
        {
            throw new CommandFailure(ExitCode.Unreachable, $"The instance at {Http.BaseAddress} does not answer: {e.Message}");
        }
    }

    /// <summary>What an instance's refusal means to a command.</summary>
    public static async Task<CommandFailure> FailureAsync(HttpResponseMessage response, CancellationToken cancel = default)
    {
        var text = await response.Content.ReadAsStringAsync(cancel);
        var status = (int)response.StatusCode;
        return new(status is 401 or 403 ? ExitCode.Unreachable : status >= 500 ? ExitCode.Data : ExitCode.Found, Detail(text) ?? $"The instance answers {status}.");
    }

    /// <summary>The detail of a problem; null where the text is none.</summary>
    public static string? Detail(string json)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            var root = document.RootElement;
            if (root.ValueKind != JsonValueKind.Object) return null;
            return root.TryGetProperty("detail", out var detail) || root.TryGetProperty("title", out detail) ? detail.ToString() : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>Lets a folder that was made for this command go again when it ends. A city that was there before, or that another process has, stays.</summary>
    public void Discard()
    {
        if (own is not null) own.IsDiscarded = true;
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        if (own is not null) await own.DisposeAsync();
        if (ownFolder is not null) Directory.Delete(ownFolder, recursive: true);
    }
}
