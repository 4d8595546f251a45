using Dalgu.Hub.Changes;
using Dalgu.Hub.Entities;
using Dalgu.Hub.Storage;

namespace Dalgu.Hub.Subscriptions;

/// <summary>A change as subscriptions look at it: what happened to the entity, and to each of its attributes. Read once, asked by every candidate.</summary>
internal sealed class ChangeFacts
{
    private readonly (string Name, Triggers What)[] attributes;

    public ChangeFacts(Change change)
    {
        Change = change;
        OfEntity = change.Kind switch { ChangeKind.Created => Triggers.EntityCreated, ChangeKind.Updated => Triggers.EntityUpdated, ChangeKind.Deleted => Triggers.EntityDeleted, _ => Triggers.None };
        attributes = new (string, Triggers)[change.Attributes.Count];
        for (var i = 0; i < attributes.Length; i++)
            attributes[i] = (change.Attributes[i], What(change.Before?.Find(change.Attributes[i]), change.After?.Find(change.Attributes[i])));
    }

    /// <summary>The change.</summary>
    public Change Change { get; }
    /// <summary>What happened to the entity.</summary>
    public Triggers OfEntity { get; }
    /// <summary>The number of the change.</summary>
    public long Seq => Change.Seq;
    /// <summary>How many attributes changed.</summary>
    public int Count => attributes.Length;
    /// <summary>The name (IRI) of an attribute that changed.</summary>
    public string Name(int index) => attributes[index].Name;

    /// <summary>True where one of the triggers happened to an attribute that is watched, or to the entity.</summary>
    public bool Fires(Triggers triggers, IReadOnlySet<string>? watched)
    {
        var touched = watched is null;
        foreach (var (name, what) in attributes)
        {
            if (watched?.Contains(name) == false) continue;
            if ((triggers & what) != 0) return true;
            touched = true;
        }
        return touched && (triggers & OfEntity) != 0;
    }

    private static Triggers What(EntityAttribute? before, EntityAttribute? after)
    {
        if (before is null) return after is null ? Triggers.None : Triggers.AttributeCreated;
        if (after is null) return Triggers.AttributeDeleted;
        var what = Triggers.None;
        foreach (var instance in after.Instances)
        {
            var old = Instance(before, instance.DatasetId);
            // A further instance is created, and the attribute that gets it is updated.
            if (old is null) what |= Triggers.AttributeCreated | Triggers.AttributeUpdated;
            else if (!ReferenceEquals(old, instance)) what |= Triggers.AttributeUpdated;
        }
        foreach (var instance in before.Instances) if (Instance(after, instance.DatasetId) is null) what |= Triggers.AttributeDeleted;
        return what;
    }

    /// <summary>The instance of a dataset; null where there is none.</summary>
    public static AttributeInstance? Instance(EntityAttribute? attribute, string? dataset)
    {
        if (attribute is not null)
            foreach (var instance in attribute.Instances)
                if (instance.DatasetId == dataset) return instance;
        return null;
    }
}
