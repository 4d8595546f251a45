using Dalgu.Hub.Audit;

namespace Dalgu.Hub.Storage;

/// <summary>What happened to an entity in one change.</summary>
public enum ChangeKind : byte
{
    /// <summary>It came to be.</summary>
    Created = 1,
    /// <summary>Attributes, types or scopes of it changed.</summary>
    Updated = 2,
    /// <summary>It ceased to be; its history stays.</summary>
    Deleted = 3,
    /// <summary>Its history was written, corrected or erased, not its present state.</summary>
    History = 4,
}

/// <summary>A smallest box of degrees around geometries, for narrowing.</summary>
public readonly record struct Box(double MinX, double MinY, double MaxX, double MaxY);

/// <summary>The new state of one entity.</summary>
/// <param name="Key">The store's number for the entity; the same for all its life, and after it.</param>
/// <param name="Id">The entity id.</param>
/// <param name="IsNew">True where the store has no row under the id.</param>
/// <param name="Gone">True where the entity is deleted: the row stays for its history.</param>
/// <param name="Types">The numbers of its type names.</param>
/// <param name="OldTypes">Those of the state before, where they differ; else null.</param>
/// <param name="WasGone">True where the state before was a deleted one.</param>
/// <param name="Place">The box around its geometries, where it has any.</param>
/// <param name="PlaceChanged">True where the box differs from the one stored.</param>
/// <param name="Seq">The change that made this state.</param>
/// <param name="Body">The entity in the stored form of <see cref="Entities.EntityCodec"/>.</param>
/// <param name="IsRecorded">True where a history row of the same change is <see cref="HistoryRow.OfState"/>: a store may keep the bytes once for both.</param>
/// <param name="IsKept">True where this node keeps the state in memory, as it kept the one before: it will seldom be read from the store.</param>
public sealed record EntityWrite(long Key, string Id, bool IsNew, bool Gone, int[] Types, int[]? OldTypes, bool WasGone, Box? Place, bool PlaceChanged, long Seq, ReadOnlyMemory<byte> Body,
    bool IsRecorded = false, bool IsKept = false);

/// <summary>A row of history: the instances of one entity that one change recorded for one time.</summary>
/// <param name="Key">The entity's number.</param>
/// <param name="Time">observedAt of the instances, or the recorded time where they have none; UTC ticks.</param>
/// <param name="Seq">The change that recorded them.</param>
/// <param name="Recorded">When the city recorded them, UTC ticks.</param>
/// <param name="Body">The attributes in the stored form of <see cref="Entities.EntityCodec"/>; empty takes the row away.</param>
/// <param name="OfState">True where the body is the end of the state that the change made: of its instances only those that held at the time are meant.</param>
public readonly record struct HistoryRow(long Key, long Time, long Seq, long Recorded, ReadOnlyMemory<byte> Body, bool OfState = false);

/// <summary>Is shown a row of history.</summary>
public delegate void HistoryVisitor(in HistoryRow row);

/// <summary>A row of the outbox: one change of one entity, in the order of commits. Subscriptions and feeds read it from a cursor.</summary>
/// <param name="Seq">The number of the change, without gaps.</param>
/// <param name="Key">The entity's number.</param>
/// <param name="Id">The entity's id.</param>
/// <param name="Kind">What happened.</param>
/// <param name="Recorded">When, UTC ticks.</param>
/// <param name="Attributes">The numbers of the attribute names that changed.</param>
/// <param name="Digest">SHA-256 of the entity's new stored form, and of the history rows of the change where it wrote any.</param>
public readonly record struct OutboxRow(long Seq, long Key, string Id, ChangeKind Kind, long Recorded, int[] Attributes, byte[] Digest);

/// <summary>A document of the instance itself (an account, a key, a subscription), by collection and id. A null body removes it.</summary>
public readonly record struct DocumentWrite(string Collection, string Id, byte[]? Body);

/// <summary>Counts how many entities of a type have an attribute of a kind; attribute 0 counts the entities of the type.</summary>
public readonly record struct CensusKey(int Type, int Attribute, byte Kind);

/// <summary>All that one group of writes leaves behind. A store commits it whole or not at all; when the commit returns it is durable, and the store
/// keeps no part of it: its memory is used again.</summary>
public sealed class CommitUnit
{
    /// <summary>Names that got their number in this unit.</summary>
    public List<(int Number, string Name)> Names { get; } = [];
    /// <summary>New states, sorted by id in ordinal order, each entity once.</summary>
    public List<EntityWrite> Entities { get; } = [];
    /// <summary>History rows, sorted by key, time and seq.</summary>
    public List<HistoryRow> History { get; } = [];
    /// <summary>Entities (by key) whose whole history goes.</summary>
    public List<long> ErasedHistories { get; } = [];
    /// <summary>Changes in order.</summary>
    public List<OutboxRow> Outbox { get; } = [];
    /// <summary>Outbox rows up to this number go; 0 keeps all.</summary>
    public long PruneOutboxTo { get; set; }
    /// <summary>Audit entries in order.</summary>
    public List<AuditEntry> Audit { get; } = [];
    /// <summary>Documents written or removed.</summary>
    public List<DocumentWrite> Documents { get; } = [];
    /// <summary>How counts of types and attributes move.</summary>
    public Dictionary<CensusKey, int> Census { get; } = [];

    /// <summary>Empties the unit for the next group.</summary>
    internal void Clear()
    {
        Names.Clear();
        Entities.Clear();
        History.Clear();
        ErasedHistories.Clear();
        Outbox.Clear();
        PruneOutboxTo = 0;
        Audit.Clear();
        Documents.Clear();
        Census.Clear();
    }
}
