namespace Dalgu.Store.Postgres;

/// <summary>The statements about states that are written once with their history: of such a state, the row of the entity has the beginning alone, and
/// <c>history_time</c>; the rest is the body of the history row of the same change. None of them is sent on Citus, where the two tables lie apart by
/// different columns: there each state has all of its body.</summary>
internal static class SharedBodies
{
    private const string Row = "h.tenant = e.tenant AND h.key = e.key AND h.time = e.history_time AND h.seq = e.seq";

    /// <summary>The end of the body of the entity <c>e</c>; null where its row has all of it.</summary>
    public const string End = $"(SELECT h.body FROM history h WHERE {Row})";

    /// <summary>The ends of many bodies by key, time and change; $5 and $6 are the first and the last of the times, so that other partitions are left alone.</summary>
    public const string Ends = "SELECT h.seq, h.body FROM unnest($2::bigint[], $3::bigint[], $4::bigint[]) AS u(key, time, seq) CROSS JOIN LATERAL (SELECT seq, body FROM history WHERE tenant = $1 AND key = u.key AND time = u.time AND seq = u.seq AND time BETWEEN $5 AND $6 LIMIT 1) h";

    /// <summary>Takes away the rows of entities that become short, before they are written again: updated in their place, they would lie as far apart as they were long.</summary>
    public const string Move = "DELETE FROM entity WHERE tenant = $1 AND id = ANY ($2)";

    /// <summary>Gives entities all of their bodies, before history rows of theirs go.</summary>
    public const string Part = $"UPDATE entity e SET body = e.body || h.body, history_time = NULL FROM history h WHERE e.tenant = $1 AND e.id = ANY ($2) AND h.tenant = $1 AND {Row}";

    /// <summary>Yields an id for each state whose history row is not there.</summary>
    public const string Check = $"SELECT e.id FROM entity e WHERE e.tenant = $1 AND e.history_time IS NOT NULL AND NOT EXISTS (SELECT 1 FROM history h WHERE {Row}) ORDER BY e.id LIMIT 100";
}
