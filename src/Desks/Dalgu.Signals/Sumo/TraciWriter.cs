using System.Buffers.Binary;
using System.Text;

namespace Dalgu.Signals.Sumo;

/// <summary>A TraCI message under construction: an int32 total length, then commands, each with its own length; all big-endian.</summary>
/// <remarks>SUMO's TraCI protocol, API 20 (SUMO 1.15). The buffer is kept from message to message.</remarks>
internal sealed class TraciWriter
{
    private byte[] buffer = new byte[4096];
    private int length = 4;
    private int commandStart;

    /// <summary>How many commands the message has.</summary>
    public int Commands { get; private set; }

    /// <summary>The whole message, ready to send.</summary>
    public ReadOnlyMemory<byte> Message
    {
        get
        {
            BinaryPrimitives.WriteInt32BigEndian(buffer, length);
            return buffer.AsMemory(0, length);
        }
    }

    /// <summary>Empties the message.</summary>
    public void Clear()
    {
        length = 4;
        Commands = 0;
    }

    /// <summary>Begins a command. Its length always has the long form, because it is known only at the end.</summary>
    public void Begin(byte command)
    {
        Reserve(6);
        commandStart = length;
        buffer[length] = 0;
        length += 5;
        buffer[length++] = command;
        Commands++;
    }

    /// <summary>Ends the command.</summary>
    public void End() => BinaryPrimitives.WriteInt32BigEndian(buffer.AsSpan(commandStart + 1), length - commandStart);

    /// <summary>One byte.</summary>
    public void Byte(byte value)
    {
        Reserve(1);
        buffer[length++] = value;
    }

    /// <summary>A double.</summary>
    public void Double(double value)
    {
        Reserve(8);
        BinaryPrimitives.WriteDoubleBigEndian(buffer.AsSpan(length), value);
        length += 8;
    }

    /// <summary>A string: an int32 length and its UTF-8 bytes.</summary>
    public void String(string value)
    {
        var size = Encoding.UTF8.GetByteCount(value);
        Reserve(4 + size);
        BinaryPrimitives.WriteInt32BigEndian(buffer.AsSpan(length), size);
        length += 4 + Encoding.UTF8.GetBytes(value, buffer.AsSpan(length + 4));
    }

    /// <summary>Asks a variable of an object.</summary>
    public void Get(byte command, byte variable, string id)
    {
        Begin(command);
        Byte(variable);
        String(id);
        End();
    }

    /// <summary>Subscribes to variables of an object for the whole run.</summary>
    public void Subscribe(byte command, string id, params ReadOnlySpan<byte> variables)
    {
        Begin(command);
        Double(-1e9);
        Double(1e9);
        String(id);
        Byte((byte)variables.Length);
        foreach (var variable in variables) Byte(variable);
        End();
    }

    private void Reserve(int more)
    {
        if (length + more > buffer.Length) Array.Resize(ref buffer, Math.Max(buffer.Length * 2, length + more));
    }
}
