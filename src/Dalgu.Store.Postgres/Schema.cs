namespace Dalgu.Store.Postgres;

/// <summary>The tables of a database, and how a database of an older version becomes one of this version. Every table carries the tenant.</summary>
internal static class Schema
{
    /// <summary>The version that this program writes.</summary>
    public const int Version = 3;

    /// <summary>The schema that holds the tables where the connection string names none.</summary>
    public const string Name = "dalgu";

    /// <summary>The tables that Citus spreads over its workers, each by a column of its primary key. What is asked for together lies together.</summary>
    public static readonly IReadOnlyList<(string Table, string Column, string Beside)> Distributed =
    [
        ("entity", "id", "none"), ("entity_type", "id", "entity"), ("place", "id", "entity"),
        ("history", "key", "none"), ("outbox", "first_seq", "none"), ("audit", "number", "none"),
    ];

    /// <summary>The tables that stay whole on the coordinator: small, or written by every commit.</summary>
    public static readonly IReadOnlyList<string> Local = ["tenant", "head", "name", "document", "census"];

    // The rows of entities and places have room for their next state on the same page, so that an update touches no index: what is searched by lies
    // in tables of its own, or in a cell that changes seldom. Ids compare as bytes, as everywhere in the house. A state with a history_time has only its
    // beginning here: the rest is the body of the history row of that time and its seq (SharedBodies).
    private const string Tables = """
        CREATE TABLE tenant (number int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text COLLATE "C" NOT NULL UNIQUE);
        CREATE TABLE head (tenant int PRIMARY KEY, version bigint NOT NULL, token bigint NOT NULL, last_key bigint NOT NULL, last_seq bigint NOT NULL, history_rows bigint NOT NULL) WITH (fillfactor = 20);
        CREATE TABLE name (tenant int NOT NULL, number int NOT NULL, name text COLLATE "C" NOT NULL, PRIMARY KEY (tenant, number));
        CREATE TABLE entity (tenant int NOT NULL, key bigint NOT NULL, seq bigint NOT NULL, gone boolean NOT NULL, id text COLLATE "C" NOT NULL, history_time bigint, body bytea NOT NULL, PRIMARY KEY (tenant, id)) WITH (fillfactor = 50);
        CREATE TABLE entity_type (tenant int NOT NULL, type int NOT NULL, gone boolean NOT NULL, id text COLLATE "C" NOT NULL, PRIMARY KEY (tenant, type, gone, id));
        CREATE TABLE place (tenant int NOT NULL, cell bigint NOT NULL, id text COLLATE "C" NOT NULL, box {box} NOT NULL, PRIMARY KEY (tenant, id)) WITH (fillfactor = 50);
        CREATE INDEX place_cell ON place (tenant, cell);
        CREATE TABLE history (tenant int NOT NULL, key bigint NOT NULL, time bigint NOT NULL, seq bigint NOT NULL, recorded bigint NOT NULL, of_state boolean NOT NULL, body bytea NOT NULL, PRIMARY KEY (tenant, key, time, seq)) PARTITION BY RANGE (time);
        CREATE TABLE history_other PARTITION OF history DEFAULT;
        CREATE TABLE outbox (tenant int NOT NULL, first_seq bigint NOT NULL, last_seq bigint NOT NULL, body bytea NOT NULL, PRIMARY KEY (tenant, first_seq))
            WITH (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_insert_scale_factor = 0.1);
        CREATE TABLE audit (tenant int NOT NULL, number bigint NOT NULL, at bigint NOT NULL, first_seq bigint NOT NULL, last_seq bigint NOT NULL, who text NOT NULL, action text NOT NULL, target text NOT NULL, content bytea NOT NULL, hash bytea NOT NULL, PRIMARY KEY (tenant, number));
        CREATE INDEX audit_last_seq ON audit (tenant, last_seq) WHERE last_seq > 0;
        CREATE TABLE document (tenant int NOT NULL, version bigint NOT NULL, collection text COLLATE "C" NOT NULL, id text COLLATE "C" NOT NULL, body bytea, PRIMARY KEY (tenant, collection, id));
        CREATE INDEX document_version ON document (tenant, version);
        CREATE TABLE census (tenant int NOT NULL, type int NOT NULL, attribute int NOT NULL, kind smallint NOT NULL, count bigint NOT NULL, PRIMARY KEY (tenant, type, attribute, kind)) WITH (fillfactor = 50);
        CREATE TABLE version (number int NOT NULL);
        """;

    /// <summary>What makes the tables in an empty database.</summary>
    public static string Create(bool hasPostgis) => Tables.Replace("{box}", hasPostgis ? "geometry(Polygon, 4326)" : "box", StringComparison.Ordinal) + $"\nINSERT INTO version VALUES ({Version});";

    /// <summary>What spreads the tables, or some of them, over the workers of a Citus cluster.</summary>
    public static IEnumerable<string> Distribute(string schema, params string[] only) =>
        Distributed.Where(t => only.Length == 0 || only.Contains(t.Table)).Select(t => $"SELECT create_distributed_table('{schema}.{t.Table}', '{t.Column}', colocate_with => '{(t.Beside == "none" ? "none" : $"{schema}.{t.Beside}")}')");
}
