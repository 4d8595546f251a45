using System.Globalization;
using System.Text;
using Dalgu.Hub.Contexts;
using Dalgu.Hub.Entities;
using Dalgu.Hub.Storage;
using NetTopologySuite.Geometries;
using NetTopologySuite.Geometries.Prepared;
using NetTopologySuite.Operation.Distance;

namespace Dalgu.Hub.Query;

/// <summary>A filter over places (clause 4.10): a relation to a reference geometry. Distances are metres. Immutable, thread-safe.</summary>
public sealed class GeoQuery
{
    private const double MetresPerDegree = 111_195.08; // of latitude, on a sphere of the mean earth radius
    private readonly string relation, property;
    private readonly Geometry reference;
    private readonly IPreparedGeometry prepared;
    private readonly double? minDistance, maxDistance;

    private GeoQuery(string relation, Geometry reference, double? min, double? max, string property)
    {
        (this.relation, this.reference, minDistance, maxDistance, this.property) = (relation, reference, min, max, property);
        prepared = PreparedGeometryFactory.Prepare(reference);
    }

    /// <summary>Reads the parameters georel, geometry, coordinates and geoproperty.</summary>
    /// <exception cref="Problem">BadRequestData where they are not those of a geo-query.</exception>
    public static GeoQuery Parse(string georel, string geometry, string coordinates, string? geoproperty, LdContext context)
    {
        var reference = Reference(geometry, coordinates, "the geo-query");
        double? min = null, max = null;
        var parts = georel.Split(';');
        var relation = parts[0];
        if (relation == "near")
        {
            if (parts.Length != 2) throw Bad();
            var term = parts[1].Split("==");
            if (term.Length != 2 || !double.TryParse(term[1], NumberStyles.Float, CultureInfo.InvariantCulture, out var metres) || !(metres > 0) || !double.IsFinite(metres)) throw Bad();
            if (term[0] == "maxDistance") max = metres;
            else if (term[0] == "minDistance") min = metres;
            else throw Bad();
        }
        else if (parts.Length != 1 || relation is not ("equals" or "disjoint" or "intersects" or "within" or "contains" or "overlaps")) throw Bad();
        return new(relation, reference, min, max, context.ExpandAttribute(string.IsNullOrEmpty(geoproperty) ? "location" : geoproperty));

        Problem Bad() => new(ProblemKind.BadRequestData,
            $"The georel \"{Iri.Shorten(georel)}\" is not valid; write near;maxDistance==METRES, near;minDistance==METRES, within, contains, intersects, equals, disjoint or overlaps.");
    }

    /// <summary>The geometry of a kind with its coordinates as JSON.</summary>
    /// <exception cref="Problem">BadRequestData where they are none.</exception>
    internal static Geometry Reference(string geometry, string coordinates, string what)
    {
        var json = Encoding.UTF8.GetBytes($"{{\"type\":{System.Text.Json.JsonSerializer.Serialize(geometry)},\"coordinates\":{coordinates}}}");
        Places.Require(json, what);
        return Places.Read(json) ?? throw new Problem(ProblemKind.BadRequestData, $"The geometry of {what} cannot be built from its coordinates.");
    }

    /// <summary>The IRI of the GeoProperty that is looked at.</summary>
    public string Property => property;

    /// <summary>A box that every match touches; null where the relation has none.</summary>
    public Box? Narrowing
    {
        get
        {
            if (relation == "disjoint" || relation == "near" && maxDistance is null) return null;
            var e = reference.EnvelopeInternal;
            var dy = (maxDistance ?? 0) / MetresPerDegree * 1.01 + 1e-7;
            var latitude = Math.Min(89.9, Math.Max(Math.Abs(e.MinY), Math.Abs(e.MaxY)) + dy);
            var dx = Math.Min(360, dy / Math.Cos(latitude * Math.PI / 180));
            // A box over the date line is not narrowed.
            return e.MinX - dx < -180 || e.MaxX + dx > 180 ? null : new(e.MinX - dx, e.MinY - dy, e.MaxX + dx, e.MaxY + dy);
        }
    }

    /// <summary>True where the entity's GeoProperty stands in the relation.</summary>
    public bool Matches(Entity entity)
    {
        if (entity.Find(property) is not { } attribute) return false;
        foreach (var instance in attribute.Instances)
            if (instance.Kind == AttributeKind.GeoProperty && Places.Read(instance.Value.Span) is { } place && Matches(place)) return true;
        return false;
    }

    /// <summary>False where nothing that lies in an area, which is a GeoProperty of the entity, can stand in the relation.</summary>
    public bool MayMatchIn(Entity areas)
    {
        if (relation == "disjoint" || relation == "near" && maxDistance is null || areas.Find(property) is not { } area) return true;
        return Places.Read(area.Default.Value.Span) is not { } place || (relation == "near" ? Distance(place, reference) <= maxDistance : prepared.Intersects(place));
    }

    /// <summary>The distance from an entity's GeoProperty to the reference in metres; null where it has none.</summary>
    public double? DistanceTo(Entity entity) =>
        entity.Find(property) is { } attribute && Places.Read(attribute.Default.Value.Span) is { } place ? Distance(place, reference) : null;

    private bool Matches(Geometry place)
    {
        try
        {
            return relation switch
            {
                "near" => Distance(place, reference) is var d && (maxDistance is null || d <= maxDistance) && (minDistance is null || d >= minDistance),
                "within" => prepared.Contains(place),
                "contains" => prepared.Within(place),
                "intersects" => prepared.Intersects(place),
                "disjoint" => prepared.Disjoint(place),
                "overlaps" => prepared.Overlaps(place),
                _ => reference.EqualsNormalized(place) || reference.EqualsTopologically(place), // a self-crossing polygon still equals itself
            };
        }
        catch (TopologyException)
        {
            return false; // a self-crossing polygon stands in no relation
        }
    }

    /// <summary>The shortest distance between two geometries in metres: their nearest positions, then the great circle between these.</summary>
    internal static double Distance(Geometry a, Geometry b)
    {
        if (a is Point p && b is Point q) return new GeoPoint(p.X, p.Y).DistanceTo(new GeoPoint(q.X, q.Y));
        // Nearest positions are sought where a degree east is as long as one north, or slanted lines would find wrong feet.
        var shrink = Math.Cos(b.Centroid.Y * Math.PI / 180);
        var scale = new NetTopologySuite.Geometries.Utilities.AffineTransformation(shrink, 0, 0, 0, 1, 0);
        var nearest = DistanceOp.NearestPoints(scale.Transform(a), scale.Transform(b));
        return new GeoPoint(nearest[0].X / shrink, nearest[0].Y).DistanceTo(new GeoPoint(nearest[1].X / shrink, nearest[1].Y));
    }
}
