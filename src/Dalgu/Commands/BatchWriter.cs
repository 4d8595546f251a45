using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;

namespace Dalgu.Commands;

/// <summary>Sends rows to a city as batch upserts and keeps account of what became of each.</summary>
internal sealed class BatchWriter(CityClient city, string? tenant, ProgressLine progress)
{
    private const int MostRows = 500, MostBytes = 4 * 1024 * 1024, MostListed = 10_000;
    private readonly List<ImportRow> plain = [], linked = [];
    private readonly List<RefusedRow> refused = [];
    private long read, written, refusedCount;

    public async Task AddAsync(ImportRow row, CancellationToken cancel)
    {
        read++;
        if (row.Entity is null)
        {
            Refuse(row, row.Refusal!);
            return;
        }
        var batch = row.HasContext ? linked : plain;
        // An id twice in one batch would be one write too few; the later row waits for the next batch.
        if (batch.Count >= MostRows || batch.Sum(r => (long)r.Entity!.Length) + row.Entity.Length > MostBytes || batch.Any(r => r.Id == row.Id)) await SendAsync(batch, cancel);
        batch.Add(row);
    }

    public async Task FlushAsync(CancellationToken cancel)
    {
        await SendAsync(plain, cancel);
        await SendAsync(linked, cancel);
    }

    public ImportReport Report() => new(read, written, refusedCount, refused, refusedCount > refused.Count);

    private async Task SendAsync(List<ImportRow> batch, CancellationToken cancel)
    {
        if (batch.Count == 0) return;
        await PostAsync(batch, cancel);
        progress.Counted(batch.Count);
        batch.Clear();
    }

    private async Task PostAsync(IReadOnlyList<ImportRow> rows, CancellationToken cancel)
    {
        using var body = new MemoryStream();
        body.WriteByte((byte)'[');
        for (var i = 0; i < rows.Count; i++)
        {
            if (i > 0) body.WriteByte((byte)',');
            body.Write(rows[i].Entity);
        }
        body.WriteByte((byte)']');
        using var request = new HttpRequestMessage(HttpMethod.Post, "/ngsi-ld/v1/entityOperations/upsert?options=update") { Content = new ByteArrayContent(body.GetBuffer(), 0, (int)body.Length) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue(rows[0].HasContext ? "application/ld+json" : "application/json");
        if (tenant is not null) request.Headers.Add("NGSILD-Tenant", tenant);
        using var answer = await city.TrySendAsync(request, cancel);
        switch (answer.StatusCode)
        {
            case HttpStatusCode.Created or HttpStatusCode.NoContent or HttpStatusCode.OK:
                written += rows.Count;
                break;
            case HttpStatusCode.MultiStatus:
                Settle(rows, await answer.Content.ReadAsByteArrayAsync(cancel));
                break;
            case HttpStatusCode.ServiceUnavailable: // the queue is full: wait as told
                await Task.Delay(answer.Headers.RetryAfter?.Delta ?? TimeSpan.FromSeconds(1), TimeProvider.System, cancel);
                await PostAsync(rows, cancel);
                break;
            case HttpStatusCode.BadRequest when rows.Count > 1: // one row spoils the batch: each on its own
                foreach (var row in rows) await PostAsync([row], cancel);
                break;
            case HttpStatusCode.BadRequest:
                Refuse(rows[0], CityClient.Detail(await answer.Content.ReadAsStringAsync(cancel)) ?? "refused");
                break;
            default:
                throw await CityClient.FailureAsync(answer, cancel);
        }
    }

    /// <summary>Reads a BatchOperationResult (clause 5.2.16).</summary>
    private void Settle(IReadOnlyList<ImportRow> rows, byte[] json)
    {
        using var document = JsonDocument.Parse(json);
        var failed = new Dictionary<string, string>(StringComparer.Ordinal);
        if (document.RootElement.TryGetProperty("errors", out var errors))
            foreach (var error in errors.EnumerateArray())
                failed[error.GetProperty("entityId").GetString() ?? ""] = error.TryGetProperty("error", out var problem) ? CityClient.Detail(problem.GetRawText()) ?? "refused" : "refused";
        foreach (var row in rows)
            if (failed.TryGetValue(row.Id!, out var reason)) Refuse(row, reason);
            else written++;
    }

    private void Refuse(ImportRow row, string reason)
    {
        refusedCount++;
        if (refused.Count < MostListed) refused.Add(new(row.File, row.Line, row.Id, reason));
    }
}
