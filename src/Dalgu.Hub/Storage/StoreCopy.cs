using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Dalgu.Hub.Storage;

/// <summary>What a store holds, as counts and one hash over every row.</summary>
/// <param name="Entities">Entities, deleted ones included.</param>
/// <param name="HistoryRows">Rows of history.</param>
/// <param name="OutboxRows">Rows of the outbox.</param>
/// <param name="AuditEntries">Audit entries.</param>
/// <param name="Documents">Documents.</param>
/// <param name="Sha256">The hash.</param>
public sealed record StoreSum(long Entities, long HistoryRows, long OutboxRows, long AuditEntries, long Documents, string Sha256);

/// <summary>Moves what one store holds into another, and compares the two.</summary>
public static class StoreCopy
{
    private const string Collection = "copy", Done = "units";

    /// <summary>How many units an interrupted copy into a store has stored; 0 where the store is empty, null where it holds something else.</summary>
    public static async Task<int?> UnitsDoneAsync(IStore to, StoreState state, CancellationToken cancel = default)
    {
        await foreach (var document in to.DocumentsAsync(Collection, cancel))
            if (document.Id == Done) return BinaryPrimitives.ReadInt32LittleEndian(document.Body);
        return IsEmpty(state) ? 0 : null;
    }

    /// <summary>Copies everything into an empty store and answers the sum of what was read. While it is under way, a document of the destination counts the units.</summary>
    /// <param name="from">The source, opened.</param>
    /// <param name="to">The destination, opened and empty, or as an interrupted copy left it.</param>
    /// <param name="done">How many units are there already.</param>
    /// <param name="copied">Receives how many rows a unit had.</param>
    /// <param name="cancel">Ends the copy.</param>
    public static async Task<StoreSum> RunAsync(IStore from, IStore to, int done = 0, Action<long>? copied = null, CancellationToken cancel = default)
    {
        using var sum = new Summing();
        var units = 0;
        await foreach (var unit in from.DumpAsync(cancel))
        {
            sum.Add(unit);
            copied?.Invoke(unit.Entities.Count + unit.History.Count + unit.Outbox.Count + unit.Audit.Count + unit.Documents.Count);
            if (++units <= done) continue;
            var count = new byte[4];
            BinaryPrimitives.WriteInt32LittleEndian(count, units);
            unit.Documents.Add(new(Collection, Done, count));
            await to.CommitAsync(unit, cancel);
        }
        var end = new CommitUnit();
        end.Documents.Add(new(Collection, Done, null));
        await to.CommitAsync(end, cancel);
        await to.SyncAsync(cancel);
        return sum.Sum();
    }

    /// <summary>The sum of what a store holds.</summary>
    public static async Task<StoreSum> SumAsync(IStore store, Action<long>? read = null, CancellationToken cancel = default)
    {
        using var sum = new Summing();
        await foreach (var unit in store.DumpAsync(cancel))
        {
            sum.Add(unit);
            read?.Invoke(unit.Entities.Count + unit.History.Count + unit.Outbox.Count + unit.Audit.Count + unit.Documents.Count);
        }
        return sum.Sum();
    }

    /// <summary>True where nothing was ever written to a store.</summary>
    public static bool IsEmpty(StoreState state) => state is { LastKey: 0, LastSeq: 0, LastAudit: null, Names.Count: <= 1 };

    // Each row is hashed with a mark of its kind and the length of each part, so that no two contents read alike. Places are left out: stores round them.
    private sealed class Summing : IDisposable
    {
        private readonly IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        private long entities, history, outbox, audit, documents;

        public void Add(CommitUnit unit)
        {
            foreach (var (number, name) in unit.Names) Row('n').Number(number).Text(name);
            foreach (var e in unit.Entities)
            {
                entities++;
                Row('e').Number(e.Key).Number(e.Seq).Number(e.Gone ? 1 : 0).Text(e.Id).Bytes(e.Body.Span);
                foreach (var type in e.Types) Number(type);
            }
            foreach (var h in unit.History)
            {
                history++;
                Row('h').Number(h.Key).Number(h.Time).Number(h.Seq).Number(h.Recorded).Bytes(h.Body.Span);
            }
            foreach (var o in unit.Outbox)
            {
                outbox++;
                Row('o').Number(o.Seq).Number(o.Key).Number((long)o.Kind).Number(o.Recorded).Text(o.Id).Bytes(o.Digest);
                foreach (var attribute in o.Attributes) Number(attribute);
            }
            foreach (var a in unit.Audit)
            {
                audit++;
                Row('a').Number(a.Number).Bytes(a.Hash);
            }
            foreach (var d in unit.Documents)
            {
                documents++;
                Row('d').Text(d.Collection).Text(d.Id).Bytes(d.Body);
            }
            foreach (var (key, count) in unit.Census) Row('c').Number(key.Type).Number(key.Attribute).Number(key.Kind).Number(count);
        }

        public StoreSum Sum() => new(entities, history, outbox, audit, documents, Convert.ToHexStringLower(hash.GetHashAndReset()));

        private Summing Row(char kind) => Number(kind);

        private Summing Number(long value)
        {
            Span<byte> bytes = stackalloc byte[8];
            BinaryPrimitives.WriteInt64LittleEndian(bytes, value);
            hash.AppendData(bytes);
            return this;
        }

        private Summing Text(string text) => Bytes(Encoding.UTF8.GetBytes(text));

        private Summing Bytes(ReadOnlySpan<byte> bytes)
        {
            Number(bytes.Length);
            hash.AppendData(bytes);
            return this;
        }

        public void Dispose() => hash.Dispose();
    }
}
