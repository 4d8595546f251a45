using Dalgu.Hub.Storage;

namespace Dalgu.Hub.Entities;

/// <content>The instances of history rows without an object for each: for who looks at many and keeps none.</content>
public static partial class EntityCodec
{
    /// <summary>An instance as a history row holds it.</summary>
    /// <param name="Attribute">The name of its attribute.</param>
    /// <param name="Kind">The kind of its attribute.</param>
    /// <param name="Deleted">True where it says that the instance was removed.</param>
    /// <param name="Dataset">The dataset that it belongs to, if any.</param>
    /// <param name="Observed">When it says that it held, UTC ticks; <see cref="None"/> where it does not say so.</param>
    /// <param name="Expires">When it ceases to hold, UTC ticks; <see cref="None"/> where it does not.</param>
    /// <param name="Value">Its value.</param>
    internal readonly record struct StoredInstance(string Attribute, AttributeKind Kind, bool Deleted, string? Dataset, long Observed, long Expires, ReadOnlyMemory<byte> Value)
    {
        /// <summary>No time: 0 is the first instant of the calendar.</summary>
        public const long None = -1;
    }

    /// <summary>The instances of a history row: of a body that is also the end of a state, what held at the row's time.</summary>
    internal static InstanceReader InstancesOf(in HistoryRow row, NameTable names) => new(row, names);

    /// <summary>Reads one instance after the other.</summary>
    internal ref struct InstanceReader
    {
        private readonly bool ofState;
        private readonly long time, recorded;
        private Reader from;
        private int attributes, instances; // that are left: of the row, and of the attribute
        private string name = "";

        internal InstanceReader(in HistoryRow row, NameTable names)
        {
            (ofState, time, recorded) = (row.OfState, row.Time, row.Recorded);
            from = new(row.Body, names);
            attributes = from.Int();
        }

        /// <summary>The next instance; false where there is none.</summary>
        public bool Next(out StoredInstance instance)
        {
            while (true)
            {
                for (; instances == 0; attributes--)
                {
                    if (attributes == 0)
                    {
                        instance = default;
                        return false;
                    }
                    name = from.Name();
                    instances = from.Int();
                }
                instances--;
                ReadStored(ref from, name, out instance);
                if (!ofState || (instance.Observed == StoredInstance.None ? recorded : instance.Observed) == time) return true;
            }
        }
    }

    private static void ReadStored(ref Reader from, string name, out StoredInstance instance)
    {
        var kind = (AttributeKind)from.Byte();
        var has = (Has)from.Byte();
        from.Skip(HeadLength - Created);
        var dataset = (has & Has.Dataset) != 0 ? from.Text() : null;
        if ((has & Has.Unit) != 0) from.Skip(from.Int());
        var observed = (has & Has.Observed) != 0 ? from.Long() : StoredInstance.None;
        var expires = (has & Has.Expires) != 0 ? from.Long() : StoredInstance.None;
        if ((has & Has.ObjectTypes) != 0) for (var n = from.Int(); n > 0; n--) from.Name();
        if ((has & Has.Instance) != 0) from.Skip(from.Int());
        instance = new(name, kind, (has & Has.Deleted) != 0, dataset, observed, expires, from.Bytes(from.Int()));
        if ((has & Has.Sub) == 0) return;
        for (var attributes = from.Int(); attributes > 0; attributes--)
        {
            var sub = from.Name();
            for (var instances = from.Int(); instances > 0; instances--) ReadStored(ref from, sub, out _);
        }
    }
}
