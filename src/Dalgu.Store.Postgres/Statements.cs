namespace Dalgu.Store.Postgres;

/// <summary>Every statement that the store sends while it works. Each is one that Citus routes to a shard, fans out, or carries out through the
/// coordinator, which a test holds against its documented limits.</summary>
/// <param name="hasPostgis">True where places are PostGIS geometries; else they are boxes of PostgreSQL's own.</param>
/// <param name="locks">The locks of the schema.</param>
internal sealed class Statements(bool hasPostgis, Locks locks)
{
    /// <summary>How many rows the first page of an enumeration has, and the others.</summary>
    public const int FirstPage = 64, NextPage = 1_000;

    /// <summary>More rows of cells of a grid than this are asked for as one band.</summary>
    private const int MaxCellRows = 64;

    private const string EntityColumns = "e.key, e.id, e.gone, e.seq, e.body, e.history_time";

    /// <summary>The same with the end of the body that lies in history, where there is one: on Citus, where the two tables are apart, there is none.</summary>
    private static string WholeColumns(bool onCitus) => "e.key, e.id, e.gone, e.seq, e.body, " + (onCitus ? "NULL::bytea" : SharedBodies.End);

    public const string AuditColumns = "number, at, who, action, target, first_seq, last_seq, content, hash";

    // What a commit writes. $1 is the tenant everywhere.
    /// <summary>Moves the head on from the version that this node knows. Where another node has moved it, the new version is null, which the
    /// table refuses: the transaction ends, and the chain cannot fork.</summary>
    public const string MoveHead = "UPDATE head SET version = CASE WHEN version = $2 THEN version + 1 END, token = $3, last_key = greatest(last_key, $4), last_seq = greatest(last_seq, $5), history_rows = history_rows + $6 WHERE tenant = $1";
    public const string AddNames = "INSERT INTO name (tenant, number, name) SELECT $1, u.number, u.name FROM unnest($2::int[], $3::text[]) AS u(number, name)";
    public const string PutEntities = "INSERT INTO entity (tenant, key, seq, gone, id, history_time, body) SELECT $1, u.key, u.seq, u.gone, u.id, u.history_time, u.body FROM unnest($2::bigint[], $3::bigint[], $4::boolean[], $5::text[], $6::bigint[], $7::bytea[]) AS u(key, seq, gone, id, history_time, body) ON CONFLICT (tenant, id) DO UPDATE SET seq = excluded.seq, gone = excluded.gone, history_time = excluded.history_time, body = excluded.body";
    public const string DropTypes = "DELETE FROM entity_type WHERE tenant = $1 AND type = $2 AND gone = $3 AND id = ANY ($4)";
    public const string AddTypes = "INSERT INTO entity_type (tenant, type, gone, id) SELECT $1, u.type, u.gone, u.id FROM unnest($2::int[], $3::boolean[], $4::text[]) AS u(type, gone, id) ON CONFLICT (tenant, type, gone, id) DO NOTHING";
    public const string DropPlaces = "DELETE FROM place WHERE tenant = $1 AND id = ANY ($2)";
    public string PutPlaces { get; } = $"INSERT INTO place (tenant, cell, id, box) SELECT $1, u.cell, u.id, {(hasPostgis ? "ST_MakeEnvelope(u.a, u.b, u.c, u.d, 4326)" : "box(point(u.a, u.b), point(u.c, u.d))")} FROM unnest($2::bigint[], $3::text[], $4::float8[], $5::float8[], $6::float8[], $7::float8[]) AS u(cell, id, a, b, c, d) ON CONFLICT (tenant, id) DO UPDATE SET cell = excluded.cell, box = excluded.box";
    public const string CountErased = "SELECT count(*) FROM history WHERE tenant = $1 AND key = ANY ($2)";
    public const string EraseHistories = "DELETE FROM history WHERE tenant = $1 AND key = ANY ($2)";
    public const string DropHistoryRow = "DELETE FROM history WHERE tenant = $1 AND key = $2 AND time = $3 AND seq = $4";
    public const string AddHistory = "INSERT INTO history (tenant, key, time, seq, recorded, of_state, body) SELECT $1, u.key, u.time, u.seq, u.recorded, u.of_state, u.body FROM unnest($2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[], $6::boolean[], $7::bytea[]) AS u(key, time, seq, recorded, of_state, body)";
    /// <summary>The same rows as a stream of PostgreSQL's binary form.</summary>
    public const string CopyHistory = "COPY history (tenant, key, time, seq, recorded, of_state, body) FROM STDIN (FORMAT binary)";
    public const string PruneOutbox = "DELETE FROM outbox WHERE tenant = $1 AND first_seq <= $2";
    public const string OutboxAcross = "SELECT body FROM outbox WHERE tenant = $1 AND first_seq <= $2 AND last_seq > $2 AND first_seq > $3";
    public const string AddOutbox = "INSERT INTO outbox (tenant, first_seq, last_seq, body) SELECT $1, u.first_seq, u.last_seq, u.body FROM unnest($2::bigint[], $3::bigint[], $4::bytea[]) AS u(first_seq, last_seq, body)";
    public const string AddAudit = "INSERT INTO audit (tenant, number, at, first_seq, last_seq, who, action, target, content, hash) SELECT $1, u.number, u.at, u.first_seq, u.last_seq, u.who, u.action, u.target, u.content, u.hash FROM unnest($2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[], $6::text[], $7::text[], $8::text[], $9::bytea[], $10::bytea[]) AS u(number, at, first_seq, last_seq, who, action, target, content, hash)";
    public const string PutDocuments = "INSERT INTO document (tenant, version, collection, id, body) SELECT $1, $2, u.collection, u.id, u.body FROM unnest($3::text[], $4::text[], $5::bytea[]) AS u(collection, id, body) ON CONFLICT (tenant, collection, id) DO UPDATE SET version = excluded.version, body = excluded.body";
    public const string MoveCensus = "INSERT INTO census (tenant, type, attribute, kind, count) SELECT $1, u.type, u.attribute, u.kind, u.count FROM unnest($2::int[], $3::int[], $4::smallint[], $5::bigint[]) AS u(type, attribute, kind, count) ON CONFLICT (tenant, type, attribute, kind) DO UPDATE SET count = census.count + excluded.count";

