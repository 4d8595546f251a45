using System.Text;
using System.Text.RegularExpressions;
using Dalgu.Console.Pages.Access;
using Dalgu.Hub.Access;

namespace Dalgu.Console.Display;

/// <summary>What a refusal of the hub says to a person, in Korean and English. Programs get the English of the open interface; a page has both.</summary>
public static class Refusals
{
    /// <summary>The refusals that a page can show: the English as the hub says it, and the Korean. A number in braces stands for what differs.</summary>
    private static readonly (string English, string Korean)[] Known =
    [
        // Filters of tables.
        ("The filter \"{0}\" is not valid at character {1}; write such as speed>50;brandName==\"Mercedes\".", "조건 “{0}”의 {1}번째 글자를 읽을 수 없습니다. speed>50;brandName==\"Mercedes\"처럼 쓰세요."),
        ("The filter has {0} characters; the limit is {1}.", "조건이 {0}자입니다. {1}자까지 쓸 수 있으니 줄이세요."),
        ("The filter nests more than 32 parentheses.", "조건의 괄호가 32겹을 넘습니다. 괄호를 줄이세요."),
        ("The filter has more than {0} terms.", "조건의 항이 {0}개를 넘습니다. 조건을 줄이세요."),
        ("The value \"{0}\" in the filter is no number, date or time; put text in double quotes.", "조건의 값 “{0}”은(는) 숫자도 날짜도 시각도 아닙니다. 글이라면 큰따옴표 안에 쓰세요."),
        ("\"{0}\" is not a valid attribute path; write a name, names joined by dots, or name[key].", "“{0}”은(는) 속성 이름이 아닙니다. 이름, 점으로 이은 이름, 또는 이름[키]로 쓰세요."),
        ("The type selection \"{0}\" is not valid at character {1}; join names with ',' or '|' (or), ';' (and) and parentheses.", "유형 “{0}”의 {1}번째 글자를 읽을 수 없습니다. 이름을 ','나 '|'(또는), ';'(그리고), 괄호로 이으세요."),
        ("The type selection has {0} characters; the limit is {1}.", "유형이 {0}자입니다. {1}자까지 쓸 수 있습니다."),
        ("The type selection nests more than {0} parentheses.", "유형의 괄호가 {0}겹을 넘습니다. 괄호를 줄이세요."),
        ("The pattern \"{0}\" takes too long to match; write a simpler one.", "패턴 “{0}”을(를) 맞추는 데 너무 오래 걸립니다. 더 단순하게 쓰세요."),
        ("A pattern has 1 to {0} characters.", "패턴은 1자에서 {0}자까지입니다."),
        ("\"{0}\" is not a valid pattern.", "“{0}”은(는) 올바른 패턴이 아닙니다. 정규식으로 쓰세요."),
        ("{0} \"{1}\" is not a valid URI; write an absolute one such as urn:ngsi-ld:Road:7.", "“{1}”은(는) URI가 아닙니다. urn:ngsi-ld:Road:7처럼 쓰세요."),
        ("More than {0} entities match, which is the limit of a CSV; narrow the query, or page through GET {1}.", "조건에 맞는 엔티티가 {0}개를 넘어 CSV 하나에 담을 수 없습니다. 조건을 좁히거나 GET {1}을(를) 쪽마다 읽으세요."),
        ("The kind \"{0}\" is none that the map draws; ask for marks, points or shapes.", "“{0}”은(는) 지도가 그리는 것이 아닙니다. marks, points, shapes 가운데 고르세요."),
        ("{0} live pages are open, which is the limit; the page stands as it is, reload it later.", "실시간 화면이 {0}개 열려 있어 한도에 이르렀습니다. 화면은 그대로 두고 나중에 다시 여세요."),
        // Accounts, keys, links.
        ("Name and password do not fit together; check both.", "이름과 비밀번호가 맞지 않습니다. 둘 다 확인하세요."),
        ("Sign-ins failed too often; try again in {0} min.", "로그인이 너무 여러 번 실패했습니다. {0}분 뒤에 다시 하세요."),
        ("The present password is another one; check it.", "지금 비밀번호가 다릅니다. 확인하세요."),
        ("The password is shorter than {0} characters; choose a longer one, such as four words.", "비밀번호가 {0}자보다 짧습니다. 낱말 네 개처럼 더 길게 정하세요."),
        ("The password is longer than {0} characters; choose a shorter one.", "비밀번호가 {0}자보다 깁니다. 더 짧게 정하세요."),
        ("The password repeats fewer than 5 different characters; choose one that is harder to guess.", "비밀번호가 다섯 가지도 안 되는 글자를 되풀이합니다. 짐작하기 어렵게 정하세요."),
        ("The password holds the account's name and little else; choose another one.", "비밀번호가 계정 이름과 거의 같습니다. 다르게 정하세요."),
        ("The password and its repetition differ; write the same twice.", "두 번 쓴 비밀번호가 다릅니다. 똑같이 두 번 쓰세요."),
        ("An account \"{0}\" exists; choose another name.", "계정 “{0}”이(가) 이미 있습니다. 다른 이름을 쓰세요."),
        ("There is no account \"{0}\".", "계정 “{0}”이(가) 없습니다. 이름을 확인하세요."),
        ("\"{0}\" is the only administrator; add another one first.", "“{0}”은(는) 하나뿐인 관리자입니다. 먼저 다른 관리자를 두세요."),
        ("The name \"{0}\" is not valid; write 2 to 64 letters, digits, dots, dashes or underscores.", "이름 “{0}”은(는) 쓸 수 없습니다. 글자, 숫자, 점, 붙임표, 밑줄로 2자에서 64자까지 쓰세요."),
        ("The role is none of reader, official, operator, administrator.", "역할은 열람자, 담당자, 운영자, 관리자 가운데 하나입니다. 하나를 고르세요."),
        ("An official needs a desk; name at least one.", "담당자에게는 업무가 있어야 합니다. 하나 이상 고르세요."),
        ("Only an official has desks; the role is {0}.", "업무는 담당자에게만 있습니다. 업무를 비우거나 역할을 담당자로 바꾸세요."),
        ("A key \"{0}\" exists; disable it or choose another name.", "키 “{0}”이(가) 이미 있습니다. 그 키를 닫거나 다른 이름을 쓰세요."),
        ("There is no open key \"{0}\".", "열린 키 “{0}”이(가) 없습니다. 이름을 확인하세요."),
        ("The expiry {0} is past; name a later one.", "만료일 {0}은(는) 이미 지났습니다. 더 늦은 날을 쓰세요."),
        ("The expiry \"{0}\" is no date; write one such as 2027-12-31.", "만료일 “{0}”은(는) 날짜가 아닙니다. 2027-12-31처럼 쓰세요."),
        ("The link is used or older than an hour; ask an administrator for a new one, or run \"dalgu user link\".", "이미 쓴 링크이거나 한 시간이 지난 링크입니다. 관리자에게 새 링크를 받거나 “dalgu user link”를 실행하세요."),
        ("An administrator has an account by now; sign in with it.", "관리자 계정이 이미 있습니다. 그 계정으로 로그인하세요."),
        ("Only a signed-in account does this; sign in first.", "로그인한 계정만 할 수 있습니다. 먼저 로그인하세요."),
        ("The form is too old or not of this instance; open the page again and send it anew.", "양식이 오래되었거나 이 서버의 것이 아닙니다. 화면을 다시 열고 보내세요."),
        // At the door.
        ("The host \"{0}\" is none of this instance's; call it by {1}, or add the name with DALGU_HOSTS.", "“{0}”은(는) 이 서버의 이름이 아닙니다. {1}(으)로 접속하거나 운영자가 DALGU_HOSTS에 이름을 더해야 합니다."),
        ("The request comes from another site; send it from a page of this instance, or with an API key.", "다른 사이트에서 온 요청입니다. 이 서버의 화면에서 보내거나 API 키를 쓰세요."),
        ("{0} {1} needs a known caller; sign in, or send an API key as \"Authorization: Bearer …\".", "{1}은(는) 로그인해야 볼 수 있습니다. 로그인하세요."),
        ("{0} {1} needs the role {2}; {3} is {4}.", "{1}에는 역할이 {2:role} 이상이어야 합니다. 지금 역할은 {4:role}입니다. 필요하면 관리자에게 요청하세요."),
        ("{0} {1} is for officials of the desk \"{2}\"; {3} is of {4}.", "{1}은(는) “{2}” 업무 담당자의 것입니다. 필요하면 관리자에게 요청하세요."),
        ("The Authorization scheme is not Bearer; send the API key as \"Authorization: Bearer …\".", "인증 방식이 Bearer가 아닙니다. API 키를 “Authorization: Bearer …”로 보내세요."),
        ("The API key is unknown, expired or disabled; ask an administrator for another one.", "API 키를 모르거나, 만료되었거나, 닫혔습니다. 관리자에게 새 키를 받으세요."),
        ("The API key \"{0}\" is not for the tenant \"{1}\"; ask an administrator for one that is.", "API 키 “{0}”은(는) 테넌트 “{1}”의 것이 아닙니다. 관리자에게 맞는 키를 받으세요."),
        ("The plan has no source \"{0}\".", "계획에 출처 “{0}”이(가) 없습니다. 주소를 확인하세요."),
        ("The hub holds no plan.", "허브에 계획이 없습니다. 운영자에게 알려 주세요."),
        // The state of the instance.
        ("The instance is stopping; send the write again when it is back.", "서버가 멈추는 중입니다. 다시 시작된 뒤에 보내세요."),
        ("{0} writes wait already; send this one again in a second.", "기다리는 기록이 {0}건으로 한도에 이르렀습니다. 1초 뒤에 다시 보내세요."),
        ("The write could not be made durable; look whether it is there before you send it again.", "기록이 디스크에 남았는지 알 수 없습니다. 다시 보내기 전에 남아 있는지 확인하세요."),
        ("The write could not be stored; nothing of it was kept.", "기록하지 못했습니다. 아무것도 남지 않았으니 다시 보내세요."),
        ("The disk of the store is full: writes are refused, reads go on. Make room; writes go on by themselves.", "저장소의 디스크가 가득 차서 기록할 수 없습니다. 읽기는 됩니다. 자리를 비우면 기록이 저절로 이어집니다."),
        ("Another process uses the store.", "다른 프로그램이 저장소를 쓰고 있습니다. 잠시 뒤에 다시 하세요."),
        ("The instance failed to answer; its log has the fault under {0}.", "서버가 답하지 못했습니다. 오류는 {0} 번호로 기록되었습니다. 운영자에게 알려 주세요."),
        ("The body is larger than this instance takes; send it in parts.", "보낸 내용이 너무 큽니다. 나누어 보내세요."),
    ];

