using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using SQLitePCL;

namespace Dalgu.Store.Sqlite;

/// <summary>SQLite's way to its files, but for the write-ahead log: what a transaction adds to it is written by few large calls instead of two for each page.</summary>
/// <remarks>A page of the log is read by others only once its transaction is committed, as the index says then. So pages are gathered in memory, and reach the file
/// before the write of the transaction's last page returns, which the log's format marks (https://www.sqlite.org/fileformat2.html#walformat): what cannot be written
/// fails the transaction. All else that is asked of the file comes after what was gathered. See https://www.sqlite.org/vfs.html.</remarks>
internal static unsafe class LogVfs
{
    /// <summary>The name by which a connection asks for it.</summary>
    public const string Name = "dalgu-log";

    private const int BufferBytes = 128 * 1024 - 1; // a longer write SQLite's way to a Unix system would cut
    private const int FrameHeaderBytes = 24;
    private const int MostSpare = 4;

    private static readonly Lock Gate = new();
    private static readonly Stack<nint> Spare = new();
    private static Vfs* system;

    /// <summary>Makes it known to SQLite. To be called once, before the first connection.</summary>
    public static void Register()
    {
        system = Native.FindVfs(null);
        var vfs = (Vfs*)NativeMemory.Alloc((nuint)sizeof(Vfs));
        *vfs = *system; // its other functions read nothing of it but what is the same here
        vfs->FileBytes += sizeof(Gathered);
        vfs->Next = null;
        vfs->Name = (byte*)Marshal.StringToCoTaskMemUTF8(Name);
        vfs->Open = &Open;
        if (Native.RegisterVfs(vfs, 0) is not raw.SQLITE_OK and var code) throw new InvalidOperationException($"SQLite takes no other way to its files: {code}.");
    }

    /// <summary>What is gathered for a log; it lies behind the system's file.</summary>
    private static Gathered* Of(File* log) => (Gathered*)((byte*)log + system->FileBytes);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Open(Vfs* vfs, byte* name, File* file, int flags, int* given)
    {
        var code = system->Open(system, name, file, flags, given);
        if ((flags & raw.SQLITE_OPEN_WAL) == 0 || file->Methods is null) return code;
        var gathered = Of(file);
        *gathered = new()
        {
            System = file->Methods,
            Own = *file->Methods with { Close = &Close, Read = &Read, Write = &Write, Truncate = &Truncate, Sync = &Sync, FileSize = &FileSize },
        };
        file->Methods = &gathered->Own;
        return code;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Write(File* log, byte* bytes, int count, long at)
    {
        var gathered = Of(log);
        var follows = at == gathered->Start + gathered->Count && count <= BufferBytes - gathered->Count;
        if (!follows && Flush(log) is not raw.SQLITE_OK and var code) return code;
        if (count > BufferBytes) return gathered->System->Write(log, bytes, count, at);
        if (gathered->Buffer is null)
        {
            gathered->Buffer = Rent();
            gathered->Start = at;
        }
        Buffer.MemoryCopy(bytes, gathered->Buffer + gathered->Count, BufferBytes - gathered->Count, count);
        gathered->Count += count;
        var isHeader = count == FrameHeaderBytes;
        // The last frame of a transaction says how many pages the file then has, the others 0.
        if (isHeader) gathered->IsLast = *(int*)(bytes + 4) != 0;
        return gathered->IsLast && !isHeader ? Flush(log) : raw.SQLITE_OK;
    }

    /// <summary>Writes what was gathered. What cannot be written is forgotten: the transaction it belongs to fails.</summary>
    private static int Flush(File* log)
    {
        var gathered = Of(log);
        if (gathered->Buffer is null) return raw.SQLITE_OK;
        var code = gathered->System->Write(log, gathered->Buffer, gathered->Count, gathered->Start);
        Return(gathered->Buffer);
        gathered->Buffer = null;
        gathered->Count = 0;
        return code;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Read(File* log, byte* bytes, int count, long at) => Flush(log) is not raw.SQLITE_OK and var code ? code : Of(log)->System->Read(log, bytes, count, at);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Truncate(File* log, long bytes) => Flush(log) is not raw.SQLITE_OK and var code ? code : Of(log)->System->Truncate(log, bytes);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Sync(File* log, int flags) => Flush(log) is not raw.SQLITE_OK and var code ? code : Of(log)->System->Sync(log, flags);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int FileSize(File* log, long* bytes) => Flush(log) is not raw.SQLITE_OK and var code ? code : Of(log)->System->FileSize(log, bytes);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Close(File* log)
    {
        Flush(log); // of a transaction that was not committed: nobody asks for it
        return Of(log)->System->Close(log);
    }

    private static byte* Rent()
    {
        lock (Gate)
            if (Spare.TryPop(out var buffer)) return (byte*)buffer;
        return (byte*)NativeMemory.Alloc(BufferBytes);
    }

    private static void Return(byte* buffer)
    {
        lock (Gate)
            if (Spare.Count < MostSpare)
            {
                Spare.Push((nint)buffer);
                return;
            }
        NativeMemory.Free(buffer);
    }

    private struct Gathered
    {
        public Methods* System;
        public Methods Own;
        public byte* Buffer; // null where nothing is gathered
        public long Start;
        public int Count;
        public bool IsLast; // true from the header of a transaction's last frame on
    }

    /// <summary>What SQLite asks of a system (sqlite3_vfs).</summary>
    internal struct Vfs
    {
        public int Version;
        public int FileBytes;
        public int LongestPath;
        public Vfs* Next;
        public byte* Name;
        public void* Data;
        public delegate* unmanaged[Cdecl]<Vfs*, byte*, File*, int, int*, int> Open;
        public FurtherFunctions Further;

        [InlineArray(15)]
        public struct FurtherFunctions
        {
            private nint function;
        }
    }

    /// <summary>The beginning of an open file (sqlite3_file).</summary>
    internal struct File
    {
        public Methods* Methods;
    }

    /// <summary>What SQLite asks of a file (sqlite3_io_methods).</summary>
    internal struct Methods
    {
        public int Version;
        public delegate* unmanaged[Cdecl]<File*, int> Close;
        public delegate* unmanaged[Cdecl]<File*, byte*, int, long, int> Read;
        public delegate* unmanaged[Cdecl]<File*, byte*, int, long, int> Write;
        public delegate* unmanaged[Cdecl]<File*, long, int> Truncate;
        public delegate* unmanaged[Cdecl]<File*, int, int> Sync;
        public delegate* unmanaged[Cdecl]<File*, long*, int> FileSize;
        public FurtherFunctions Further;

        [InlineArray(12)]
        public struct FurtherFunctions
        {
            private nint function;
        }
    }
}
