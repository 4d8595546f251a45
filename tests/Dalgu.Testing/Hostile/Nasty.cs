namespace Dalgu.Testing.Hostile;

/// <summary>Values that have broken a broker somewhere, or could.</summary>
internal static class Nasty
{
    public static readonly string Long = new('가', 20_000);
    public static readonly string DeepArray = new string('[', 500) + new string(']', 500);
    public static readonly string AlmostDeepArray = new string('[', 55) + new string(']', 55);
    public static readonly string DeepObject = string.Concat(Enumerable.Repeat("{\"a\":", 300)) + "1" + new string('}', 300);
    public static readonly string DeepCollection = string.Concat(Enumerable.Repeat("{\"type\":\"GeometryCollection\",\"geometries\":[", 25)) + "{\"type\":\"Point\",\"coordinates\":[1,1]}" + string.Concat(Enumerable.Repeat("]}", 25));

    /// <summary>JSON values in place of another.</summary>
    public static readonly string[] Values =
    [
        "1e999", "-1e999", "1e-999", "1e308", "-1.7976931348623157e308", "NaN", "Infinity", "null", "true", "false", "[]", "{}", "\"\"", "0", "-0", "-0.0", "00", "+1", ".5", "1.", "0x10",
        new string('9', 400), "0." + new string('1', 400), "\"\\ud800\"", "\"a\\udc00b\"", "\"\\u0000\"", "\"\\u0000\\u001f\"", "\"urn:ngsi-ld:null\"", "[\"urn:ngsi-ld:null\"]", "{\"@none\":\"urn:ngsi-ld:null\"}",
        "\"" + Long + "\"", DeepArray, AlmostDeepArray, DeepObject, DeepCollection, "[1,[2,[3,{\"a\":null}]]]", "{\"type\":\"Property\"}", "{\"type\":\"Relationship\",\"object\":5}",
        "{\"type\":\"Property,Relationship\",\"value\":1}", "{\"type\":\" Property\",\"value\":1}", "{\"type\":\"2\",\"object\":\"urn:a:b\"}", "{\"type\":\"property\",\"value\":1}", "{\"type\":[\"Property\"],\"value\":1}", "{\"type\":\"\",\"value\":1}",
        "\"2026-13-45T99:00:00Z\"", "\"2026-02-30T00:00:00Z\"", "\"0000-00-00T00:00:00Z\"", "\"9999-12-31T23:59:59.9999999Z\"", "\"0001-01-01T00:00:00Z\"", "\"0001-01-01T00:00:00+14:00\"", "\"9999-12-31T23:59:59-14:00\"", "\"2026-01-01T00:00:60Z\"",
        "{\"type\":\"Point\",\"coordinates\":[181,91]}", "{\"type\":\"Point\",\"coordinates\":[]}", "{\"type\":\"Point\",\"coordinates\":[1e999,1]}", "{\"type\":\"Point\",\"coordinates\":[1,2,3,4,5]}", "{\"type\":\"Point\",\"coordinates\":[128,35,1,2]}",
        "{\"type\":\"GeoProperty\",\"value\":{\"type\":\"Polygon\",\"coordinates\":[[[0,0],[1,1],[0,1],[1,0],[0,0]]]}}", "{\"type\":\"GeoProperty\",\"value\":{\"type\":\"GeometryCollection\",\"geometries\":[]}}",
        "{\"type\":\"GeoProperty\",\"value\":{\"type\":\"GeometryCollection\",\"geometries\":[{\"type\":\"Point\",\"coordinates\":[1,1]},{\"type\":\"GeometryCollection\",\"geometries\":[]}]}}",
        "{\"type\":\"GeoProperty\",\"value\":{\"type\":\"MultiPolygon\",\"coordinates\":[[[[0,0],[1,1],[0,1],[0,0]]],[[[0,0],[2,2],[0,2],[0,0]]]]}}", "{\"type\":\"GeoProperty\",\"value\":{\"type\":\"LineString\",\"coordinates\":[[1,1],[1,1]]}}",
        "{\"type\":\"GeoProperty\",\"value\":{\"type\":\"Polygon\",\"coordinates\":[[[0,0],[0,0],[0,0],[0,0]]]}}", "{\"type\":\"GeoProperty\",\"value\":{\"type\":\"MultiPoint\",\"coordinates\":[[179.99,89.9],[-180,-90]]}}", "{\"type\":\"GeoProperty\",\"value\":\"{\\\"type\\\":\\\"Point\\\",\\\"coordinates\\\":[1,\\\"\\\\ud800\\\"]}\"}",
        "{\"type\":\"GeoProperty\",\"value\":{\"type\":\"Point\",\"coordinates\":[1,1],\"bbox\":[1e999]}}", "{\"type\":\"LanguageProperty\",\"languageMap\":{}}", "{\"type\":\"LanguageProperty\",\"languageMap\":{\"ko\":[],\"\":\"\",\"\\ud800\":\"x\"}}", "{\"type\":\"LanguageProperty\",\"languageMap\":{\"ko\":[1,{}]}}",
        "{\"type\":\"VocabProperty\",\"vocab\":[\"\",\":\",\"a:b:c\"]}", "{\"type\":\"VocabProperty\",\"vocab\":\"\\ud800\"}", "{\"type\":\"ListProperty\",\"valueList\":[]}", "{\"type\":\"ListRelationship\",\"objectList\":[{\"object\":\"\\udfff\"}]}", "{\"type\":\"JsonProperty\",\"json\":null}", "{\"type\":\"JsonProperty\",\"json\":\"\\ud800\"}",
        "{\"value\":1,\"unitCode\":5}", "{\"value\":1,\"unitCode\":\"\\ud800\"}", "{\"value\":1,\"datasetId\":\"x\"}", "{\"value\":1,\"datasetId\":\"urn:\\ud800\"}", "{\"value\":1,\"datasetId\":null}", "{\"value\":1,\"observedAt\":\"\\ud800\"}", "{\"value\":1,\"expiresAt\":\"2000-01-01T00:00:00Z\"}",
        "[{\"value\":1},{\"value\":2}]", "[{\"value\":1,\"datasetId\":\"urn:a:b\"},{\"value\":2,\"datasetId\":\"urn:a:b\"}]", "[{\"value\":1},{\"value\":2,\"observedAt\":\"2026-01-01T00:00:00Z\"}]", "{\"@value\":1}", "{\"@value\":\"x\",\"@type\":\"DateTime\"}", "{\"value\":{\"@value\":{}}}",
        "{\"value\":1e999}", "{\"value\":[1e999,-1e999]}", "{\"value\":-1e308}", "{\"value\":" + AlmostDeepArray + "}", "{\"value\":\"\\ud800\"}", "{\"value\":{\"\\ud800\":1}}", "{\"object\":[]}", "{\"object\":\"urn:a:\\ud800\"}", "{\"object\":\"urn:a:b\",\"objectType\":\"\\ud800\"}",
    ];

