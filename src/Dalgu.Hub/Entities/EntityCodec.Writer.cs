using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace Dalgu.Hub.Entities;

/// <content>Where the stored form is written, and the memory in which it waits for its commit.</content>
public static partial class EntityCodec
{
    /// <summary>Where the stored form is written: bodies one behind the other in chunks that are used again once they are stored.</summary>
    internal sealed class Writer(NameTable names)
    {
        private const int ChunkBytes = 64 * 1024; // below what the collector treats as large
        private readonly ArrayBufferWriter<byte> buffer = new(4096);

        /// <summary>Names that got their number while writing.</summary>
        public List<(int, string)> Added { get; private set; } = [];

        /// <summary>How many bytes were written since the last were taken.</summary>
        public int Length => buffer.WrittenCount;

        /// <summary>Forgets what was written, and which names were added.</summary>
        public void Clear()
        {
            buffer.ResetWrittenCount();
            Added = [];
        }

        /// <summary>What was written since the last call, kept in an arena.</summary>
        public ReadOnlyMemory<byte> Take(Arena arena)
        {
            var kept = arena.Keep(buffer.WrittenSpan);
            buffer.ResetWrittenCount();
            return kept;
        }

        /// <summary>What was written since the last call, in memory of its own.</summary>
        public byte[] Take()
        {
            var bytes = buffer.WrittenSpan.ToArray();
            buffer.ResetWrittenCount();
            return bytes;
        }

        /// <summary>The memory of the bodies of one commit.</summary>
        internal sealed class Arena
        {
            private readonly List<byte[]> chunks = [];
            private int chunk, used;

            public ReadOnlyMemory<byte> Keep(ReadOnlySpan<byte> body)
            {
                if (body.Length > ChunkBytes / 4) return body.ToArray();
                if (chunks.Count == 0 || used + body.Length > ChunkBytes)
                {
                    if (chunks.Count > 0) chunk++;
                    if (chunk == chunks.Count) chunks.Add(GC.AllocateUninitializedArray<byte>(ChunkBytes));
                    used = 0;
                }
                var kept = chunks[chunk].AsMemory(used, body.Length);
                body.CopyTo(kept.Span);
                used += body.Length;
                return kept;
            }

            /// <summary>Gives all memory free for the next commit, and back to the collector what a usual one does not need.</summary>
            public void Reset()
            {
                const int usual = 64;
                if (chunks.Count > usual) chunks.RemoveRange(usual, chunks.Count - usual);
                (chunk, used) = (0, 0);
            }
        }

        public void Byte(byte value)
        {
            buffer.GetSpan(1)[0] = value;
            buffer.Advance(1);
        }

        public void Long(long value)
        {
            BinaryPrimitives.WriteInt64LittleEndian(buffer.GetSpan(8), value);
            buffer.Advance(8);
        }

        public void Int(int value)
        {
            var span = buffer.GetSpan(5);
            var n = 0;
            for (var rest = (uint)value; ; rest >>= 7)
            {
                if (rest < 0x80) { span[n++] = (byte)rest; break; }
                span[n++] = (byte)(rest | 0x80);
            }
            buffer.Advance(n);
        }

        public void Bytes(ReadOnlySpan<byte> bytes) => buffer.Write(bytes);

        public void Text(string text)
        {
            var length = Encoding.UTF8.GetByteCount(text);
            Int(length);
            Encoding.UTF8.GetBytes(text, buffer.GetSpan(length));
            buffer.Advance(length);
        }

        public void Name(string name)
        {
            var number = names.Number(name, Added);
            Int(number);
            if (number == 0) Text(name);
        }
    }
}
