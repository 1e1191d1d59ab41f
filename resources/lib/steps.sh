# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=bash
# Shared by resources/run.sh and tests/run.sh: saying what happens, becoming root, installing packages.

# The file that takes the whole output of every step.
log=${log:-/dev/null}

say() { printf '%s\n' "$*"; }

die() {
    printf '%s: %s\n' "${0##*/}" "$1" >&2
    shift
    [ $# -eq 0 ] || printf '  %s\n' "$@" >&2
    exit 1
}

# The newest line of a long command: in place on a terminal, four times a minute elsewhere.
show_progress() {
    local line shown=$SECONDS width
    if [ -t 1 ]; then
        width=$(stty size 2>/dev/null </dev/tty | cut -d' ' -f2)
        while IFS= read -r line; do
            line=${line//[^[:print:]]/ }
            printf '\r\033[K  %.*s' "$((${width:-80} - 4))" "$line"
        done
        printf '\r\033[K'
    else
        while IFS= read -r line; do
            [ $((SECONDS - shown)) -lt 15 ] || { printf '  ... %.100s\n' "$line" && shown=$SECONDS; }
        done
    fi
}

# step WORDS COMMAND...: says the words, runs the command with its output in the log, returns its status.
step() {
    local words=$1 began=$SECONDS
    shift
    say "$words"
    printf '\n== %s: %s\n' "$words" "$*" >>"$log"
    if ! "$@" 2>&1 </dev/null | tee -a "$log" | show_progress; then
        tail -n 25 "$log" | sed 's/^/  | /' >&2
        return 1
    fi
    [ $((SECONDS - began)) -lt 5 ] || say "  done in $((SECONDS - began)) s"
}

as_root() {
    if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo -- "$@"; fi
}

# Asks for sudo's password once, before the long steps.
need_root() {
    [ "$(id -u)" -ne 0 ] || return 0
    command -v sudo >/dev/null ||
        die "installing needs root, and sudo is not there." "Run this as root, or install sudo and become a member of its group."
    sudo -v || die "sudo refused." "Run this from a terminal, as a user who may use sudo, or as root."
}

apt_get() {
    as_root env DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8 apt-get --yes --quiet \
        -o DPkg::Lock::Timeout=600 -o APT::Sandbox::User=root "$@"
}

# Fetches the lists of packages, once a run.
apt_update() {
    [ -z "${apt_updated:-}" ] || return 0
    step "Fetching the lists of packages" apt_get update ||
        die "the lists of packages could not be fetched." "Check the network and /etc/apt/sources.list, then try again."
    apt_updated=yes
}

is_installed() {
    [ "$(dpkg-query --show --showformat='${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

# What building needs, as the package says. Marked as installed by the way, so that `apt autoremove` takes it back.
install_build_dependencies() {
    local packaging
    packaging=$(realpath "$1") # apt takes a relative path for a package's name
    if command -v dpkg-checkbuilddeps >/dev/null && dpkg-checkbuilddeps "$packaging/debian/control" 2>/dev/null; then
        return 0
    fi
    apt_update
    step "Installing what the build needs: compiler, Qt, libbpf (about 1.5 GB on disk)" \
        apt_get build-dep --no-install-recommends -o APT::Get::Build-Dep-Automatic=true "$packaging" ||
        die "what the build needs could not be installed." "The lines above say why; the whole output is in $log"
}