    private static readonly (Regex Form, string Korean)[] Forms = [.. Known.Select(k => (FormOf(k.English), k.Korean))];

    /// <summary>A refusal in both languages. One whose words are not known is told in Korean by its kind, with the way out of the kind.</summary>
    public static BilingualText Of(Problem problem) => new(KoreanOf(problem.Message) ?? ByKind(problem.Kind), problem.Message);

    /// <summary>The Korean of an English refusal; null where it is none that a page shows.</summary>
    internal static string? KoreanOf(string english)
    {
        foreach (var (form, korean) in Forms)
        {
            var match = form.Match(english);
            if (!match.Success) continue;
            var text = new StringBuilder(korean);
            for (var i = match.Groups.Count - 1; i > 0; i--)
            {
                var value = match.Groups[i].Value;
                text.Replace($"{{{i - 1}:role}}", Enum.TryParse<Role>(value, ignoreCase: true, out var role) ? AccessTexts.Of(role).Korean : value).Replace($"{{{i - 1}}}", value);
            }
            return text.ToString();
        }
        return null;
    }

    private static string ByKind(ProblemKind kind) => kind switch
    {
        ProblemKind.AlreadyExists => "이미 있습니다. 다른 이름을 쓰세요.",
        ProblemKind.ResourceNotFound or ProblemKind.NonexistentTenant => "찾는 것이 없거나 볼 권한이 없습니다. 주소를 확인하세요.",
        ProblemKind.TooComplexQuery or ProblemKind.TooManyResults => "조건이 너무 넓거나 복잡합니다. 조건을 줄이거나 좁히세요.",
        ProblemKind.Conflict => "그사이 상태가 바뀌어 지금은 할 수 없습니다. 화면을 다시 열고 확인하세요.",
        ProblemKind.Unauthorized => "로그인이 필요합니다. 로그인하고 다시 하세요.",
        ProblemKind.Forbidden => "권한이 없습니다. 필요하면 관리자에게 요청하세요.",
        ProblemKind.PayloadTooLarge => "보낸 내용이 너무 큽니다. 나누어 보내세요.",
        ProblemKind.TooManyRequests or ProblemKind.Unavailable => "지금은 처리할 수 없습니다. 잠시 뒤에 다시 하세요.",
        ProblemKind.StorageFull => "디스크가 가득 차서 기록할 수 없습니다. 읽기는 됩니다. 운영자에게 알려 주세요.",
        ProblemKind.LdContextNotAvailable or ProblemKind.SourceUnavailable => "밖에 있는 문서나 원천이 답하지 않습니다. 잠시 뒤에 다시 하세요.",
        ProblemKind.InternalError => "서버에 오류가 있습니다. 오류는 기록되었습니다. 운영자에게 알려 주세요.",
        _ => "입력한 값이 올바르지 않습니다. 값을 확인하고 다시 하세요. 아무것도 기록되지 않았습니다.",
    };

    private static Regex FormOf(string english) =>
        new("^" + Regex.Replace(Regex.Escape(english), @"\\\{\d+}", "(.*?)") + "$", RegexOptions.CultureInvariant | RegexOptions.Singleline | RegexOptions.NonBacktracking);
}
