using Dalgu.Console;

namespace Dalgu.City.Districts;

/// <summary>One of the nine districts (구·군) of Daegu with the facts that the product brings. Told apart by code, never by name.</summary>
/// <param name="Code">The code of the Ministry of the Interior and Safety (행정표준코드), five digits: 27110.</param>
/// <param name="KostatCode">The code of Statistics Korea in the 2018 boundaries and the census: 22010; for Gunwi 37310.</param>
/// <param name="Name">Its name.</param>
/// <param name="Residents">Registered residents.</param>
/// <param name="Households">Registered households.</param>
/// <param name="AreaKm2">Its land area in square kilometres.</param>
/// <param name="Mark">Where the map puts its mark: the mean of the centroids of its dongs (2018 boundaries), weighted by their residents. Each lies inside its district.</param>
public sealed record District(string Code, string KostatCode, BilingualText Name, int Residents, int Households, double AreaKm2, GeoPoint Mark)
{
    /// <summary>The entity type.</summary>
    public const string Type = "AdministrativeDistrict";

    /// <summary>The entity id.</summary>
    public string Id => IdOf(Code);

    /// <summary>The entity id of the district of a MOIS code.</summary>
    public static string IdOf(string code) => $"urn:ngsi-ld:{Type}:daegu:{code}";
}
