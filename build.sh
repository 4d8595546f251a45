# Sourced by dalgu and test: the tools that a build needs, and an environment in which it does not depend on who runs it.
# shellcheck shell=bash
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 DOTNET_CLI_UI_LANGUAGE=en DOTNET_SKIP_FIRST_TIME_EXPERIENCE=1
export TESTINGPLATFORM_TELEMETRY_OPTOUT=1 MSBUILDDISABLENODEREUSE=1 LC_ALL=C.UTF-8
if [ -z "${HOME:-}" ] || [ ! -w "$HOME" ]; then
  export HOME="$ROOT/.tools/home"
  mkdir -p "$HOME"
fi

# compile COMMAND…: runs a build whose projects share one compiler, which ends with it. Each project would start a compiler of
# its own otherwise, which on two cores is most of the time of a first build. Where pkill is missing it ends after ten idle minutes.
# A compiler that lives for a minute spends half of it on measuring itself for better code, so that is left out.
compile() {
  local id="dalgu-$$" code=0
  DOTNET_TieredPGO=0 UseSharedCompilation=true SharedCompilationId=$id "$@" || code=$?
  pkill -f -- "-pipename:$id\$" 2>/dev/null || true
  return $code
}

may_install() { [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; }

# install PACKAGE [LEAST]: true where apt has the package (of that major version or later) and installed it.
install() {
  may_install || return 1
  local candidate
  candidate=$(apt-cache policy "$1" 2>/dev/null | sed -n 's/^ *Candidate: *//p')
  if [ -z "$candidate" ] || [ "$candidate" = "(none)" ]; then
    apt-get update -qq >/dev/null 2>&1 || true
    candidate=$(apt-cache policy "$1" 2>/dev/null | sed -n 's/^ *Candidate: *//p')
  fi
  case $candidate in '' | '(none)') return 1 ;; esac
  if [ -n "${2:-}" ]; then
    local major=${candidate#*:}
    [ "${major%%[!0-9]*}" -ge "$2" ] || return 1
  fi
  echo "Installing $1 …" >&2
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$1" >/dev/null 2>&1
}

has_dotnet() { command -v dotnet >/dev/null 2>&1 && dotnet --list-sdks 2>/dev/null | grep -q '^10\.'; }
has_node() {
  command -v npm >/dev/null 2>&1 || return 1
  local version
  version=$(node --version 2>/dev/null) || return 1
  version=${version#v}
  [ "${version%%.*}" -ge 20 ]
}

need_tools() {
  local missing=()
  has_dotnet || { install dotnet-sdk-10.0 && has_dotnet; } || missing+=("the .NET 10 SDK (package dotnet-sdk-10.0, or https://dot.net/download)")
  has_node || { install nodejs 20 && { command -v npm >/dev/null 2>&1 || install npm; } && has_node; } || missing+=("Node.js 20 or later with npm (packages nodejs and npm, or https://nodejs.org)")
  if [ ${#missing[@]} -gt 0 ]; then
    echo "dalgu: this machine lacks:" >&2
    printf '  - %s\n' "${missing[@]}" >&2
    echo "Install that, then run the command again." >&2
    exit 3
  fi
}