    /// <summary>Member names in place of another.</summary>
    public static readonly string[] Keys =
    [
        "\"id\"", "\"type\"", "\"@id\"", "\"@type\"", "\"@context\"", "\"@graph\"", "\"value\"", "\"object\"", "\"observedAt\"", "\"datasetId\"", "\"unitCode\"", "\"expiresAt\"", "\"scope\"", "\"\"", "\"\\ud800\"", "\"a b\"", "\"a\\u0000b\"", "\"__proto__\"",
        "\"$ref\"", "\"speed\"", "\"marker\"", "\"https://uri.etsi.org/ngsi-ld/default-context/speed\"", "\"ngsi-ld:speed\"", "\"geojson:Point\"", "\":\"", "\"a:\"", "\":a\"", "\"createdAt\"", "\"modifiedAt\"", "\"deletedAt\"", "\"instanceId\"", "\"languageMap\"", "\"coordinates\"",
        "\"" + new string('k', 3_000) + "\"", "\"speed\\u0041\"", "\"가나다\"", "\"é\"", "\"type\\u0020\"", "'x'", "speed",
    ];

    /// <summary>@contexts that cannot be had, or are none.</summary>
    public static readonly string[] Contexts =
    [
        "\"http://127.0.0.1:9/none.jsonld\"", "\"http://localhost/none.jsonld\"", "\"http://169.254.169.254/latest\"", "\"http://[::1]/x\"", "\"http://10.0.0.1/x\"", "\"ftp://example.org/x\"", "\"file:///etc/passwd\"", "\"not a url\"", "\"\"", "5", "true", "[[[[]]]]", "[null]", "null", "{\"@vocab\":5}",
        "{\"@vocab\":\"\\ud800\"}", "{\"a\":\"b\",\"b\":\"a\"}", "{\"a\":\"a:x\"}", "{\"a\":\"b:x\",\"b\":\"a:y\"}", "{\"speed\":5}", "{\"speed\":{\"@id\":5}}", "{\"speed\":{\"@id\":\"\\ud800\"}}", "{\"\\ud800\":\"http://a/b\"}", "{\"speed\":\"@id\"}", "{\"speed\":\"@type\"}", "{\"speed\":\"\"}", "{\"\":\"http://a/\"}",
        "{\"speed\":{\"@id\":\"urn:x y\"}}", "[\"https://uri.etsi.org/ngsi-ld/v1/ngsi-ld-core-context.jsonld\",{\"speed\":\"x:y\",\"x\":\"http://x/\"}]", "{\"@base\":\"http://x/\",\"speed\":\"rel\"}", "{\"@vocab\":\"\"}", "{\"@import\":\"http://127.0.0.1:9/\"}", "{\"speed\":\"marker\",\"marker\":\"speed\"}", "{\"marker\":\"http://x/s\",\"speed\":\"http://x/s\"}",
    ];

