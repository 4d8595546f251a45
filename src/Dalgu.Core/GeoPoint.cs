namespace Dalgu;

/// <summary>A place on the earth, WGS 84, degrees: longitude −180…180, latitude −90…90.</summary>
public readonly record struct GeoPoint(double Longitude, double Latitude)
{
    private const double EarthRadiusMetres = 6_371_008.8;

    /// <summary>True where both degrees are finite and within their range.</summary>
    public bool IsValid => double.IsFinite(Longitude) && double.IsFinite(Latitude) && Math.Abs(Longitude) <= 180 && Math.Abs(Latitude) <= 90;

    /// <summary>The great-circle distance in metres on a sphere of the mean earth radius (haversine).</summary>
    public double DistanceTo(GeoPoint other)
    {
        static double Radians(double degrees) => degrees * (Math.PI / 180);
        var dLat = Radians(other.Latitude - Latitude);
        var dLon = Radians(other.Longitude - Longitude);
        var h = Math.Pow(Math.Sin(dLat / 2), 2) + Math.Cos(Radians(Latitude)) * Math.Cos(Radians(other.Latitude)) * Math.Pow(Math.Sin(dLon / 2), 2);
        return 2 * EarthRadiusMetres * Math.Asin(Math.Min(1, Math.Sqrt(h)));
    }
}