    // The writer's turn.
    public string TryTurn { get; } = $"SELECT pg_try_advisory_lock({locks.Turn}, $1)";
    public string AwaitTurn { get; } = $"SELECT pg_advisory_lock({locks.Turn}, $1)";
    public string EndTurn { get; } = $"SELECT pg_advisory_unlock({locks.Turn}, $1)";
    /// <summary>Held by a commit until it is one on every worker too: only then is the lock of a transaction given back.</summary>
    public string HoldCommit { get; } = $"SELECT pg_advisory_xact_lock({locks.Commit}, $1)";
    public string AwaitCommit { get; } = $"SELECT pg_advisory_xact_lock_shared({locks.Commit}, $1)";
    public const string Recover = "SELECT recover_prepared_transactions()";
    public const string Notify = "SELECT pg_notify($1, $2)";
    public const string DocumentsSince = "SELECT collection, id, body FROM document WHERE tenant = $1 AND version > $2 ORDER BY version, collection, id";

    // What opens a tenant.
    public const string AddTenant = "INSERT INTO tenant (name) VALUES ($1) ON CONFLICT (name) DO NOTHING";
    public const string FindTenant = "SELECT number FROM tenant WHERE name = $1";
    public const string Tenants = "SELECT name FROM tenant ORDER BY name";
    public const string AddHead = "INSERT INTO head (tenant, version, token, last_key, last_seq, history_rows) VALUES ($1, 0, 0, 0, 0, 0) ON CONFLICT (tenant) DO NOTHING";
    public const string Head = "SELECT version, token, last_key, last_seq FROM head WHERE tenant = $1";
    /// <summary>The head, once no transaction holds it any more.</summary>
    public const string LockHead = "SELECT version, token FROM head WHERE tenant = $1 FOR UPDATE";
    public const string Names = "SELECT number, name FROM name WHERE tenant = $1 AND number > $2 ORDER BY number";
    public const string Rename = "UPDATE name SET name = u.name FROM unnest($2::int[], $3::text[]) AS u(number, name) WHERE name.tenant = $1 AND name.number = u.number";
    public const string LastAudit = $"SELECT {AuditColumns} FROM audit WHERE tenant = $1 ORDER BY number DESC LIMIT 1";