    /// <summary>Texts of parameters, paths and headers.</summary>
    public static readonly string[] Texts =
    [
        "", " ", "*", "0", "-1", "1e9", "99999999999999999999", "2147483648", "true", "false", "null", "\0", "%00", "\u202e", "'\"><script>", "urn:ngsi-ld:null", "a,b,,c", ",", ";", "|", "(", ")", "((((((((((", "[", "]", "[]", "[[]]", "a[", "a]b[", "a[]", "a[b]c", ".", "..", "a..b", ".a", "a.", "==", "a==", "==a", "a===1", "a!1", "a~=", "a~=(",
        "a~=[", "a~=(a+)+$", "a~=(?<=x)y", "a~=\\p{L}{1000}{1000}", "a~=a{2147483647}", "a==1e999", "a==\"", "a==\"\\", "a==1..", "a==..1", "a==1..\"x\"", "a==\"x\"..1", "a==1,2..3", "a>1,2", "a>1..2", "(a==1", "a==1)", "a==1;", ";a==1", "a==1|", "a==1||b==2", "a==2026-13-45", "a==2026-01-01", "a==12:00", "a==urn:x:y", "a==-", "a==+", "a==\ud83d\ude00",
        "id==\"urn:ngsi-ld:Road:1-1\"", "type==\"Road\"", "createdAt>2020-01-01T00:00:00Z", "speed.createdAt>2020-01-01T00:00:00Z", "speed.a.b.c.d.e.f==1", "note[a.b.c][d]==1", "name[*]==\"중구\"", "levels==1", "levels~=\"x\"", "location==1", "category==\"road\"", "near.speed==1", "near{speed}==1", "https://a.b/c==1", "speed[value]==1",
        "near", "near;", "near;maxDistance", "near;maxDistance==", "near;maxDistance==-1", "near;maxDistance==1e999", "near;maxDistance==NaN", "near;maxDistance==1;minDistance==2", "near;maxDistance==1e300", "nearby", "within", "overlaps", "Point", "Polygon", "GeometryCollection", "Circle", "point", "[1,2]", "[181,0]", "[1e999,0]", "[1]", "[[0,0],[1,1]]", "[[[0,0],[1,1],[1,0],[0,0]]]", "[[[0,0],[1,1],[0,1],[1,0],[0,0]]]", "[1,2],\"x\":1", "1,2", "[[[180,90],[-180,-90],[180,-90],[180,90]]]",
        "[[[0,0],[0,0],[0,0],[0,0]]]", "/", "//", "/a//b", "/#", "/#/a", "/+", "a/b", "/대구/#", "2026-01-01T00:00:00Z", "2026-01-01", "2026-01-01T00:00:00", "9999-12-31T23:59:59.9999999Z", "0001-01-01T00:00:00Z", "0001-01-01T00:00:00+01:00", "before", "after", "between", "observedAt", "deletedAt", "PT5M", "P1M", "P0D", "PT0S", "P", "PT", "P-1D", "-P1D", "P1Y2M3DT4H", "P99999999999Y", "PT0.0000001S", "PT1S", "P1W", "P1.5M", "P2147483647M",
        "avg", "avg,avg", "median", "keyValues", "sysAttrs,", "temporalValues", "aggregatedValues", "temporalValues,aggregatedValues", "noOverwrite", "speed;desc", "speed;up", "speed;desc;x", "location", "name[ko]", "speed,,marker", "ko", "ko;q=", "ko;q=x", "*;q=0.1", ";q=1", "@none", "urn:ngsi-ld:Dataset:a,@none", "x", "가나다", "\ud83d\ude00", "a\r\nb",
    ];

