# What tools/quickstart and tools/test share. Sourced by bash, from the root of the project.

# shellcheck shell=bash
say() { printf '%s\n' "$*"; }
die() { printf '%s: %s\n' "$(basename "$0")" "$*" >&2; exit 1; }

BUILD_PACKAGES=(cmake ninja-build g++ pkg-config tao-pegtl-dev libyaml-cpp-dev nlohmann-json3-dev libfmt-dev
    libspdlog-dev libcli11-dev libpcre2-dev)
TEST_PACKAGES=("${BUILD_PACKAGES[@]}" catch2 ccache python3 python3-venv)
CLANG_PACKAGES=(clang-14 libclang-rt-14-dev)
NODE_PACKAGES=(nodejs npm)
EDITOR_PACKAGES=(vim)

# The command that says that a package's work is done already, whoever installed it.
declare -A COMMAND_OF=([cmake]=cmake [ninja-build]=ninja [g++]=g++ [pkg-config]=pkg-config [ccache]=ccache
    [python3]=python3 [nodejs]=node [npm]=npm [vim]=vim [clang-14]=clang++-14)

is_there() {
    local command=${COMMAND_OF[$1]:-}
    if [[ -n $command ]]; then command -v "$command" >/dev/null; return; fi
    if [[ $1 == python3-venv ]]; then python3 -c 'import ensurepip, venv' 2>/dev/null; return; fi
    dpkg-query -W -f '${Status}' "$1" 2>/dev/null | grep -q 'install ok installed'
}

as_root() {
    if [[ $(id -u) == 0 ]]; then "$@"; else sudo -n "$@"; fi
}

apt_install() {
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "$@"
}

# install_missing PACKAGE...: installs what is not there. Says what is missing and returns 1 when it cannot.
install_missing() {
    local missing=() package log=build/logs/packages.log
    for package in "$@"; do is_there "$package" || missing+=("$package"); done
    ((${#missing[@]})) || return 0
    mkdir -p build/logs
    say "Installing ${missing[*]}"
    if ! command -v apt-get >/dev/null; then
        say "This machine has no apt-get. Install what these Debian packages hold, then start again: ${missing[*]}" >&2
        return 1
    fi
    if [[ $(id -u) != 0 ]] && ! sudo -n true 2>/dev/null; then
        say "Only root can install packages, and sudo asks for a password or is not there. Run this, then start again:" >&2
        say "    apt-get install ${missing[*]}" >&2
        return 1
    fi
    # The lists of packages may be missing or old: they are renewed only when the install fails without that.
    if apt_install "${missing[@]}" >"$log" 2>&1; then return 0; fi
    if as_root apt-get update >>"$log" 2>&1 && apt_install "${missing[@]}" >>"$log" 2>&1; then return 0; fi
    tail -n 5 "$log" >&2
    say "apt-get could not install ${missing[*]} (all it said: $log)" >&2
    return 1
}
