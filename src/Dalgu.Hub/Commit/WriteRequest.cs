using Dalgu.Hub.Access;

namespace Dalgu.Hub;

/// <summary>A write that waits in a tenant's queue.</summary>
internal abstract class WriteRequest(Principal who, string action, IReadOnlyList<string> ids)
{
    public Principal Who => who;
    public string Action => action;
    public IReadOnlyList<string> Ids => ids;

    /// <summary>Applies the write; false where it was refused, which completes it.</summary>
    public abstract bool TryApply(WriteScope scope);

    /// <summary>Completes the write: it is durable.</summary>
    public abstract void Acknowledge();

    /// <summary>Completes the write: nothing of it is stored.</summary>
    public abstract void Fail(Exception fault);
}

/// <inheritdoc/>
internal sealed class WriteRequest<T>(Principal who, string action, IReadOnlyList<string> ids, Func<WriteScope, T> apply) : WriteRequest(who, action, ids)
{
    private readonly TaskCompletionSource<T> done = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private T result = default!;

    public Task<T> Task => done.Task;

    public override bool TryApply(WriteScope scope)
    {
        try
        {
            result = apply(scope);
            return true;
        }
        catch (Exception fault)
        {
            done.TrySetException(fault);
            return false;
        }
    }

    public override void Acknowledge() => done.TrySetResult(result);
    public override void Fail(Exception fault) => done.TrySetException(fault);
}
