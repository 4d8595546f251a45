using System.Buffers.Binary;
using System.Text;

namespace Dalgu.Signals.Sumo;

/// <summary>Reads the answer to a TraCI message, in the order in which SUMO wrote it.</summary>
internal ref struct TraciReader(ReadOnlySpan<byte> message)
{
    private readonly ReadOnlySpan<byte> message = message;
    private int at = 0;

    public byte Byte() => message[at++];

    public int Int32()
    {
        var value = BinaryPrimitives.ReadInt32BigEndian(message[at..]);
        at += 4;
        return value;
    }

    public double Double()
    {
        var value = BinaryPrimitives.ReadDoubleBigEndian(message[at..]);
        at += 8;
        return value;
    }

    /// <summary>The bytes of a string, without a copy.</summary>
    public ReadOnlySpan<byte> Utf8()
    {
        var length = Int32();
        var value = message.Slice(at, length);
        at += length;
        return value;
    }

    public string String() => Encoding.UTF8.GetString(Utf8());

    public string[] Strings()
    {
        var all = new string[Int32()];
        for (var i = 0; i < all.Length; i++) all[i] = String();
        return all;
    }

    /// <summary>The length and id of the next command; the length is not needed, because every part is self-describing.</summary>
    public byte Command()
    {
        if (Byte() == 0) at += 4;
        return Byte();
    }

    /// <summary>The status of a command. Anything but success is a refusal with SUMO's own words.</summary>
    public void Status()
    {
        var command = Command();
        var result = Byte();
        var text = Utf8();
        if (result != 0) throw new Problem(ProblemKind.InternalError, $"SUMO refuses TraCI command 0x{command:x2}: {Encoding.UTF8.GetString(text)}");
    }
}
