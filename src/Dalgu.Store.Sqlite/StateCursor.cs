using System.Text;
using Dalgu.Hub.Storage;

namespace Dalgu.Store.Sqlite;

/// <summary>Reads the states of many entities, best in the order of their ids: a state that lies behind the last one is stepped to instead of looked up, and a row
/// that holds several states is read once for all of them.</summary>
/// <remarks>Within one transaction of its connection.</remarks>
internal sealed class StateCursor(SqliteConnection db) : IDisposable
{
    private readonly Statement rows = db.Prepare("SELECT id, key, gone, seq, large, large_at, large_length, body FROM entity WHERE id >= ? ORDER BY id");
    private readonly Statement larges = db.Prepare("SELECT body FROM history_large WHERE number = ?");
    private bool hasRow; // the cursor stands on an entity
    private int stepped, missed; // how often the next entity was the wanted one, and was not
    private long large; // the row of large bodies that is read; 0 for none

    /// <summary>The state of an entity; null where there is none.</summary>
    public StoredEntity? Find(string id)
    {
        Span<byte> wanted = id.Length <= 256 ? stackalloc byte[768] : new byte[Encoding.UTF8.GetMaxByteCount(id.Length)];
        wanted = wanted[..Encoding.UTF8.GetBytes(id, wanted)];
        if (!StepTo(wanted)) LookUp(id);
        return hasRow && rows.Bytes(0).SequenceEqual(wanted) ? new(rows.Long(1), id, rows.Long(2) != 0, rows.Long(3), Body()) : null;
    }

    /// <summary>True where the cursor stands on the wanted entity now, or behind the place where it would be. Not tried where the ids lie too far apart to gain by it.</summary>
    private bool StepTo(ReadOnlySpan<byte> wanted)
    {
        if (!hasRow || missed > stepped || rows.Bytes(0).SequenceCompareTo(wanted) >= 0) return false;
        hasRow = rows.Step();
        if (hasRow && rows.Bytes(0).SequenceCompareTo(wanted) < 0)
        {
            missed++;
            return false;
        }
        stepped++;
        return true;
    }

    private void LookUp(string id)
    {
        rows.Reset();
        hasRow = rows.Bind(1, id).Step();
    }

    private byte[] Body()
    {
        var number = rows.Long(4);
        if (number == 0) return rows.Blob(7);
        if (number != large)
        {
            larges.Reset();
            large = larges.Bind(1, number).Step() ? number : 0;
        }
        // What a damaged row does not hold is missing in the state too, and verify tells of it.
        var held = large == 0 ? [] : larges.Bytes(0);
        var at = (int)Math.Min(rows.Long(5), held.Length);
        return held.Slice(at, (int)Math.Min(rows.Long(6), held.Length - at)).ToArray();
    }

    public void Dispose()
    {
        rows.Reset();
        larges.Reset();
    }
}