    // What reads.
    /// <summary>The state of one entity, whole.</summary>
    public static string Read(bool onCitus) => $"SELECT {WholeColumns(onCitus)} FROM entity e WHERE e.tenant = $1 AND e.id = $2";
    public const string KeyOf = "SELECT e.key, e.seq FROM entity e WHERE e.tenant = $1 AND e.id = $2";
    public const string IdsOfType = "SELECT id FROM entity_type WHERE tenant = $1 AND type = $2 AND gone = $3 AND id > $4 ORDER BY id LIMIT $5";
    public const string CountType = "SELECT count(*) FROM entity_type WHERE tenant = $1 AND type = $2 AND NOT gone";
    /// <summary>The chunks that hold rows after a number ($2). None of them begins before $3.</summary>
    public const string Outbox = "SELECT body FROM outbox WHERE tenant = $1 AND last_seq > $2 AND first_seq > $3 ORDER BY first_seq LIMIT $4";
    public const string Audit = $"SELECT {AuditColumns} FROM audit WHERE tenant = $1 AND number > $2 ORDER BY number LIMIT $3";
    /// <summary>The entry that covers a change: the first that ends with it or later.</summary>
    public const string AuditOfChange = $"SELECT {AuditColumns} FROM audit WHERE tenant = $1 AND last_seq > 0 AND last_seq >= $2 ORDER BY last_seq LIMIT 1";
    public const string ChangesOfEntity = "SELECT DISTINCT seq FROM history WHERE tenant = $1 AND key = $2 AND seq < $3 ORDER BY seq DESC LIMIT 50";
    public const string Documents = "SELECT id, body FROM document WHERE tenant = $1 AND collection = $2 AND id > $3 AND body IS NOT NULL ORDER BY id LIMIT $4";
    public const string Census = "SELECT type, attribute, kind, count FROM census WHERE tenant = $1 AND count > 0";
    /// <summary>Counts of a tenant, and the bytes of the database: on Citus those of the workers with them, as far as they answer.</summary>
    public static string Size(bool onCitus) => $"SELECT (SELECT coalesce(sum(count), 0)::bigint FROM census WHERE tenant = $1 AND attribute = 0), (SELECT history_rows FROM head WHERE tenant = $1), pg_database_size(current_database()){(onCitus ? " + " + OnWorkers : "")}";
    private const string OnWorkers = "(SELECT coalesce(sum(result::bigint), 0)::bigint FROM run_command_on_workers('SELECT pg_database_size(current_database())') WHERE success)";
    public const string OutboxSize = "SELECT coalesce(max(last_seq) - min(first_seq) + 1, 0)::bigint FROM outbox WHERE tenant = $1";

    /// <summary>The states of many entities, which Citus gives in the order of their ids. Elsewhere each is looked up in the index by itself: of a table without statistics the planner
    /// takes a thousand ids for more than there are, and reads all of the tenant.</summary>
    public static string ReadMany(bool onCitus) => onCitus
        ? $"SELECT {EntityColumns} FROM entity e WHERE e.tenant = $1 AND e.id = ANY ($2) ORDER BY e.id"
        : $"SELECT {EntityColumns} FROM unnest($2::text[]) AS u(id) CROSS JOIN LATERAL (SELECT * FROM entity WHERE tenant = $1 AND id = u.id LIMIT 1) e";

