namespace Dalgu.Hub.Storage;

/// <summary>Reading what may be damaged.</summary>
internal static class Damage
{
    /// <summary>Rows up to the first that a store cannot read any more: what is missing is told of as missing.</summary>
    public static async IAsyncEnumerable<T> UntilDamage<T>(this IAsyncEnumerable<T> rows)
    {
        await using var row = rows.GetAsyncEnumerator();
        while (true)
        {
            try
            {
                if (!await row.MoveNextAsync()) yield break;
            }
            catch (InvalidDataException)
            {
                yield break;
            }
            yield return row.Current;
        }
    }
}
