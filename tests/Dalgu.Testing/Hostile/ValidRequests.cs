using System.Globalization;
using System.Text;

namespace Dalgu.Testing.Hostile;

/// <summary>Valid requests over every operation of NGSI-LD that the hub offers, on a small stock of entities, so that writes meet each other.</summary>
public static class ValidRequests
{
    private static readonly string[] Types = ["Road", "AirSensor", "Building"];
    private static readonly string[] Attributes = ["speed", "name", "location", "marker", "near", "category", "levels", "note"];

    private static readonly string[] Filters =
    [
        "speed>50", "speed==10..60", "name==\"중구\",\"Dalseo\"", "name~=\"^M.*\"", "(speed>1;name!=\"x\")|marker", "speed.observedAt>=2026-01-01T00:00:00Z",
        "note[street][no]==3", "location", "category==\"road\"", "speed!~=\"a\"", "near==\"urn:ngsi-ld:Road:0-1\"",
    ];

    private static readonly (string Relation, string Geometry, string Coordinates)[] Places =
    [
        ("near;maxDistance==2000", "Point", "[128.6,35.87]"), ("near;minDistance==100", "Point", "[128.6,35.87]"),
        ("within", "Polygon", "[[[128,35],[129,35],[129,36],[128,36],[128,35]]]"), ("intersects", "LineString", "[[128,35],[129,36]]"),
        ("disjoint", "Polygon", "[[[0,0],[1,0],[1,1],[0,0]]]"), ("equals", "Point", "[128.6,35.87]"), ("contains", "Point", "[128.6,35.87]"), ("overlaps", "Polygon", "[[[128,35],[129,35],[129,36],[128,35]]]"),
    ];

    /// <summary>A text that names the request of a number. The digits behind the dash check the others: a bent marker must not name another request.</summary>
    public static string MarkerOf(int number) => string.Create(CultureInfo.InvariantCulture, $"mk{number}-{(uint)number * 2654435761u:x8}km");

    /// <summary>The number of the request that a marker names.</summary>
    public static int NumberOf(string marker) => int.Parse(marker[2..marker.IndexOf('-', StringComparison.Ordinal)], CultureInfo.InvariantCulture);

    /// <summary>The next request of a stream.</summary>
    /// <param name="random">The stream's randomness.</param>
    /// <param name="number">The request's number, which makes its marker.</param>
    public static HostileRequest Next(Random random, int number)
    {
        var marker = MarkerOf(number);
        var id = Id(random);
        var escaped = Uri.EscapeDataString(id);
        return random.Next(26) switch
        {
            0 or 1 or 2 => Write("POST", "/entities", Entity(random, id, marker), marker),
            3 => Write("PUT", $"/entities/{escaped}", Entity(random, id, marker), marker),
            4 or 5 => Write("PATCH", $"/entities/{escaped}", Fragment(random, marker), marker),
            6 => Write("POST", $"/entities/{escaped}/attrs", Fragment(random, marker), marker, random.Next(3) == 0 ? [("options", "noOverwrite")] : []),
            7 => Write("PATCH", $"/entities/{escaped}/attrs", Fragment(random, marker), marker),
            8 => Write("PATCH", $"/entities/{escaped}/attrs/marker", "{\"type\":\"Property\",\"value\":\"" + marker + "\"}", marker),
            9 => Write("PUT", $"/entities/{escaped}/attrs/marker", "{\"type\":\"Property\",\"value\":\"" + marker + "\"}", marker),
            10 => new() { Method = "DELETE", Path = $"/entities/{escaped}/attrs/{Pick(random, Attributes)}", Query = random.Next(2) == 0 ? [("deleteAll", "true")] : [] },
            11 => new() { Method = "DELETE", Path = $"/entities/{escaped}" },
            12 => Write("POST", "/entityOperations/create", Batch(random, marker), marker),
            13 => Write("POST", "/entityOperations/upsert", Batch(random, marker), marker, random.Next(2) == 0 ? [("options", "update")] : []),
            14 => Write("POST", "/entityOperations/update", Batch(random, marker), marker),
            15 => Write("POST", "/entityOperations/merge", Batch(random, marker), marker),
            16 => Write("POST", "/entityOperations/delete", $"[\"{Id(random)}\",\"{Id(random)}\"]", null),
            17 => Write("POST", "/entityOperations/query", QueryBody(random), null),
            18 or 19 => new() { Method = random.Next(9) == 0 ? "HEAD" : "GET", Path = $"/entities/{escaped}", Query = Form(random) },
            20 or 21 => new() { Method = "GET", Path = "/entities", Query = [.. Select(random), .. Form(random), .. Page(random)] },
            22 => new() { Method = "GET", Path = "/temporal/entities", Query = [.. Select(random), .. Time(random, isQuery: true)] },
            23 => new() { Method = "GET", Path = $"/temporal/entities/{escaped}", Query = Time(random) },
            24 => new() { Method = "GET", Path = random.Next(2) == 0 ? "/types" : "/types/" + Pick(random, Types), Query = [] },
            _ => new() { Method = "GET", Path = random.Next(2) == 0 ? "/attributes" : "/attributes/" + Pick(random, Attributes), Query = [] },
        };
    }

