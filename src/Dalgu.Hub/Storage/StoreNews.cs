using Dalgu.Hub.Audit;

namespace Dalgu.Hub.Storage;

/// <summary>What other nodes committed to a store since this one last knew all of it.</summary>
/// <param name="Names">Names that got their number.</param>
/// <param name="LastKey">The highest entity number in use.</param>
/// <param name="LastSeq">The number of the last change.</param>
/// <param name="LastAudit">The last audit entry.</param>
/// <param name="Outbox">The changes in order; the newest alone where there is a gap.</param>
/// <param name="HasGap">True where the changes are too many to tell one by one.</param>
/// <param name="States">The present states of the entities that changed, in ordinal order of id.</param>
/// <param name="Audit">The audit entries, which say who made the changes; empty where there are no changes to tell.</param>
/// <param name="Documents">The documents that were written or removed.</param>
public sealed record StoreNews(IReadOnlyList<(int Number, string Name)> Names, long LastKey, long LastSeq, AuditEntry? LastAudit,
    IReadOnlyList<OutboxRow> Outbox, bool HasGap, IReadOnlyList<StoredEntity> States, IReadOnlyList<AuditEntry> Audit, IReadOnlyList<DocumentWrite> Documents);
