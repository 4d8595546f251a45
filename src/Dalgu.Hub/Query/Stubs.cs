namespace Dalgu.Hub.Query;
public sealed record TypeSelection { public static TypeSelection Of(string iri) => throw new NotImplementedException(iri); }
public sealed record QExpression;
public sealed record GeoQuery;
public sealed record ScopeQuery;
public sealed record AttributePath;
