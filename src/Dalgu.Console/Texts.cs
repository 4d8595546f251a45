namespace Dalgu.Console;

/// <summary>The words of the console, in Korean and English.</summary>
public static partial class Texts
{
    /// <summary>The product.</summary>
    public static BilingualText Product => new("달구", "Dalgu");
    /// <summary>The city.</summary>
    public static BilingualText City => new("대구광역시", "City of Daegu");
    /// <summary>All of it was made by a generator.</summary>
    public static BilingualText Synthetic => new("합성 데이터", "synthetic data");
    /// <summary>Some of it was made by a generator.</summary>
    public static BilingualText SyntheticIncluded => new("합성 데이터 포함", "includes synthetic data");
    /// <summary>No value is known.</summary>
    public static BilingualText NotReported => new("미보고", "not reported");
    internal static BilingualText Nothing => new("해당하는 것이 없습니다.", "There is nothing to show.");
    internal static BilingualText NoValuesInPeriod => new("이 기간에 기록된 값이 없습니다.", "No values are recorded in this period.");
    internal static BilingualText Close => new("닫기", "Close");
    internal static BilingualText AsOf => new("기준", "As of");
    internal static BilingualText Yes => new("예", "yes");
    internal static BilingualText No => new("아니오", "no");
    internal static BilingualText Positions => new("개 좌표", "positions");
    internal static BilingualText Seconds => new("초", " s");
    internal static BilingualText Minutes => new("분", " min");
    internal static BilingualText Hours => new("시간", " h");
    internal static BilingualText Days => new("일", " d");
    internal static BilingualText Imported => new("가져온 경계·선", "Imported areas and lines");
    internal static BilingualText AsTable => new("표로 보기", "As a table");
    internal static BilingualText Time => new("시각", "Time");
    internal static BilingualText EarlierRows => new("이전 {0}행은 CSV에 있습니다.", "{0} earlier rows are in the CSV.");
    internal static BilingualText SparkLabel => new("최저 {0}, 최고 {1}, 마지막 {2}", "lowest {0}, highest {1}, last {2}");
    internal static BilingualText JustChanged => new("방금 바뀐 것", "Just changed");
    internal static BilingualText NothingChangedYet => new("바뀐 값이 없습니다.", "No value has changed.");
    internal static BilingualText SourcesCaption => new("원천의 건강", "Health of the sources");
    internal static BilingualText NoSources => new("값을 보낸 원천이 없습니다.", "No source has sent a value.");
    internal static BilingualText Source => new("원천", "Source");
    internal static BilingualText ValuesPerMinute => new("값/분", "Values/min");
    internal static BilingualText ValuesInAll => new("받은 값", "Values");
    internal static BilingualText Entities => new("엔티티", "Entities");
    internal static BilingualText Last => new("마지막", "Last");
    internal static BilingualText Condition => new("상태", "State");
    internal static BilingualText StateGood => new("정상", "good");
    internal static BilingualText StateLate => new("늦음", "late");
    internal static BilingualText StateSilent => new("무응답", "silent");
    internal static BilingualText StateOnce => new("한 번 받음", "sent once");
    internal static BilingualText Itself => new("달구 (서버 자체)", "Dalgu itself");
    internal static BilingualText Show => new("보기", "Show");
    internal static BilingualText WholeMap => new("전체", "Whole");
    internal static BilingualText MapTable => new("지도의 표", "The map as a table");
    internal static BilingualText Layer => new("층", "Layer");
    internal static BilingualText Name => new("이름", "Name");
    internal static BilingualText Value => new("값", "Value");
    internal static BilingualText Class => new("등급", "Class");
    internal static BilingualText Place => new("위치 (경도, 위도)", "Place (lon, lat)");
}
