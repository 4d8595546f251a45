using Dalgu.Hub.Http;
using Microsoft.AspNetCore.Http;

namespace Dalgu;

/// <summary>Turns what an endpoint throws into a problem: a refusal as itself, anything else as a fault without its inside.</summary>
public sealed partial class FaultMiddleware(RequestDelegate next, ILogger<FaultMiddleware> log)
{
    /// <summary>Answers one request.</summary>
    public async Task InvokeAsync(HttpContext http)
    {
        try
        {
            await next(http);
        }
        catch (Problem problem)
        {
            await ProblemResponse.WriteAsync(http, problem);
        }
        catch (OperationCanceledException) when (http.RequestAborted.IsCancellationRequested)
        {
        }
        catch (BadHttpRequestException e)
        {
            var kind = e.StatusCode switch
            {
                413 => ProblemKind.PayloadTooLarge,
                415 => ProblemKind.UnsupportedMediaType,
                _ => ProblemKind.InvalidRequest,
            };
            await ProblemResponse.WriteAsync(http, new Problem(kind, e.StatusCode == 413 ? "The body is larger than this instance takes; send it in parts." : e.Message));
        }
        catch (Exception e)
        {
            Fault(http.Request.Method, http.Request.Path, e);
            await ProblemResponse.WriteAsync(http, new Problem(ProblemKind.InternalError, $"The instance failed to answer; its log has the fault under {http.TraceIdentifier}."));
        }
    }

    [LoggerMessage(LogLevel.Error, "{Method} {Path} failed")]
    private partial void Fault(string method, string path, Exception e);
}
