namespace Dalgu.Signals.Measures;

/// <summary>What one vehicle's trip was, as SUMO's tripinfo says it. Seconds, metres, kilograms; <paramref name="Arrived"/> is false where the run ended first.</summary>
internal readonly record struct Trip(string Id, double Depart, double DepartDelay, double Duration, double TimeLoss, double WaitingTime, int Stops, double RouteLength, bool Arrived, double Co2Kg, double NoxKg);
