using System.Text;
using Dalgu.Hub.Http;

namespace Dalgu.Hub.Contexts;

/// <summary>Fetches @context documents through the guarded client.</summary>
internal sealed class ContextClient(HubOptions options, OutboundHttp outbound)
{
    /// <summary>The document as text.</summary>
    /// <exception cref="Problem">LdContextNotAvailable where it cannot be had.</exception>
    public async Task<string> FetchAsync(Uri address, CancellationToken cancel)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, address);
        request.Headers.Accept.ParseAdd("application/ld+json, application/json;q=0.9");
        try
        {
            var answer = await outbound.SendAsync(request, new(options.ContextTimeout, options.MaxContextBytes, Redirections: 3), cancel);
            return answer.IsSuccess ? Encoding.UTF8.GetString(answer.Body) : throw Missing($"answers {answer.Status}");
        }
        catch (OutboundFault fault)
        {
            throw Missing(fault.Message);
        }

        Problem Missing(string why) => new(ProblemKind.LdContextNotAvailable, $"The @context at \"{Iri.Shorten(address.AbsoluteUri)}\" {why}.");
    }
}
