namespace Dalgu.Plan.Entities;

/// <summary>The entity types of the desk and the ids of its entities: <c>urn:ngsi-ld:NewDealStrategy:daegu-2021:industrial</c>.</summary>
public static class PlanIds
{
    /// <summary>The plan as a whole.</summary>
    public const string Plan = "NewDealPlan";
    /// <summary>A strategy.</summary>
    public const string Strategy = "NewDealStrategy";
    /// <summary>A field of a strategy.</summary>
    public const string Field = "NewDealField";
    /// <summary>A flagship, an axis across the tree.</summary>
    public const string Flagship = "NewDealFlagship";
    /// <summary>An item with a published budget.</summary>
    public const string Item = "NewDealItem";
    /// <summary>An indicator; the name is that of Smart Data Models.</summary>
    public const string Indicator = "KeyPerformanceIndicator";
    /// <summary>A text from which figures were taken.</summary>
    public const string Source = "PublishedSource";

    /// <summary>All of them.</summary>
    public static IReadOnlyList<string> Types { get; } = [Plan, Strategy, Field, Flagship, Item, Indicator, Source];

    /// <summary>The id of the plan itself.</summary>
    public static string Of(string plan) => $"urn:ngsi-ld:{Plan}:{plan}";

    /// <summary>The id of a part of a plan.</summary>
    public static string Of(string type, string plan, string key) => $"urn:ngsi-ld:{type}:{plan}:{key}";

    /// <summary>The key of a part: what follows the last colon of its id.</summary>
    public static string Key(string id) => id[(id.LastIndexOf(':') + 1)..];
}
