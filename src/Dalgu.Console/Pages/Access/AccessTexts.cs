using Dalgu.Hub.Access;

namespace Dalgu.Console.Pages.Access;

/// <summary>The words of the pages for signing in, accounts and keys.</summary>
internal static class AccessTexts
{
    public static BilingualText SignIn => new("로그인", "Sign in");
    public static BilingualText SignOut => new("로그아웃", "Sign out");
    public static BilingualText SignInLead => new("계정은 관리자가 만듭니다. 공개 자료는 로그인 없이 볼 수 있습니다.", "Accounts are made by an administrator. Public data can be read without one.");
    public static BilingualText AccountName => new("계정 이름", "Account name");
    public static BilingualText Password => new("비밀번호", "Password");
    public static BilingualText Welcome => new("관리자 계정 만들기", "Make the administrator's account");
    public static BilingualText NewPassword => new("새 비밀번호 정하기", "Set a new password");
    public static BilingualText WelcomeLead => new("이 링크는 한 번만, 한 시간 안에 쓸 수 있습니다.", "This link works once, within an hour.");
    public static BilingualText LinkGone => new("이 링크는 이미 쓰였거나 한 시간이 지났습니다. 관리자에게 새 링크를 받거나, 서버에서 dalgu user link 를 실행하십시오.", "The link is used or older than an hour. Ask an administrator for a new one, or run dalgu user link on the server.");
    public static BilingualText DisplayName => new("표시 이름", "Display name");
    public static BilingualText NameHint => new("글자, 숫자, 점, 줄표, 밑줄. 2–64자", "Letters, digits, dots, dashes, underscores; 2 to 64");
    public static BilingualText PasswordHint => new("12자 이상. 낱말 네 개를 이어 쓰면 외우기 쉽습니다.", "At least 12 characters; four words are easy to remember.");
    public static BilingualText Repeat => new("비밀번호 다시", "Password again");
    public static BilingualText Current => new("지금 비밀번호", "Present password");
    public static BilingualText Set => new("정하기", "Set");
    public static BilingualText MyAccount => new("내 계정", "My account");
    public static BilingualText ByKey => new("세션 없이 접근하고 있습니다. 로그인한 계정만 이 쪽에 내용이 있습니다.", "You are here without a session; only a signed-in account has something on this page.");
    public static BilingualText ChangePassword => new("비밀번호 바꾸기", "Change password");
    public static BilingualText ChangeNote => new("바꾸면 다른 브라우저는 모두 로그아웃됩니다.", "Every other browser is signed out.");
    public static BilingualText MySessions => new("내 세션", "My sessions");
    public static BilingualText Began => new("시작", "Began");
    public static BilingualText LastUsed => new("마지막 사용", "Last used");
    public static BilingualText Address => new("주소", "Address");
    public static BilingualText Browser => new("브라우저", "Browser");
    public static BilingualText ThisOne => new("이 브라우저", "this browser");
    public static BilingualText End => new("끝내기", "End");
    public static BilingualText UsersAndKeys => new("사용자·키", "Users and keys");
    public static BilingualText UsersLead => new("누가 이 도시의 자료를 읽고 쓸 수 있는지 봅니다.", "Who may read and write this city's data.");
    public static BilingualText Accounts => new("계정", "Accounts");
    public static BilingualText Keys => new("API 키", "API keys");
    public static BilingualText AddAccount => new("계정 추가", "Add an account");
    public static BilingualText AddAccountNote => new("만들면 비밀번호를 정하는 일회용 링크가 나옵니다.", "You get a one-time link at which the person sets a password.");
    public static BilingualText AddKey => new("키 추가", "Add a key");
    public static BilingualText AddKeyNote => new("키는 만든 직후 한 번만 보입니다.", "The key is shown once, right after it is made.");
    public static BilingualText Name => new("이름", "Name");
    public static BilingualText RoleWord => new("역할", "Role");
    public static BilingualText DesksWord => new("데스크", "Desks");
    public static BilingualText DesksHint => new("담당자만: plan, city 처럼 쉼표로", "Officials only: such as plan, city");
    public static BilingualText Tenants => new("테넌트", "Tenants");
    public static BilingualText TenantsHint => new("비우면 모두. 쉼표로 나누고 기본 테넌트는 default", "Empty for all; separated by commas; default for the default one");
    public static BilingualText AllTenants => new("모두", "all");
    public static BilingualText Expires => new("만료", "Expires");
    public static BilingualText ExpiresHint => new("비우면 만료 없음", "Empty for never");
    public static BilingualText Never => new("없음", "never");
    public static BilingualText State => new("상태", "State");
    public static BilingualText Open => new("사용", "in use");
    public static BilingualText Disabled => new("중지", "disabled");
    public static BilingualText NoPassword => new("비밀번호 없음", "no password yet");
    public static BilingualText Disable => new("중지", "Disable");
    public static BilingualText Enable => new("다시 사용", "Enable");
    public static BilingualText NewLink => new("새 링크", "New link");
    public static BilingualText Key => new("키", "Key");
    public static BilingualText Made => new("만든 때", "Made");
    public static BilingualText Acts => new("처리", "Acts");
    public static BilingualText OnceOnly => new("지금만 보입니다. 복사해 두십시오.", "Shown only now: copy it.");

    public static BilingualText Of(Role role) => role switch
    {
        Role.Administrator => new("관리자", "administrator"),
        Role.Operator => new("운영자", "operator"),
        Role.Official => new("담당자", "official"),
        Role.Reader => new("열람자", "reader"),
        _ => new("미확인", "anonymous"),
    };
}