    /// <summary>The history of an entity from a time and change on (exclusive), forwards or backwards, until a time.</summary>
    public static string History(bool descending) => descending
        ? "SELECT key, time, seq, recorded, body, of_state FROM history WHERE tenant = $1 AND key = $2 AND time >= $5 AND time <= $3 AND (time, seq) < ($3, $4) ORDER BY time DESC, seq DESC LIMIT $6"
        : "SELECT key, time, seq, recorded, body, of_state FROM history WHERE tenant = $1 AND key = $2 AND time >= $3 AND time < $5 AND (time, seq) > ($3, $4) ORDER BY time, seq LIMIT $6";

    /// <summary>The edges of a place's box: west, south, east, north.</summary>
    public string Edges { get; } = hasPostgis ? "ST_XMin(p.box), ST_YMin(p.box), ST_XMax(p.box), ST_YMax(p.box)" : "(p.box[1])[0], (p.box[1])[1], (p.box[0])[0], (p.box[0])[1]";

    // What a dump reads, in the order in which it is told.
    public string DumpEntities(bool onCitus) => $"SELECT {WholeColumns(onCitus)}, t.types, {Edges} FROM entity e LEFT JOIN (SELECT id, array_agg(type ORDER BY type) AS types FROM entity_type WHERE tenant = $1 GROUP BY id) t ON t.id = e.id LEFT JOIN place p ON p.tenant = e.tenant AND p.id = e.id WHERE e.tenant = $1 ORDER BY e.id";
    public const string DumpHistory = "SELECT key, time, seq, recorded, body, of_state FROM history WHERE tenant = $1 ORDER BY key, time, seq";
    public const string DumpOutbox = "SELECT body FROM outbox WHERE tenant = $1 ORDER BY first_seq";
    public const string DumpAudit = $"SELECT {AuditColumns} FROM audit WHERE tenant = $1 ORDER BY number";
    public const string DumpDocuments = "SELECT collection, id, body FROM document WHERE tenant = $1 AND body IS NOT NULL ORDER BY collection, id";

    /// <summary>What takes away all of a tenant; its name last, so that what was interrupted is found again.</summary>
    public static readonly IReadOnlyList<string> Remove =
    [
        "DELETE FROM entity WHERE tenant = $1", "DELETE FROM entity_type WHERE tenant = $1", "DELETE FROM place WHERE tenant = $1", "DELETE FROM history WHERE tenant = $1",
        "DELETE FROM outbox WHERE tenant = $1", "DELETE FROM audit WHERE tenant = $1", "DELETE FROM document WHERE tenant = $1", "DELETE FROM census WHERE tenant = $1",
        "DELETE FROM name WHERE tenant = $1", "DELETE FROM head WHERE tenant = $1", "DELETE FROM tenant WHERE number = $1",
    ];

    /// <summary>What yields an id for each contradiction between the tables, and what that means.</summary>
    public static readonly IReadOnlyList<(string Sql, string Text)> Checks =
    [
        ("SELECT e.id FROM entity e WHERE e.tenant = $1 AND NOT EXISTS (SELECT 1 FROM entity_type t WHERE t.tenant = e.tenant AND t.id = e.id AND t.gone = e.gone) ORDER BY e.id LIMIT 100", "the index of types lacks an entity"),
        ("SELECT t.id FROM entity_type t LEFT JOIN entity e ON e.tenant = t.tenant AND e.id = t.id WHERE t.tenant = $1 AND (e.id IS NULL OR e.gone AND NOT t.gone) ORDER BY t.id LIMIT 100", "the index of types has an entity that is not so"),
        ("SELECT p.id FROM place p LEFT JOIN entity e ON e.tenant = p.tenant AND e.id = p.id WHERE p.tenant = $1 AND e.id IS NULL ORDER BY p.id LIMIT 100", "the index of places has an entity that is not there"),
    ];

