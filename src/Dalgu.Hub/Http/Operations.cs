using Dalgu.Hub.Access;
using Dalgu.Hub.Batch;
using Dalgu.Hub.Contexts;
using Dalgu.Hub.Discovery;
using Dalgu.Hub.Entities;
using Dalgu.Hub.Registrations;
using Dalgu.Hub.Snapshots;
using Dalgu.Hub.Subscriptions;
using Dalgu.Hub.Temporal;

namespace Dalgu.Hub.Http;

/// <summary>The table of the operations of NGSI-LD (ETSI GS CIM 009, clause 6.2). A further operation is a further row.</summary>
public static class Operations
{
    private static readonly string[] Json = [MediaTypes.Json, MediaTypes.JsonLd];
    private static readonly string[] Patch = [MediaTypes.Json, MediaTypes.JsonLd, MediaTypes.MergePatch];
    private static readonly string[] None = [];

    private static readonly string[] Select = ["id", "type", "idPattern", "attrs", "q", "scopeQ", "georel", "geometry", "coordinates", "geoproperty", "datasetId", "local", "csf", "splitEntities", "entityMap", "entityMapLifetime", "expandValues", "jsonKeys"];
    private static readonly string[] Form = ["options", "format", "pick", "omit", "lang", "geometryProperty", "join", "joinLevel", "containedBy"];
    private static readonly string[] Page = ["limit", "offset", "count", "orderBy", "collation", "orderFrom", "orderGeometry"];
    private static readonly string[] Time = ["timerel", "timeAt", "endTimeAt", "timeproperty", "lastN", "aggrMethods", "aggrPeriodDuration"];
    private static readonly string[] Sources = ["id", "type", "idPattern", "attrs", "q", "csf", "scopeQ", "georel", "geometry", "coordinates", "geoproperty", "timerel", "timeAt", "endTimeAt", "timeproperty", "limit", "offset", "count", "options", "format"];
    private const Role Anyone = Role.Anonymous, Writer = Role.Official, Manager = Role.Operator;

    /// <summary>Where sources send the notifications of planted subscriptions: beside the interface, not part of it.</summary>
    public static Operation Relay { get; } = new("relay.notify", "5.8.6", "POST", "/remote-notify", Anyone, ["tenant"], Json, SubscriptionRelay.Receive, "Takes the notification of a source.");