    public static readonly string[] MediaTypes =
    [
        "application/json", "application/ld+json", "application/geo+json", "application/merge-patch+json", "text/plain", "application/xml", "*/*", "application/*", "text/html", "", "json", "application/json; charset=utf-16", "application/json;;;", "application/ld+json;q=0", "application/json;q=0.1, application/ld+json;q=0.9", "application/json;q=x", ",", ";", "multipart/form-data", "application/x-www-form-urlencoded", "application/JSON",
        "application/ld+json; profile=\"http://a\"",
    ];

    public static readonly string[] Links =
    [
        "<http://127.0.0.1:9/none.jsonld>; rel=\"http://www.w3.org/ns/json-ld#context\"; type=\"application/ld+json\"", "> <; rel=\"http://www.w3.org/ns/json-ld#context\"", "<>; rel=\"http://www.w3.org/ns/json-ld#context\"", "<https://uri.etsi.org/ngsi-ld/v1/ngsi-ld-core-context-v1.8.jsonld>; rel=\"http://www.w3.org/ns/json-ld#context\"",
        "http://www.w3.org/ns/json-ld#context", "<a>; rel=http://www.w3.org/ns/json-ld#context", "<http://a>; rel=\"http://www.w3.org/ns/json-ld#context\",<http://b>; rel=\"http://www.w3.org/ns/json-ld#context\"", "<<<>>>", ">", "<", "<x>; rel=next", ",<,<,<", "<file:///etc/passwd>; rel=\"http://www.w3.org/ns/json-ld#context\"",
    ];

    public static readonly string[] Tenants = ["a", "stadt-1", "A", "..", "../x", "a/b", "a b", "대구", new string('t', 51), new string('t', 50), "_", "-", "", "%00", "city", "con", "a.db", "a;b", "null"];

    public static readonly string[] Paths =
    [
        "/entities/", "/entities/x", "/entities/urn", "/entities/urn:", "/entities/:a", "/entities/urn:a%20b", "/entities/urn:%7Bx%7D", "/entities/urn:a:%E0%A4%A", "/entities/urn:a:%FF%FE", "/entities/urn:a:%C3%28", "/entities/%2e%2e%2f%2e%2e", "/entities/urn:a:..%2f..", "/entities/urn:a:%F0%9F%98%80", "/entities/urn:a:%ED%A0%80",
        "/entities/urn:ngsi-ld:Road:0-1/attrs", "/entities/urn:ngsi-ld:Road:0-1/attrs/", "/entities/urn:ngsi-ld:Road:0-1/attrs/%20", "/entities/urn:ngsi-ld:Road:0-1/attrs/%7B%7D", "/entities/urn:ngsi-ld:Road:0-1/attrs/type", "/entities/urn:ngsi-ld:Road:0-1/attrs/id", "/entities/urn:ngsi-ld:Road:0-1/attrs/@context", "/entities/urn:ngsi-ld:Road:0-1/attrs/scope", "/entities/urn:ngsi-ld:Road:0-1/attrs/https:%2F%2Fa%2Fb", "/entities/urn:ngsi-ld:Road:0-1/attrs/speed/x",
        "/entityOperations", "/entityOperations/", "/entityOperations/purge", "/temporal", "/temporal/entities/x/attrs", "/temporal/entityOperations/query", "/types/", "/types/%00", "/types/a%2Fb", "/attributes/%FF", "/attributes/http:%2F%2Fx%2F%ED%A0%80", "/subscriptions", "/csourceRegistrations", "/jsonldContexts", "/", "", "/info/sourceIdentity", "/entities;x=1", "/entities/urn:a:b?", "/entities/%",
    ];
}