    /// <summary>A page of the candidates of a narrowing after an id ($2), where no place narrows; ids are $3.</summary>
    /// <param name="narrowing">What narrows.</param>
    /// <param name="size">How many rows.</param>
    public static string Page(Narrowing narrowing, int size)
    {
        var limit = $" LIMIT {size}";
        var gone = narrowing.IncludeGone ? "" : " AND NOT e.gone";
        if (narrowing.Ids is not null) return $"SELECT {EntityColumns} FROM entity e WHERE e.tenant = $1 AND e.id > $2 AND e.id = ANY ($3){gone} ORDER BY e.id{limit}";
        if (narrowing.Types is null) return $"SELECT {EntityColumns} FROM entity e WHERE e.tenant = $1 AND e.id > $2{gone} ORDER BY e.id{limit}";
        // The ids first, from the index alone: so the plan is the same whatever the statistics say. On Citus they are read by IdsOfType.
        return $"SELECT {EntityColumns} FROM {IdsOfTypes(narrowing, size)} t JOIN entity e ON e.id = t.id WHERE e.tenant = $1 ORDER BY e.id{limit}";
    }

    /// <summary>The ids of those whose box meets a box ($3 to $6), after an id ($2): what is sorted is the ids alone, and a state is read when its turn comes.</summary>
    /// <param name="box">The box.</param>
    /// <param name="size">How many; 0 for all, as a cursor reads them.</param>
    public string IdsOfPlace(in Box box, int size) => $"SELECT p.id FROM place p WHERE p.tenant = $1 AND p.id > $2 AND {Meets(box)} ORDER BY p.id{(size == 0 ? "" : $" LIMIT {size}")}";

    /// <summary>How many candidates a narrowing has; a box is $3 to $6.</summary>
    public string Count(Narrowing narrowing)
    {
        var gone = narrowing.IncludeGone ? "" : " AND NOT e.gone";
        if (narrowing.Ids is not null) return $"SELECT count(*) FROM entity e WHERE e.tenant = $1 AND e.id > $2 AND e.id = ANY ($3){gone}";
        if (narrowing.Place is { } box) return $"SELECT count(*) FROM place p JOIN entity e ON e.tenant = p.tenant AND e.id = p.id WHERE p.tenant = $1 AND p.id > $2 AND {Meets(box)}{gone}";
        if (narrowing.Types is null) return $"SELECT count(*) FROM entity e WHERE e.tenant = $1 AND e.id > $2{gone}";
        return $"SELECT count(DISTINCT id) FROM entity_type WHERE tenant = $1 AND id > $2 AND type IN ({string.Join(", ", narrowing.Types)}){(narrowing.IncludeGone ? "" : " AND NOT gone")}";
    }

    // The ranges stand in the text: only of numbers that it sees does the planner know how few rows they mean, and does not walk through all places instead.
    private string Meets(in Box box) => $"({string.Join(" OR ", PlaceCells.Ranges(box, MaxCellRows).Select(r => $"p.cell BETWEEN {r.First} AND {r.Last}"))}) AND p.box && {Edged}";

    private string Edged => hasPostgis ? "ST_MakeEnvelope($3, $4, $5, $6, 4326)" : "box(point($3, $4), point($5, $6))";

    private static string IdsOfTypes(Narrowing narrowing, int size)
    {
        var goneOrNot = narrowing.IncludeGone ? new[] { "NOT gone", "gone" } : ["NOT gone"];
        var parts = new List<string>();
        foreach (var type in narrowing.Types!)
            foreach (var gone in goneOrNot) parts.Add($"SELECT id FROM entity_type WHERE tenant = $1 AND type = {type} AND {gone} AND id > $2 ORDER BY id LIMIT {size}");
        return parts.Count == 1 ? $"({parts[0]})" : $"(SELECT id FROM ({string.Join(" UNION ", parts.Select(p => $"({p})"))}) u ORDER BY id LIMIT {size})";
    }
}