    private static string Id(Random random) => $"urn:ngsi-ld:Road:{random.Next(4)}-{random.Next(60)}";

    private static T Pick<T>(Random random, IReadOnlyList<T> from) => from[random.Next(from.Count)];

    private static HostileRequest Write(string method, string path, string body, string? marker, List<(string, string)>? query = null) => new()
    {
        Method = method, Path = path, Body = Encoding.UTF8.GetBytes(body), Marker = marker, Query = query ?? [], Headers = [("Content-Type", body.Contains("@context", StringComparison.Ordinal) ? "application/ld+json" : "application/json")],
    };

    private static string Entity(Random random, string id, string marker)
    {
        var context = random.Next(6) == 0 ? ",\"@context\":{\"speed\":\"https://example.org/speed\",\"ex\":\"https://example.org/\"}" : "";
        return $"{{\"id\":\"{id}\",\"type\":\"{Pick(random, Types)}\",{Members(random, marker)}{context}}}";
    }

    private static string Fragment(Random random, string marker) => $"{{{Members(random, marker)}}}";

    private static string Members(Random random, string marker)
    {
        var number = (random.Next(2000) / 10.0).ToString(CultureInfo.InvariantCulture);
        var members = new List<string> { $"\"marker\":{{\"type\":\"Property\",\"value\":\"{marker}\"}}" };
        if (random.Next(2) == 0) members.Add($"\"speed\":{{\"type\":\"Property\",\"value\":{number},\"unitCode\":\"KMH\",\"observedAt\":\"2026-0{random.Next(1, 10)}-1{random.Next(10)}T08:30:00Z\",\"accuracy\":{{\"type\":\"Property\",\"value\":0.5}}}}");
        if (random.Next(2) == 0) members.Add($"\"location\":{{\"type\":\"GeoProperty\",\"value\":{{\"type\":\"Point\",\"coordinates\":[128.{random.Next(1000)},35.{random.Next(1000)}]}}}}");
        if (random.Next(3) == 0) members.Add("\"name\":{\"type\":\"LanguageProperty\",\"languageMap\":{\"ko\":\"중구\",\"en\":\"Jung-gu\"}}");
        if (random.Next(3) == 0) members.Add($"\"near\":{{\"type\":\"Relationship\",\"object\":\"{Id(random)}\",\"objectType\":\"Road\"}}");
        if (random.Next(4) == 0) members.Add("\"category\":{\"type\":\"VocabProperty\",\"vocab\":[\"road\",\"street\"]}");
        if (random.Next(4) == 0) members.Add("\"levels\":{\"type\":\"ListProperty\",\"valueList\":[1,2.5,\"x\",{\"a\":[true]}]}");
        if (random.Next(4) == 0) members.Add("\"note\":{\"type\":\"JsonProperty\",\"json\":{\"street\":{\"no\":3},\"list\":[1,null]}}");
        if (random.Next(5) == 0) members.Add("\"flow\":[{\"type\":\"Property\",\"value\":1,\"datasetId\":\"urn:ngsi-ld:Dataset:a\"},{\"type\":\"Property\",\"value\":2}]");
        if (random.Next(6) == 0) members.Add("\"scope\":[\"/대구/중구\",\"/시험\"]");
        if (random.Next(6) == 0) members.Add("\"area\":{\"type\":\"GeoProperty\",\"value\":{\"type\":\"Polygon\",\"coordinates\":[[[128,35],[129,35],[129,36],[128,35]]]}}");
        return string.Join(',', members);
    }

