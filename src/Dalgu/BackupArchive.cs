using System.Formats.Tar;
using System.Security.Cryptography;
using System.Text.Json;
using Dalgu.Commands;
using Dalgu.Hub;
using Dalgu.Store.Sqlite;

namespace Dalgu;

/// <summary>What a backup holds: which program wrote it, as of when, and each tenant's file with its SHA-256.</summary>
internal sealed record BackupManifest(int Form, string Program, DateTime At, IReadOnlyList<BackupTenant> Tenants);

/// <summary>A tenant's file in a backup; the default tenant's name is empty.</summary>
internal sealed record BackupTenant(string Name, string File, long Bytes, string Sha256);

/// <summary>The one file of a backup: a tar with a manifest first, then a consistent copy of each tenant.</summary>
internal static class BackupArchive
{
    private const int Form = 1;
    private const string ManifestName = "manifest.json";

    /// <summary>Writes a backup of a running hub.</summary>
    /// <param name="hub">The hub.</param>
    /// <param name="to">Where to.</param>
    /// <param name="near">A folder on the disk of the data, for the copies in between.</param>
    /// <param name="cancel">Ends the backup.</param>
    public static async Task WriteAsync(CityHub hub, Stream to, string near, CancellationToken cancel)
    {
        var work = Directory.CreateDirectory(Path.Combine(near, "backup-" + Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(6))));
        try
        {
            var tenants = new List<BackupTenant>();
            foreach (var name in hub.StoreNames)
            {
                var entry = EntryOf(name);
                var copy = Path.Combine(work.FullName, tenants.Count + ".db");
                await (await hub.OpenStoreAsync(name, create: false, cancel)).BackupAsync(copy, cancel);
                tenants.Add(new(name, entry, new FileInfo(copy).Length, await HashAsync(copy, cancel)));
            }
            var manifest = new BackupManifest(Form, CityVersion.Text, Timestamp.Milliseconds(hub.Clock.GetUtcNow().UtcDateTime), tenants);
            await using var tar = new TarWriter(to, TarEntryFormat.Pax, leaveOpen: true);
            using (var json = new MemoryStream(JsonSerializer.SerializeToUtf8Bytes(manifest, HubJson.Default.BackupManifest)))
                await tar.WriteEntryAsync(new PaxTarEntry(TarEntryType.RegularFile, ManifestName) { DataStream = json, ModificationTime = manifest.At }, cancel);
            for (var i = 0; i < tenants.Count; i++)
            {
                await using var file = File.OpenRead(Path.Combine(work.FullName, i + ".db"));
                await tar.WriteEntryAsync(new PaxTarEntry(TarEntryType.RegularFile, tenants[i].File) { DataStream = file, ModificationTime = manifest.At }, cancel);
            }
        }
        finally
        {
            work.Delete(recursive: true);
        }
    }

    /// <summary>Reads a backup into a folder. What the folder held is replaced, and only once the whole backup is read and its sums are right.</summary>
    /// <exception cref="CommandFailure">Where the file is no whole backup; the folder is as it was.</exception>
    public static async Task<BackupManifest> ReadAsync(string file, DataFolder folder, CancellationToken cancel)
    {
        var work = Directory.CreateDirectory(Path.Combine(folder.Path, "restore.part"));
        try
        {
            var manifest = await UnpackAsync(file, work.FullName, cancel);
            foreach (var old in Directory.EnumerateFileSystemEntries(folder.Path))
            {
                if (Path.GetFileName(old) is "dalgu.lock" or "restore.part") continue;
                if (Directory.Exists(old)) Directory.Delete(old, recursive: true);
                else File.Delete(old);
            }
            var stores = new SqliteStoreFactory(folder.Path);
            for (var i = 0; i < manifest.Tenants.Count; i++)
            {
                var target = stores.FileOf(manifest.Tenants[i].Name);
                Directory.CreateDirectory(Path.GetDirectoryName(target)!);
                File.Move(Path.Combine(work.FullName, i + ".db"), target);
            }
            return manifest;
        }
        catch (Exception e) when (e is InvalidDataException or JsonException or EndOfStreamException or FormatException)
        {
            throw new CommandFailure(ExitCode.Usage, $"{file} is no whole backup: {e.Message} Nothing was restored.");
        }
        finally
        {
            work.Delete(recursive: true);
        }
    }

    private static async Task<BackupManifest> UnpackAsync(string file, string work, CancellationToken cancel)
    {
        await using var stream = File.OpenRead(file);
        await using var tar = new TarReader(stream);
        var first = await tar.GetNextEntryAsync(cancellationToken: cancel);
        if (first?.Name != ManifestName || first.DataStream is null) throw new InvalidDataException("it has no manifest.");
        var manifest = await JsonSerializer.DeserializeAsync(first.DataStream, HubJson.Default.BackupManifest, cancel) ?? throw new InvalidDataException("its manifest is empty.");
        if (manifest.Form != Form) throw new InvalidDataException($"it has form {manifest.Form}, this program reads form {Form}.");
        for (var i = 0; i < manifest.Tenants.Count; i++)
        {
            var tenant = manifest.Tenants[i];
            var entry = await tar.GetNextEntryAsync(cancellationToken: cancel);
            // The name in the archive is never a path to write to: it only has to be the one that the tenant's name gives.
            if (entry?.DataStream is null || entry.Name != tenant.File || tenant.File != EntryOf(tenant.Name)) throw new InvalidDataException($"{tenant.File} is missing.");
            var copy = Path.Combine(work, i + ".db");
            await using (var to = File.Create(copy))
            {
                await entry.DataStream.CopyToAsync(to, cancel);
                to.Flush(flushToDisk: true);
            }
            if (await HashAsync(copy, cancel) != tenant.Sha256) throw new InvalidDataException($"{tenant.File} differs from its sum.");
        }
        return manifest;
    }

    private static string EntryOf(string tenant) => tenant.Length == 0 ? "city.db"
        : tenant.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c is '-' or '_') ? $"tenants/{tenant}.db"
        : throw new InvalidDataException($"the tenant name \"{Iri.Shorten(tenant)}\" is not valid.");

    private static async Task<string> HashAsync(string file, CancellationToken cancel)
    {
        await using var stream = File.OpenRead(file);
        return Convert.ToHexStringLower(await SHA256.HashDataAsync(stream, cancel));
    }
}
