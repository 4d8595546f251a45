using System.Text;
using System.Text.Json;
using CsCheck;
using Dalgu.Hub.Contexts;
using Dalgu.Hub.Entities;
using Xunit;

namespace Dalgu.Hub.Tests;

/// <summary>The laws of the operations of clause 5.6, over generated states and fragments.</summary>
public class EntityOperationsTests
{
    private static readonly Gen<EntityFragment> Fragment = Gen.Select(Generated.Attributes(1), Generated.Name.Array[0, 1], One.Of("/a", "/b/c").Array[0, 2])
        .Select((attributes, types, scopes) => new EntityFragment { Attributes = [.. attributes.Select(Living)], Types = types.Length > 0 ? types : null, Scopes = scopes.Length > 0 ? [.. scopes.Distinct()] : null });

    private static readonly Gen<Entity> State = Generated.Entity.Select(e => e with { Attributes = [.. e.Attributes.Select(Living)] });

    private static EntityAttribute Living(EntityAttribute attribute) => attribute with { Instances = [.. attribute.Instances.Select(i => i with { Deleted = false, Kind = AttributeKind.Property, SubAttributes = null })] };

    private static EntityFragment Read(string json) => new EntityJsonReader(CoreContext.Instance, new HubOptions()).Read(JsonDocument.Parse(json).RootElement);

    private static string Name(string name) => CoreContext.Instance.ExpandAttribute(name);

    private static string Value(Entity entity, string name) => Encoding.UTF8.GetString(entity.Find(Name(name))!.Default.Value.Span);

    [Fact]
    public void Merging_a_fragment_twice_is_merging_it_once() => Gen.Select(State, Fragment).Sample((state, fragment) =>
    {
        var once = EntityOperations.Merge(state, fragment);
        Assert.Equal(Generated.Print(once), Generated.Print(EntityOperations.Merge(once, fragment)));
    }, iter: 2_000);

    [Fact]
    public void Merging_an_empty_fragment_changes_nothing() => State.Sample(state =>
        Assert.Equal(Generated.Print(state), Generated.Print(EntityOperations.Merge(state, new EntityFragment()))), iter: 500);

    [Fact]
    public void Appending_without_overwriting_keeps_every_instance_that_was_there() => Gen.Select(State, Fragment).Sample((state, fragment) =>
    {
        var (next, result) = EntityOperations.Append(state, fragment, overwrite: false);
        foreach (var attribute in state.Attributes)
            foreach (var instance in attribute.Instances)
                Assert.Contains(next.Find(attribute.Name)!.Instances, i => ReferenceEquals(i, instance));
        foreach (var scope in state.Scopes) Assert.Contains(scope, next.Scopes);
        foreach (var (name, reason) in result.NotUpdated) Assert.True(state.Find(name) is not null && reason.Length > 0);
    }, iter: 2_000);

    [Fact]
    public void Appending_with_overwriting_leaves_every_stated_instance_as_stated() => Gen.Select(State, Fragment).Sample((state, fragment) =>
    {
        var (next, result) = EntityOperations.Append(state, fragment, overwrite: true);
        Assert.Empty(result.NotUpdated);
        foreach (var attribute in fragment.Attributes)
            foreach (var instance in attribute.Instances)
                Assert.Contains(next.Find(attribute.Name)!.Instances, i => ReferenceEquals(i, instance));
        Assert.All(state.Types, t => Assert.Contains(t, next.Types));
        if (fragment.Scopes is { } scopes) Assert.Equal(scopes, next.Scopes);
    }, iter: 2_000);

