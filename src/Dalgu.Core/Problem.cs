namespace Dalgu;

/// <summary>The kinds of error that ETSI GS CIM 009 clause 5.5.2 names, and the few that a city adds around them.</summary>
public enum ProblemKind
{
    /// <summary>The request as such is wrong: an unknown parameter, a malformed URI, broken JSON (400).</summary>
    InvalidRequest,
    /// <summary>The request is well formed, but its data break a rule of the data model (400).</summary>
    BadRequestData,
    /// <summary>The thing to create exists (409).</summary>
    AlreadyExists,
    /// <summary>The operation is not offered (422).</summary>
    OperationNotSupported,
    /// <summary>The thing asked for does not exist (404).</summary>
    ResourceNotFound,
    /// <summary>A fault of this instance (500).</summary>
    InternalError,
    /// <summary>The query asks for more work than the limits allow (403).</summary>
    TooComplexQuery,
    /// <summary>The answer would be larger than the limits allow (403).</summary>
    TooManyResults,
    /// <summary>An @context cannot be had (504).</summary>
    LdContextNotAvailable,
    /// <summary>The tenant does not exist (404).</summary>
    NonexistentTenant,
    /// <summary>A precondition about the current state does not hold (409).</summary>
    Conflict,
    /// <summary>Who asks is not known (401).</summary>
    Unauthorized,
    /// <summary>Who asks is known, and may not (403).</summary>
    Forbidden,
    /// <summary>The address knows no such method (405).</summary>
    MethodNotAllowed,
    /// <summary>The body is larger than the limit (413).</summary>
    PayloadTooLarge,
    /// <summary>The request does not say how long its body is (411).</summary>
    LengthRequired,
    /// <summary>The body's media type is not one of those that the operation takes (415).</summary>
    UnsupportedMediaType,
    /// <summary>None of the accepted media types can be written (406).</summary>
    NotAcceptable,
    /// <summary>Too many attempts in a time (429).</summary>
    TooManyRequests,
    /// <summary>The instance is at its limit now; the request may be sent again (503).</summary>
    Unavailable,
    /// <summary>The request came back to the broker that sent it (508).</summary>
    LoopDetected,
    /// <summary>A context source that alone has what is asked for does not answer (504).</summary>
    SourceUnavailable,
    /// <summary>The store cannot grow: the disk is full (507). Reads go on.</summary>
    StorageFull,
}

/// <summary>A refusal: states a fact in the present tense, names the thing, says the way out. Becomes an RFC 9457 body.</summary>
public sealed class Problem : Exception
{
    /// <summary>Makes a refusal of a kind with its text.</summary>
    public Problem(ProblemKind kind, string detail) : base(detail) => Kind = kind;

    /// <summary>Makes a refusal of a kind with its text and the fault behind it.</summary>
    public Problem(ProblemKind kind, string detail, Exception inner) : base(detail, inner) => Kind = kind;

    /// <summary>The kind, from which type, title and status follow.</summary>
    public ProblemKind Kind { get; }

    /// <summary>The address that names the kind: those of NGSI-LD below <c>https://uri.etsi.org/ngsi-ld/errors/</c>.</summary>
    public string Type => "https://uri.etsi.org/ngsi-ld/errors/" + Kind switch
    {
        ProblemKind.Unauthorized or ProblemKind.Forbidden or ProblemKind.MethodNotAllowed or ProblemKind.PayloadTooLarge or ProblemKind.LengthRequired or
        ProblemKind.UnsupportedMediaType or ProblemKind.NotAcceptable or ProblemKind.TooManyRequests => nameof(ProblemKind.InvalidRequest),
        ProblemKind.Unavailable or ProblemKind.StorageFull or ProblemKind.SourceUnavailable => nameof(ProblemKind.InternalError),
        _ => Kind.ToString(),
    };

    /// <summary>The HTTP status of the kind.</summary>
    public int Status => Kind switch
    {
        ProblemKind.InvalidRequest or ProblemKind.BadRequestData => 400,
        ProblemKind.Unauthorized => 401,
        ProblemKind.Forbidden or ProblemKind.TooComplexQuery or ProblemKind.TooManyResults => 403,
        ProblemKind.ResourceNotFound or ProblemKind.NonexistentTenant => 404,
        ProblemKind.MethodNotAllowed => 405,
        ProblemKind.NotAcceptable => 406,
        ProblemKind.AlreadyExists or ProblemKind.Conflict => 409,
        ProblemKind.LengthRequired => 411,
        ProblemKind.PayloadTooLarge => 413,
        ProblemKind.UnsupportedMediaType => 415,
        ProblemKind.OperationNotSupported => 422,
        ProblemKind.TooManyRequests => 429,
        ProblemKind.Unavailable => 503,
        ProblemKind.LdContextNotAvailable or ProblemKind.SourceUnavailable => 504,
        ProblemKind.LoopDetected => 508,
        ProblemKind.StorageFull => 507,
        _ => 500,
    };

    /// <summary>The short title of the kind, the same for every refusal of the kind.</summary>
    public string Title => Kind switch
    {
        ProblemKind.InvalidRequest => "The request is not valid",
        ProblemKind.BadRequestData => "The data of the request are not valid",
        ProblemKind.AlreadyExists => "It exists already",
        ProblemKind.OperationNotSupported => "The operation is not supported",
        ProblemKind.ResourceNotFound => "It does not exist",
        ProblemKind.TooComplexQuery => "The query is too complex",
        ProblemKind.TooManyResults => "There are too many results",
        ProblemKind.LdContextNotAvailable => "An @context is not available",
        ProblemKind.NonexistentTenant => "The tenant does not exist",
        ProblemKind.Conflict => "The state is another than the request expects",
        ProblemKind.Unauthorized => "Sign in or send a key",
        ProblemKind.Forbidden => "Not permitted",
        ProblemKind.MethodNotAllowed => "The method is not allowed here",
        ProblemKind.PayloadTooLarge => "The body is too large",
        ProblemKind.LengthRequired => "The length of the body is missing",
        ProblemKind.UnsupportedMediaType => "The media type is not supported",
        ProblemKind.NotAcceptable => "No acceptable media type",
        ProblemKind.TooManyRequests => "Too many attempts",
        ProblemKind.Unavailable => "At its limit now",
        ProblemKind.StorageFull => "The store cannot grow",
        ProblemKind.LoopDetected => "The request is in a loop",
        ProblemKind.SourceUnavailable => "A context source does not answer",
        _ => "An internal fault",
    };
}