    private static string Batch(Random random, string marker)
    {
        var ids = new HashSet<string>();
        for (var i = random.Next(1, 6); i > 0; i--) ids.Add(Id(random));
        return $"[{string.Join(',', ids.Select(id => $"{{\"id\":\"{id}\",\"type\":\"Road\",{Members(random, marker)}}}"))}]";
    }

    private static string QueryBody(Random random)
    {
        var (relation, geometry, coordinates) = Pick(random, Places);
        return random.Next(3) switch
        {
            0 => $"{{\"type\":\"Query\",\"entities\":[{{\"type\":\"{Pick(random, Types)}\"}},{{\"type\":\"*\",\"idPattern\":\"^urn:.*:1-.*\"}}],\"attrs\":[\"speed\",\"name\"]}}",
            1 => $"{{\"type\":\"Query\",\"entities\":[{{\"id\":[\"{Id(random)}\"],\"type\":\"Road|Building\"}}],\"q\":\"speed>50\",\"scopeQ\":\"/대구/#\"}}",
            _ => $"{{\"type\":\"Query\",\"geoQ\":{{\"georel\":\"{relation}\",\"geometry\":\"{geometry}\",\"coordinates\":{coordinates},\"geoproperty\":\"location\"}}}}",
        };
    }

    private static List<(string, string)> Select(Random random)
    {
        var query = new List<(string, string)>();
        if (random.Next(3) > 0) query.Add(("type", Pick(random, (string[])["Road", "Road,Building", "(Road|AirSensor);Building", "*"])));
        if (random.Next(3) == 0) query.Add(("q", Pick(random, Filters)));
        if (random.Next(6) == 0) query.Add(("scopeQ", Pick(random, (string[])["/대구/#", "/+/중구", "/대구/중구;/시험"])));
        if (random.Next(6) == 0) query.Add(("idPattern", "^urn:ngsi-ld:Road:[0-2]-.*$"));
        if (random.Next(4) == 0 || !query.Exists(q => q.Item1 is "type" or "q"))
        {
            var (relation, geometry, coordinates) = Pick(random, Places);
            query.AddRange([("georel", relation), ("geometry", geometry), ("coordinates", coordinates)]);
            if (random.Next(3) == 0) query.Add(("geoproperty", "area"));
        }
        return query;
    }

    private static List<(string, string)> Form(Random random)
    {
        var query = new List<(string, string)>();
        if (random.Next(2) == 0) query.Add(("options", Pick(random, (string[])["keyValues", "sysAttrs", "concise", "concise,sysAttrs", "normalized"])));
        if (random.Next(4) == 0) query.Add(("pick", "id,type,speed"));
        if (random.Next(5) == 0) query.Add(("omit", "name"));
        if (random.Next(5) == 0) query.Add(("lang", "ko;q=0.5,en"));
        return query;
    }

    private static List<(string, string)> Page(Random random)
    {
        var query = new List<(string, string)>();
        if (random.Next(2) == 0) query.Add(("limit", random.Next(1, 50).ToString(CultureInfo.InvariantCulture)));
        if (random.Next(3) == 0) query.Add(("offset", random.Next(30).ToString(CultureInfo.InvariantCulture)));
        if (random.Next(3) == 0) query.Add(("count", "true"));
        if (random.Next(4) == 0) query.Add(("orderBy", Pick(random, (string[])["speed;desc,marker", "location", "name[ko]", "modifiedAt;desc"])));
        return query;
    }

    private static List<(string, string)> Time(Random random, bool isQuery = false)
    {
        var query = new List<(string, string)>();
        switch (random.Next(4))
        {
            case 0: query.AddRange([("timerel", "between"), ("timeAt", "2026-01-01T00:00:00Z"), ("endTimeAt", "2026-12-31T00:00:00Z")]); break;
            case 1: query.AddRange([("timerel", "after"), ("timeAt", "2020-01-01T00:00:00Z"), ("timeproperty", "modifiedAt")]); break;
            case 2: query.AddRange([("options", "aggregatedValues"), ("aggrMethods", "avg,max,min,sum,stddev,sumsq,totalCount,distinctCount"), ("aggrPeriodDuration", Pick(random, (string[])["P1D", "P1M", "PT0S", "P1Y", "PT5M"]))]); break;
            default: query.Add(("options", "temporalValues")); break;
        }
        if (isQuery && !query.Exists(p => p.Item1 == "timerel")) query.AddRange([("timerel", "before"), ("timeAt", "2099-01-01T00:00:00Z")]); // clause 5.7.4.3
        if (random.Next(3) == 0) query.Add(("lastN", "5"));
        if (random.Next(3) == 0) query.Add(("attrs", "speed,marker"));
        return query;
    }
}
