using System.Buffers.Binary;
using System.Text;

namespace Dalgu.Hub.Entities;

/// <content>Where the stored form is read.</content>
public static partial class EntityCodec
{
    private ref struct Reader(ReadOnlyMemory<byte> body, NameTable names)
    {
        private readonly ReadOnlySpan<byte> span = body.Span; // asked for once: a memory looks up at each call what it is made of
        private int at;

        public bool SawExpiry;

        public readonly int At => at;
        public readonly ReadOnlyMemory<byte> Body => body;
        public readonly ReadOnlySpan<byte> Rest => span[at..];

        public readonly byte Peek(int ahead) => span[at + ahead];

        public void Skip(int bytes) => at += bytes;

        public byte Byte() => span[at++];

        public long Long()
        {
            var value = BinaryPrimitives.ReadInt64LittleEndian(span[at..]);
            at += 8;
            return value;
        }

        public DateTime Time() => new(Long(), DateTimeKind.Utc);

        public int Int()
        {
            var first = span[at]; // nearly all are of one byte
            if (first >= 0x80) return LongInt();
            at++;
            return first;
        }

        private int LongInt()
        {
            uint value = 0;
            for (var shift = 0; ; shift += 7)
            {
                var b = span[at++];
                value |= (uint)(b & 0x7f) << shift;
                if (b < 0x80) return (int)value;
            }
        }

        public ReadOnlyMemory<byte> Bytes(int length)
        {
            var slice = body.Slice(at, length);
            at += length;
            return slice;
        }

        public string Text()
        {
            var length = Int();
            at += length;
            return Encoding.UTF8.GetString(span.Slice(at - length, length));
        }

        public string Name()
        {
            var number = Int();
            return number == 0 ? Text() : names[number];
        }
    }
}
