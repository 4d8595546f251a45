using System.CommandLine;
using System.Globalization;
using System.Net.Http.Json;
using Dalgu.Hub.Access;

namespace Dalgu.Commands;

/// <summary><c>dalgu user</c>: accounts and keys from the command line.</summary>
internal static class UserCommand
{
    private static readonly string[] Roles = ["reader", "official", "operator", "administrator"];

    public static Command Make() => new("user", "Accounts and API keys") { Add(), List(), Act("disable", "Close an account and end its sessions"), Act("enable", "Open a closed account again"), Link(), Key() };

    private static Command Add()
    {
        var name = Name("The account's name");
        var display = new Option<string?>("--display") { Description = "What people call them", HelpName = "TEXT" };
        var (role, desks) = RoleOptions();
        var command = new Command("add", "Make an account; prints the one-time link at which its owner sets a password") { name, display, role, desks };
        var where = new Where().AddTo(command);
        command.SetAction(async (parsed, cancel) =>
        {
            await using var city = await where.OpenAsync(parsed, cancel);
            var form = new AccountForm(parsed.GetRequiredValue(name), parsed.GetValue(display), RoleOf(parsed.GetRequiredValue(role)), parsed.GetValue(desks));
            using var answer = await city.SendAsync(HttpMethod.Post, "/api/hub/accounts", JsonContent.Create(form, HubJson.Default.AccountForm), cancel);
            return await PrintLinkAsync(answer, cancel);
        });
        return command;
    }

    private static Command List()
    {
        var json = new Option<bool>("--json") { Description = "Print JSON" };
        var command = new Command("list", "The accounts") { json };
        var where = new Where().AddTo(command);
        command.SetAction(async (parsed, cancel) =>
        {
            await using var city = await where.OpenAsync(parsed, cancel);
            using var answer = await city.SendAsync(HttpMethod.Get, "/api/hub/accounts", null, cancel);
            if (parsed.GetValue(json))
            {
                await System.Console.Out.WriteLineAsync(await answer.Content.ReadAsStringAsync(cancel));
                return ExitCode.Done;
            }
            foreach (var a in await answer.Content.ReadFromJsonAsync(HubJson.Default.IReadOnlyListAccountView, cancel) ?? [])
                await System.Console.Out.WriteLineAsync($"{a.Name,-24} {a.Role.ToString().ToLowerInvariant(),-14} {(a.Disabled ? "disabled" : a.HasPassword ? "in use" : "no password"),-12} {string.Join(',', a.Desks),-16} {a.DisplayName}");
            return ExitCode.Done;
        });
        return command;
    }

    private static Command Act(string act, string description)
    {
        var name = Name("The account's name");
        var command = new Command(act, description) { name };
        var where = new Where().AddTo(command);
        command.SetAction(async (parsed, cancel) =>
        {
            await using var city = await where.OpenAsync(parsed, cancel);
            using var answer = await city.SendAsync(HttpMethod.Post, $"/api/hub/accounts/{Uri.EscapeDataString(parsed.GetRequiredValue(name))}/{act}", null, cancel);
            return ExitCode.Done;
        });
        return command;
    }

    private static Command Link()
    {
        var name = new Argument<string?>("name") { Description = "The account's name; none for the first administrator", Arity = ArgumentArity.ZeroOrOne };
        var command = new Command("link", "Print a one-time link at which a password is set") { name };
        var where = new Where().AddTo(command);
        command.SetAction(async (parsed, cancel) =>
        {
            await using var city = await where.OpenAsync(parsed, cancel);
            var path = parsed.GetValue(name) is { } account ? $"/api/hub/accounts/{Uri.EscapeDataString(account)}/link" : "/api/hub/first-link";
            using var answer = await city.SendAsync(HttpMethod.Post, path, null, cancel);
            return await PrintLinkAsync(answer, cancel);
        });
        return command;
    }

    private static Command Key()
    {
        var name = Name("The key's name, as the audit shows it");
        var (role, desks) = RoleOptions();
        var tenants = new Option<string[]>("--tenant") { Description = "A tenant that the key is for (\"default\" for the default one); again for more; none for all", HelpName = "NAME" };
        var days = new Option<int?>("--days") { Description = "How many days it opens; none for ever", HelpName = "N" };
        var disable = new Option<bool>("--disable") { Description = "Close the key instead" };
        var command = new Command("key", "Make an API key and print it, this once") { name, role, desks, tenants, days, disable };
        var where = new Where().AddTo(command);
        command.SetAction(async (parsed, cancel) =>
        {
            if (parsed.GetValue(days) is < 1) throw new CommandFailure(ExitCode.Usage, "--days is below 1; write 1 or more.");
            await using var city = await where.OpenAsync(parsed, cancel);
            if (parsed.GetValue(disable))
            {
                using var closed = await city.SendAsync(HttpMethod.Post, $"/api/hub/keys/{Uri.EscapeDataString(parsed.GetRequiredValue(name))}/disable", null, cancel);
                return ExitCode.Done;
            }
            DateTime? expires = parsed.GetValue(days) is { } n ? TimeProvider.System.GetUtcNow().UtcDateTime.AddDays(n) : null;
            var form = new KeyForm(parsed.GetRequiredValue(name), RoleOf(parsed.GetRequiredValue(role)), parsed.GetValue(desks), [.. (parsed.GetValue(tenants) ?? []).Select(t => t == "default" ? "" : t)], expires);
            using var answer = await city.SendAsync(HttpMethod.Post, "/api/hub/keys", JsonContent.Create(form, HubJson.Default.KeyForm), cancel);
            var key = await answer.Content.ReadFromJsonAsync(HubJson.Default.KeyView, cancel);
            await System.Console.Out.WriteLineAsync(key!.Secret);
            return ExitCode.Done;
        });
        return command;
    }

    private static async Task<int> PrintLinkAsync(HttpResponseMessage answer, CancellationToken cancel)
    {
        var link = await answer.Content.ReadFromJsonAsync(HubJson.Default.LinkView, cancel);
        await System.Console.Out.WriteLineAsync(link!.Path);
        await System.Console.Error.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"Open this path at the address of the instance, once, until {link.Expires:yyyy-MM-dd HH:mm} UTC."));
        return ExitCode.Done;
    }

    private static Argument<string> Name(string description) => new("name") { Description = description };

    private static (Option<string> Role, Option<string[]> Desks) RoleOptions() =>
        (new Option<string>("--role") { Description = "reader, official, operator or administrator", DefaultValueFactory = _ => "reader", HelpName = "ROLE" }.AcceptOnlyFromAmong(Roles),
            new Option<string[]>("--desk") { Description = "A desk of an official; again for more", HelpName = "NAME" });

    private static Role RoleOf(string text) => Enum.Parse<Role>(text, ignoreCase: true);
}