    /// <summary>Every operation.</summary>
    public static IReadOnlyList<Operation> All { get; } =
    [
        new("entities.query", "5.7.2", "GET", "/entities", Anyone, [.. Select, .. Form, .. Page], None, EntityEndpoints.Query, "Queries entities by type, id, attributes, filter, place and scope."),
        new("entities.create", "5.6.1", "POST", "/entities", Writer, ["local"], Json, EntityEndpoints.Create, "Creates an entity."),
        new("entities.purge", "5.6.21", "DELETE", "/entities", Writer, [.. Select, "keep", "drop"], None, PurgeEndpoint.Purge, "Deletes the entities that a query finds, or some of their attributes."),
        new("entities.retrieve", "5.7.1", "GET", "/entities/{entityId}", Anyone, ["type", "attrs", "datasetId", "local", "entityMap", "entityMapLifetime", .. Form], None, EntityEndpoints.Retrieve, "Retrieves an entity."),
        new("entities.replace", "5.6.18", "PUT", "/entities/{entityId}", Writer, ["type", "local"], Json, EntityEndpoints.Replace, "Replaces an entity."),
        new("entities.merge", "5.6.17", "PATCH", "/entities/{entityId}", Writer, ["options", "format", "observedAt", "lang", "type", "local"], Patch, EntityEndpoints.Merge, "Merges a fragment into an entity."),
        new("entities.delete", "5.6.6", "DELETE", "/entities/{entityId}", Writer, ["type", "local"], None, EntityEndpoints.Delete, "Deletes an entity; its history stays."),
        new("attributes.append", "5.6.3", "POST", "/entities/{entityId}/attrs", Writer, ["options", "type", "local"], Json, AttributeEndpoints.Append, "Appends attributes to an entity."),
        new("attributes.update", "5.6.2", "PATCH", "/entities/{entityId}/attrs", Writer, ["options", "type", "local"], Patch, AttributeEndpoints.Update, "Updates attributes of an entity."),
        new("attribute.update", "5.6.4", "PATCH", "/entities/{entityId}/attrs/{attrId}", Writer, ["type", "local"], Patch, AttributeEndpoints.UpdatePartially, "Updates parts of an attribute."),
        new("attribute.replace", "5.6.19", "PUT", "/entities/{entityId}/attrs/{attrId}", Writer, ["type", "local"], Json, AttributeEndpoints.Replace, "Replaces an attribute."),
        new("attribute.delete", "5.6.5", "DELETE", "/entities/{entityId}/attrs/{attrId}", Writer, ["datasetId", "deleteAll", "type", "local"], None, AttributeEndpoints.Delete, "Deletes an attribute, or one instance of it."),
        new("batch.create", "5.6.7", "POST", "/entityOperations/create", Writer, ["local"], Json, BatchEndpoints.Create, "Creates many entities."),
        new("batch.upsert", "5.6.8", "POST", "/entityOperations/upsert", Writer, ["options", "local"], Json, BatchEndpoints.Upsert, "Creates or replaces (options=update: updates) many entities."),
        new("batch.update", "5.6.9", "POST", "/entityOperations/update", Writer, ["options", "local"], Json, BatchEndpoints.Update, "Updates many entities."),
        new("batch.merge", "5.6.20", "POST", "/entityOperations/merge", Writer, ["options", "format", "observedAt", "lang", "local"], Json, BatchEndpoints.Merge, "Merges fragments into many entities."),
        new("batch.delete", "5.6.10", "POST", "/entityOperations/delete", Writer, ["local"], Json, BatchEndpoints.Delete, "Deletes many entities."),
        new("batch.query", "5.7.2", "POST", "/entityOperations/query", Anyone, ["limit", "offset", "count", "local", "options", "format", "csf", "splitEntities"], Json, BatchEndpoints.Query, "Queries entities by a body."),
        new("temporal.query", "5.7.4", "GET", "/temporal/entities", Anyone, [.. Select, .. Time, .. Page, "options", "format", "lang", "pick", "omit"], None, TemporalEndpoints.Query, "Queries the temporal evolution of entities."),
        new("temporal.retrieve", "5.7.3", "GET", "/temporal/entities/{entityId}", Anyone, ["attrs", "datasetId", "options", "format", "lang", "pick", "omit", "local", "entityMap", "entityMapLifetime", .. Time], None, TemporalEndpoints.Retrieve, "Retrieves the temporal evolution of an entity."),
        new("temporal.create", "5.6.11", "POST", "/temporal/entities", Writer, ["local"], Json, TemporalWriteEndpoints.CreateOrUpdate, "Creates the temporal evolution of an entity, or adds to it."),
        new("temporal.delete", "5.6.16", "DELETE", "/temporal/entities/{entityId}", Writer, ["local"], None, TemporalWriteEndpoints.Delete, "Erases the temporal evolution of an entity."),
        new("temporal.attributes.append", "5.6.12", "POST", "/temporal/entities/{entityId}/attrs", Writer, ["local"], Json, TemporalWriteEndpoints.Append, "Adds instances of attributes to a temporal evolution."),
        new("temporal.attribute.delete", "5.6.13", "DELETE", "/temporal/entities/{entityId}/attrs/{attrId}", Writer, ["datasetId", "deleteAll", "local"], None, TemporalWriteEndpoints.DeleteAttribute, "Deletes an attribute from a temporal evolution."),
        new("temporal.instance.update", "5.6.14", "PATCH", "/temporal/entities/{entityId}/attrs/{attrId}/{instanceId}", Writer, ["local"], Patch, TemporalWriteEndpoints.UpdateInstance, "Corrects one instance in a temporal evolution."),
        new("temporal.instance.delete", "5.6.15", "DELETE", "/temporal/entities/{entityId}/attrs/{attrId}/{instanceId}", Writer, ["local"], None, TemporalWriteEndpoints.DeleteInstance, "Deletes one instance from a temporal evolution."),
        new("temporal.batch.query", "5.7.4", "POST", "/temporal/entityOperations/query", Anyone, ["csf", "splitEntities", "entityMap", "entityMapLifetime", "limit", "offset", "count", "local", "options", "format", .. Time], Json, TemporalEndpoints.QueryByBody, "Queries the temporal evolution of entities by a body."),
        new("types.list", "5.7.5", "GET", "/types", Anyone, ["details", "local"], None, DiscoveryEndpoints.Types, "Lists entity types."),
        new("types.retrieve", "5.7.7", "GET", "/types/{type}", Anyone, ["local"], None, DiscoveryEndpoints.Type, "Tells of an entity type."),
        new("attributes.list", "5.7.8", "GET", "/attributes", Anyone, ["details", "local"], None, DiscoveryEndpoints.Attributes, "Lists attributes."),
        new("attributes.retrieve", "5.7.10", "GET", "/attributes/{attrId}", Anyone, ["local"], None, DiscoveryEndpoints.Attribute, "Tells of an attribute."),
        new("registrations.subscriptions.list", "5.11.5", "GET", "/csourceSubscriptions", Manager, ["limit", "offset", "count", "options"], None, RegistrationSubscriptionEndpoints.List, "Lists subscriptions to registrations."),
        new("registrations.subscriptions.create", "5.11.2", "POST", "/csourceSubscriptions", Manager, [], Json, RegistrationSubscriptionEndpoints.Create, "Subscribes to registrations."),
        new("registrations.subscriptions.retrieve", "5.11.4", "GET", "/csourceSubscriptions/{subscriptionId}", Manager, ["options"], None, RegistrationSubscriptionEndpoints.Retrieve, "Retrieves a subscription to registrations."),
        new("registrations.subscriptions.update", "5.11.3", "PATCH", "/csourceSubscriptions/{subscriptionId}", Manager, [], Patch, RegistrationSubscriptionEndpoints.Update, "Updates a subscription to registrations."),
        new("registrations.subscriptions.delete", "5.11.6", "DELETE", "/csourceSubscriptions/{subscriptionId}", Manager, [], None, RegistrationSubscriptionEndpoints.Delete, "Deletes a subscription to registrations."),
        new("maps.create", "5.14.4", "GET", "/entityMaps", Anyone, Select, None, EntityMapEndpoints.Create, "Makes a map of the entities that match a query."),
        new("maps.create.body", "5.14.4", "POST", "/entityMaps", Anyone, ["entityMapLifetime", "local", "csf", "splitEntities"], Json, EntityMapEndpoints.CreateByBody, "Makes a map of the entities that match a query in the body."),
        new("maps.create.temporal", "5.14.5", "GET", "/temporal/entityMaps", Anyone, [.. Select, .. Time], None, TemporalEndpoints.CreateMap, "Makes a map of the entities whose temporal evolution matches a query."),
        new("maps.retrieve", "5.14.1", "GET", "/entityMaps/{entityMapId}", Anyone, [], None, EntityMapEndpoints.Retrieve, "Retrieves an entity map."),
        new("maps.update", "5.14.2", "PATCH", "/entityMaps/{entityMapId}", Anyone, [], Patch, EntityMapEndpoints.Update, "Sets how long an entity map lives."),
        new("maps.delete", "5.14.3", "DELETE", "/entityMaps/{entityMapId}", Anyone, [], None, EntityMapEndpoints.Delete, "Deletes an entity map."),
        new("snapshots.create", "5.16.1", "POST", "/snapshots", Writer, [], Json, SnapshotEndpoints.Create, "Freezes what queries find, under an id."),
        new("snapshots.purge", "5.16.7", "DELETE", "/snapshots", Writer, ["q"], None, SnapshotEndpoints.Purge, "Deletes the snapshots that a filter over their members finds."),
        new("snapshots.retrieve", "5.16.3", "GET", "/snapshots/{snapshotId}", Writer, ["options"], None, SnapshotEndpoints.Retrieve, "Retrieves the status of a snapshot."),
        new("snapshots.update", "5.16.4", "PATCH", "/snapshots/{snapshotId}", Writer, [], Patch, SnapshotEndpoints.Update, "Sets how long a snapshot lives, its priority, and who is told."),
        new("snapshots.delete", "5.16.5", "DELETE", "/snapshots/{snapshotId}", Writer, [], None, SnapshotEndpoints.Delete, "Deletes a snapshot with what it holds."),
        new("snapshots.clone", "5.16.2", "POST", "/snapshots/{snapshotId}/clone", Writer, [], Json, SnapshotEndpoints.Clone, "Copies a snapshot into another."),
        new("info.identity", "5.15.1", "GET", "/info/sourceIdentity", Anyone, [], None, SourceIdentity.Retrieve, "Tells who this instance is among brokers."),
        new("registrations.query", "5.10.2", "GET", "/csourceRegistrations", Manager, Sources, None, RegistrationEndpoints.Query, "Queries registrations of context sources."),
        new("registrations.create", "5.9.2", "POST", "/csourceRegistrations", Manager, [], Json, RegistrationEndpoints.Create, "Registers a context source."),
        new("registrations.retrieve", "5.10.1", "GET", "/csourceRegistrations/{registrationId}", Manager, ["options", "format"], None, RegistrationEndpoints.Retrieve, "Retrieves a registration."),
        new("registrations.update", "5.9.3", "PATCH", "/csourceRegistrations/{registrationId}", Manager, [], Patch, RegistrationEndpoints.Update, "Updates a registration."),
        new("registrations.delete", "5.9.4", "DELETE", "/csourceRegistrations/{registrationId}", Manager, [], None, RegistrationEndpoints.Delete, "Deletes a registration."),
        new("contexts.add", "5.13.2", "POST", "/jsonldContexts", Role.Operator, [], Json, ContextEndpoints.Add, "Keeps an @context for its client."),
        new("contexts.list", "5.13.3", "GET", "/jsonldContexts", Anyone, ["details", "kind"], None, ContextEndpoints.List, "Lists the @contexts that are kept."),
        new("contexts.serve", "5.13.4", "GET", "/jsonldContexts/{contextId}", Anyone, ["details"], None, ContextEndpoints.Serve, "Serves an @context, or tells of it."),
        new("contexts.delete", "5.13.5", "DELETE", "/jsonldContexts/{contextId}", Role.Operator, ["reload"], None, ContextEndpoints.Delete, "Deletes an @context, or fetches it anew."),
        new("subscriptions.create", "5.8.1", "POST", "/subscriptions", Writer, [], Json, SubscriptionEndpoints.Create, "Creates a subscription."),
        new("subscriptions.list", "5.8.4", "GET", "/subscriptions", Writer, ["limit", "offset", "count", "options"], None, SubscriptionEndpoints.List, "Lists subscriptions."),
        new("subscriptions.retrieve", "5.8.3", "GET", "/subscriptions/{subscriptionId}", Writer, ["options"], None, SubscriptionEndpoints.Retrieve, "Retrieves a subscription with its statistics."),
        new("subscriptions.update", "5.8.2", "PATCH", "/subscriptions/{subscriptionId}", Writer, [], Patch, SubscriptionEndpoints.Update, "Changes a subscription."),
        new("subscriptions.delete", "5.8.5", "DELETE", "/subscriptions/{subscriptionId}", Writer, [], None, SubscriptionEndpoints.Delete, "Deletes a subscription."),
    ];
}