    [Fact]
    public void No_operation_leaves_an_attribute_without_instances_or_two_of_one_dataset() => Gen.Select(State, Fragment, Gen.Int[0, 3]).Sample((state, fragment, which) =>
    {
        var next = which switch
        {
            0 => EntityOperations.Append(state, fragment, true).State,
            1 => EntityOperations.Append(state, fragment, false).State,
            2 => EntityOperations.Update(state, fragment).State,
            _ => EntityOperations.Merge(state, fragment),
        };
        foreach (var attribute in next.Attributes)
        {
            Assert.NotEmpty(attribute.Instances);
            Assert.Equal(attribute.Instances.Count, attribute.Instances.Select(i => i.DatasetId).Distinct().Count());
        }
        Assert.Equal(next.Attributes.Count, next.Attributes.Select(a => a.Name).Distinct().Count());
    }, iter: 2_000);

    [Fact]
    public void What_an_operation_does_not_touch_stays_the_same_object() => Gen.Select(State, Fragment).Sample((state, fragment) =>
    {
        var stated = fragment.Attributes.Select(a => a.Name).ToHashSet();
        foreach (var next in new[] { EntityOperations.Append(state, fragment, true).State, EntityOperations.Update(state, fragment).State, EntityOperations.Merge(state, fragment) })
            foreach (var attribute in state.Attributes)
                if (!stated.Contains(attribute.Name)) Assert.Same(attribute, next.Find(attribute.Name));
    }, iter: 1_000);

    [Fact]
    public void Urn_null_takes_away_and_other_members_stay()
    {
        var state = Read("""{"id":"urn:a:b","type":"Road","speed":{"type":"Property","value":5,"unitCode":"KMH","accuracy":{"type":"Property","value":1}},"name":{"type":"Property","value":"x"}}""").ToEntity();
        var merged = EntityOperations.Merge(state, Read("""{"name":{"type":"Property","value":"urn:ngsi-ld:null"},"speed":{"type":"Property","value":6,"accuracy":"urn:ngsi-ld:null"}}"""));
        Assert.Null(merged.Find(Name("name")));
        Assert.Equal(("6", "KMH", true), (Value(merged, "speed"), merged.Find(Name("speed"))!.Default.UnitCode, merged.Find(Name("speed"))!.Default.SubAttributes is null));
    }

    [Fact]
    public void Merging_a_language_map_joins_texts_and_a_partial_update_replaces_it()
    {
        var state = Read("""{"id":"urn:a:b","type":"Road","name":{"type":"LanguageProperty","languageMap":{"ko":"중구","en":"Jung-gu"}}}""").ToEntity();
        var fragment = Read("""{"name":{"type":"LanguageProperty","languageMap":{"en":"Jung District","fr":"Jung"}}}""");
        Assert.Equal("""{"en":"Jung District","fr":"Jung","ko":"중구"}""", Value(EntityOperations.Merge(state, fragment), "name"));
        Assert.Equal("""{"en":"Jung District","fr":"Jung"}""", Value(EntityOperations.UpdatePartially(state, Name("name"), fragment.Attributes[0].Default), "name")); // clause 5.6.4
        Assert.Null(EntityOperations.Merge(state, Read("""{"name":{"type":"LanguageProperty","languageMap":{"@none":"urn:ngsi-ld:null"}}}""")).Find(Name("name")));
    }

    [Fact]
    public void A_scope_is_deleted_like_an_attribute_and_updated_only_where_there_is_one()
    {
        var bare = Read("""{"id":"urn:a:b","type":"Road"}""").ToEntity();
        var scoped = bare with { Scopes = ["/a"] };
        Assert.Empty(EntityOperations.Delete(scoped, Name("scope"), null, false).Scopes);
        Assert.Equal(ProblemKind.ResourceNotFound, Assert.Throws<Problem>(() => EntityOperations.Delete(bare, Name("scope"), null, false)).Kind);
        var (left, result) = EntityOperations.Update(bare, Read("""{"scope":"/b"}"""));
        Assert.Empty(left.Scopes);
        Assert.Single(result.NotUpdated);
        Assert.Equal(["/b"], EntityOperations.Update(scoped, Read("""{"scope":"/b"}""")).State.Scopes);
        Assert.Equal(["/a", "/b"], EntityOperations.Append(scoped, Read("""{"scope":"/b"}"""), overwrite: false).State.Scopes);
    }
}
