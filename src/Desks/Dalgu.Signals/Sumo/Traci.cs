namespace Dalgu.Signals.Sumo;

/// <summary>The numbers of SUMO's TraCI protocol that this client uses (API 20).</summary>
internal static class Traci
{
    public const byte SimulationStep = 0x02, Close = 0x7f;
    public const byte GetVehicle = 0xa4, SetSignal = 0xc2;
    public const byte SubscribeVehicle = 0xd4, SubscribeSimulation = 0xdb;
    public const byte VehicleResult = 0xe4, SimulationResult = 0xeb;
    public const byte LaneId = 0x51, LanePosition = 0x56, Speed = 0x40, Edges = 0x54, Length = 0x44;
    public const byte Loaded = 0x72, Departed = 0x74, Arrived = 0x7a, State = 0x20;
    public const byte TypeString = 0x0c;
}
