namespace Dalgu.Traffic.Simulation;

/// <summary>A network or demand file that cannot be used. The message names the file, the element and the line, states the fact and says the way out.</summary>
public sealed class TrafficFileException : Exception
{
    /// <summary>Refuses a file because of one of its elements.</summary>
    /// <param name="file">The file as it was named by the caller.</param>
    /// <param name="element">The element, for instance <c>connection</c>; empty where the file as a whole is at fault.</param>
    /// <param name="line">The line, counted from 1; 0 where no line is known.</param>
    /// <param name="fact">What is wrong and what helps.</param>
    /// <param name="inner">The fault behind it, if there is one.</param>
    public TrafficFileException(string file, string element, int line, string fact, Exception? inner = null) : base(Compose(file, element, line, fact), inner)
    {
        File = file;
        Element = element;
        Line = line;
    }

    /// <summary>The file as it was named by the caller.</summary>
    public string File { get; }

    /// <summary>The element at fault; empty where it is the file as a whole.</summary>
    public string Element { get; }

    /// <summary>The line of the element, counted from 1; 0 where no line is known.</summary>
    public int Line { get; }

    private static string Compose(string file, string element, int line, string fact) =>
        file + (line > 0 ? $", line {line}" : "") + (element.Length > 0 ? $", <{element}>" : "") + ": " + fact;
}
