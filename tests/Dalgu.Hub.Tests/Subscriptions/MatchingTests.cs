using System.Text.Json.Nodes;
using CsCheck;
using Dalgu.Hub.Access;
using Dalgu.Hub.Changes;
using Dalgu.Hub.Entities;
using Dalgu.Hub.Http;
using Dalgu.Hub.Storage;
using Dalgu.Hub.Subscriptions;
using Xunit;

namespace Dalgu.Hub.Tests.Subscriptions;

/// <summary>The index finds what asking every subscription finds.</summary>
public class MatchingTests
{
    private static readonly string[] Names = ["a", "b", "c"];
    private static readonly HubOptions Options = new();
    private static readonly SubscriptionReader Reader = new(Options, new AddressGuard(Options));
    private static readonly Rights Rights = new AccessPolicy([]).For(Principal.System);
    private static readonly DateTime Now = new(2026, 11, 23, 8, 0, 0, DateTimeKind.Utc);

    private static string Iri(string name) => Contexts.CoreContext.Instance.Expand(name);

    private static readonly Gen<JsonObject> Selector = Gen.Select(One.Of("T", "U", "(T|U)", "T;U", "*"), Gen.Int[0, 5], Gen.Int[0, 3], (types, kind, id) =>
    {
        var one = new JsonObject { ["type"] = string.Concat(types.Select(c => char.IsLetter(c) ? Iri(c.ToString()) : c.ToString())) };
        if (kind == 0) one["id"] = $"urn:x:{id}";
        if (kind == 1) one["id"] = new JsonArray($"urn:x:{id}", $"urn:x:{(id + 1) % 4}");
        if (kind == 2) one["idPattern"] = $"x:[0-{id}]$";
        return one;
    });

    private static readonly Gen<string?> Filter = Gen.Select(One.Of(null, "a>{0}", "a>={0}", "a<{0}", "a<={0}", "a=={0}", "a!={0}", "a=={0},7", "a==1..{0}", "b>{0};a<9", "a>{0}|b<{0}", "a", "a.x>{0}", "b==\"t\""), Gen.Int[0, 6],
        (text, n) => text is null ? null : string.Format(System.Globalization.CultureInfo.InvariantCulture, text, n));

    private static readonly Gen<Subscription> Any = Gen.Select(Selector.Array[0, 3], Gen.Int[0, 7], Filter, Gen.Int[0, 63], Gen.Bool, (selectors, watched, q, triggers, active) =>
    {
        var body = new JsonObject { ["id"] = "urn:s:1", ["type"] = "Subscription", ["isActive"] = active || q is null };
        if (selectors.Length > 0) body["entities"] = new JsonArray([.. selectors.Select(s => s.DeepClone())]);
        var names = Names.Where((_, i) => (watched & 1 << i) > 0).Select(n => (JsonNode)Iri(n)).ToArray();
        if (names.Length > 0 || selectors.Length == 0) body["watchedAttributes"] = new JsonArray(names.Length > 0 ? names : [Iri("a")]);
        if (q is not null) body["q"] = q;
        string[] all = ["entityCreated", "entityUpdated", "entityDeleted", "attributeCreated", "attributeUpdated", "attributeDeleted"];
        if (triggers > 0) body["notificationTrigger"] = new JsonArray([.. all.Where((_, i) => (triggers & 1 << i) > 0).Select(t => (JsonNode)t)]);
        body["notification"] = new JsonObject { ["endpoint"] = new JsonObject { ["uri"] = "http://example.org/" } };
        return Reader.Read(new SubscriptionDocument(Principal.System, Now, Now, "\"\"", new Dictionary<string, string>(), body));
    });

    private static readonly Gen<byte[]> Value = One.Of("1", "3", "5", "7", "\"t\"", "[2,6]", "{\"@value\":4}", "true", "-1").Select(System.Text.Encoding.UTF8.GetBytes);

