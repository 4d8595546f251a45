namespace Dalgu.Hub.Storage;

/// <summary>A store that several nodes write. Writes of a tenant go by turns: a node that has the turn is the only one that commits, and begins it with
/// all that the others committed before.</summary>
public interface ISharedStore : IStore
{
    /// <summary>True where no other node is there for certain: then nothing is committed but here.</summary>
    bool IsAlone { get; }

    /// <summary>True where this node has the turn for certain: the session of the lock has answered lately.</summary>
    bool HoldsTurn { get; }

    /// <summary>Completes when another node asks for the turn.</summary>
    Task TurnWanted { get; }

    /// <summary>How long the turn may be kept without being asked for it.</summary>
    TimeSpan LongestTurn { get; }

    /// <summary>Waits for the turn. It ends with <see cref="EndTurnAsync"/>, or with the connection: then every commit is refused until the next one.</summary>
    /// <exception cref="Problem">Unavailable where the database cannot be reached or the turn does not come.</exception>
    ValueTask BeginTurnAsync(CancellationToken cancel = default);

    /// <summary>Gives the turn back.</summary>
    ValueTask EndTurnAsync();

    /// <summary>Tells of a unit that is complete and will be committed once those announced before it are, from within the turn. A store may send ahead what
    /// of it only adds; it keeps nothing of a unit that is not committed before the turn ends. The unit must stay as it is meanwhile.</summary>
    void Announce(CommitUnit unit);

    /// <summary>What other nodes committed since the last commit or news; null where nothing. Not while a commit of this node is under way.</summary>
    ValueTask<StoreNews?> NewsAsync(CancellationToken cancel = default);

    /// <summary>Raised when another node has committed something; it may be raised for nothing.</summary>
    event Action? Committed;
}

/// <summary>The stores of several nodes over one database.</summary>
public interface ISharedStores : IStoreFactory
{
    /// <summary>True where this node has a duty, work that one node at a time does. One that has it keeps it until it ends or loses the database;
    /// ask again each second, and let the work rest where the answer is no.</summary>
    ValueTask<bool> HasDutyAsync(string duty, CancellationToken cancel = default);

    /// <summary>Gives a duty up, so that another node takes it at once.</summary>
    ValueTask LeaveDutyAsync(string duty);
}