    private static readonly Gen<AttributeInstance[]> Instances = Gen.Select(Value, Gen.Int[0, 1]).Select((v, set) => new AttributeInstance { Kind = AttributeKind.Property, Value = v, DatasetId = set == 0 ? null : "urn:d:1" })
        .Array[1, 2].Select(list => list.DistinctBy(i => i.DatasetId).ToArray());

    private static readonly Gen<Entity?> State = Gen.Select(Gen.Int[0, 3], Gen.Int[0, 5], Instances.Array[3], Gen.Int[0, 7], (types, exists, values, has) => exists == 0 ? null : new Entity
    {
        Id = "", Types = types switch { 0 => [Iri("T")], 1 => [Iri("U")], 2 => [Iri("T"), Iri("U")], _ => [Iri("V")] },
        Attributes = [.. Names.Where((_, i) => (has & 1 << i) > 0).Select(n => new EntityAttribute(Iri(n), values[Array.IndexOf(Names, n)]))],
    });

    private static readonly Gen<Change> AChange = Gen.Select(Gen.Int[0, 4], State, State, Gen.Bool).Where((_, before, after, _) => before is not null || after is not null).Select((id, before, after, keeps) =>
    {
        // Some attributes stay the same objects, as a real change leaves them.
        if (keeps && before is not null && after is not null) after = after with { Types = before.Types, Attributes = [.. after.Attributes.Select(a => a.Name == Iri("b") ? before.Find(a.Name) ?? a : a)] };
        before = before is null ? null : before with { Id = $"urn:x:{id}" };
        after = after is null ? null : after with { Id = $"urn:x:{id}" };
        var kind = before is null ? ChangeKind.Created : after is null ? ChangeKind.Deleted : ChangeKind.Updated;
        return new Change(1, "", kind, Now, "", before, after, [.. HistoryDifference.Of(before, after, Now).Select(a => a.Name).Distinct()]);
    });

    [Fact]
    public void The_index_finds_what_asking_every_subscription_finds() => Gen.Select(Any.Array[1, 40], AChange.Array[1, 10], Gen.Int[0, 1000]).Sample((subscriptions, changes, taken) =>
    {
        var index = new SubscriptionIndex();
        var states = subscriptions.Select(s => new SubscriptionState(s, new())).ToList();
        foreach (var state in states) index.Add(state);
        var gone = states[taken % states.Count];
        index.Remove(gone, gone.Definition);
        states.Remove(gone);
        var found = new List<SubscriptionState>();
        foreach (var change in changes)
        {
            var facts = new ChangeFacts(change);
            found.Clear();
            index.Find(facts, found);
            Assert.Equal(found.Distinct().Count(), found.Count);
            var expected = states.Where(s => SubscriptionMatch.Matches(s.Definition, facts, Rights, Now)).ToHashSet();
            Assert.True(expected.SetEquals(found.Where(s => SubscriptionMatch.Matches(s.Definition, facts, Rights, Now))));
        }
    }, iter: 500);

    [Fact]
    public void A_compared_number_narrows_to_those_that_the_value_passes()
    {
        var index = new SubscriptionIndex();
        for (var i = 0; i < 1_000; i++)
        {
            var body = JsonNode.Parse($$"""{"id":"urn:s:{{i}}","type":"Subscription","entities":[{"type":"{{Iri("T")}}"}],"q":"a>{{i}};b","notification":{"endpoint":{"uri":"http://example.org/"} } }""")!.AsObject();
            index.Add(new(Reader.Read(new SubscriptionDocument(Principal.System, Now, Now, "\"\"", new Dictionary<string, string>(), body)), new()));
        }
        var entity = new EntityBuilder("urn:x:1", "T").Number("a", 5).Build();
        var found = new List<SubscriptionState>();
        index.Find(new ChangeFacts(new Change(1, "", ChangeKind.Created, Now, "", null, entity, [Iri("a")])), found);
        Assert.Equal(6, found.Count); // those of 0 to 5
    }
}
