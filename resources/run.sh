#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
set -euo pipefail

usage() {
    cat <<'EOF'
Usage: resources/run.sh [--help]

Builds the eBPF Bandwidth Tracker from this source, installs it and opens it, on Debian 12 or 13. Call it as a user with
sudo, or as root, from anywhere, as often as you like: what is done already is not done again.

  1. installs what the build needs
  2. builds the packages ebpf-bandwidth-tracker and ebpf-bandwidth-tracker-gui
  3. installs them by apt
  4. starts the helper: by systemd, or by itself where there is no systemd
  5. opens the window as the user who called; without a display the live view of bwtctl

To undo it:  sudo apt purge ebpf-bandwidth-tracker ebpf-bandwidth-tracker-gui && sudo apt autoremove
EOF
}

source_dir=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
packaging="$source_dir/resources/packaging"
helper=/usr/libexec/bandwidth-tracker-helper
unit=ebpf-bandwidth-tracker.service
# shellcheck source=resources/lib/steps.sh
. "$source_dir/resources/lib/steps.sh"

case "${1:-}" in
    '') ;;
    -h | --help) usage && exit 0 ;;
    *) usage >&2 && exit 2 ;;
esac

# The window is the caller's; what is built belongs to whom the source belongs to, or to the caller.
caller=$(id -un)
builder=$caller
if [ "$caller" = root ]; then
    caller=${SUDO_USER:-root}
    builder=$(stat --format=%U "$source_dir")
    id "$builder" >/dev/null 2>&1 || builder=root
fi

home_of() {
    getent passwd "$1" | cut -d: -f6
}

# as_user USER COMMAND...
as_user() {
    local user=$1 uid
    shift
    if [ "$(id -un)" = "$user" ]; then
        "$@"
    else
        uid=$(id -u "$user")
        runuser -u "$user" -- env HOME="$(home_of "$user")" USER="$user" LOGNAME="$user" \
            XDG_RUNTIME_DIR="/run/user/$uid" DBUS_SESSION_BUS_ADDRESS="unix:path=/run/user/$uid/bus" "$@"
    fi
}

check_system() {
    command -v apt-get >/dev/null ||
        die "this is not Debian: there is no apt." "README.md says how to build elsewhere."
}

# In the source where the builder may write there, else in their cache.
choose_work_dir() {
    work="$source_dir/build/packages"
    if ! as_user "$builder" mkdir -p "$work" 2>/dev/null || ! as_user "$builder" test -w "$work"; then
        work="$(home_of "$builder")/.cache/ebpf-bandwidth-tracker/packages"
        as_user "$builder" mkdir -p "$work" || die "there is nowhere to build: $work cannot be made."
    fi
    log="$work/run.log"
    as_user "$builder" touch "$log"
    : >"$log"
}

# One line for all that goes into a package: the source and the system that it is built for.
source_state() {
    (
        cd "$source_dir"
        printf '%s\n' "$source_dir"
        cat /etc/debian_version
        find . \( -path ./.git -o -path ./build \) -prune -o -type f -print0 | LC_ALL=C sort -z | xargs -0 sha256sum
    ) | sha256sum | cut -d' ' -f1
}

# A copy of the source as Debian's tools want it. Each build is a newer version than the last, so that apt upgrades to it.
stage_source() {
    local version=$1
    rm -rf "$work/source" "$work"/*.deb "$work"/*.buildinfo "$work"/*.changes
    mkdir "$work/source"
    tar -C "$source_dir" --exclude=./build --exclude=./.git -cf - . | tar -C "$work/source" -xf -
    cp -r "$packaging/debian" "$work/source/debian"
    {
        printf 'ebpf-bandwidth-tracker (%s) unstable; urgency=medium\n\n  * Built from %s.\n\n' "$version" "$source_dir"
        printf ' -- %s  %s\n\n' "$(sed -n 's/^Maintainer: //p' "$packaging/debian/control")" "$(date -R)"
        cat "$packaging/debian/changelog"
    } >"$work/source/debian/changelog"
}

build_packages() {
    local version
    version=$(sed -n '1s/.*(\(.*\)).*/\1/p' "$packaging/debian/changelog")+$(date -u +%Y%m%d%H%M%S)
    stage_source "$version"
    cd "$work/source"
    OBJECTS=../objects DEB_BUILD_OPTIONS="noautodbgsym parallel=$(nproc) terse" \
        dpkg-buildpackage --build=binary --no-sign --no-pre-clean
    printf '%s\n' "$version" >"$work/version"
    printf '%s\n' "$state" >"$work/state"
}

build_if_changed() {
    state=$(source_state)
    if [ "$(cat "$work/state" 2>/dev/null)" = "$state" ]; then
        say "The packages are built already: nothing has changed since."
        return
    fi
    install_build_dependencies "$packaging"
    export source_dir packaging work state
    export -f build_packages stage_source
    step "Building the packages (a few minutes the first time)" as_user "$builder" bash -euc build_packages ||
        die "the build failed." "The lines above say why; the whole output is in $log"
}

installed_version() {
    ! is_installed "$1" || dpkg-query --show --showformat='${Version}' "$1"
}

install_if_new() {
    local version
    version=$(cat "$work/version")
    if [ "$(installed_version ebpf-bandwidth-tracker)" = "$version" ] &&
        [ "$(installed_version ebpf-bandwidth-tracker-gui)" = "$version" ]; then
        say "Version $version is installed already."
        return
    fi
    apt_update
    step "Installing ebpf-bandwidth-tracker and ebpf-bandwidth-tracker-gui $version" \
        apt_get install --allow-downgrades "$work"/ebpf-bandwidth-tracker*_"$version"_*.deb ||
        die "the packages could not be installed." "The lines above say why; the whole output is in $log"
}

start_by_systemd() {
    say "Starting the helper"
    as_root systemctl start "$unit" && return
    as_root systemctl status --no-pager --lines=10 "$unit" >&2 || true
    die "the helper did not start." "What this kernel can and cannot do:  sudo $helper --check"
}

bus_answers() {
    dbus-send --system --print-reply --dest=org.freedesktop.DBus / org.freedesktop.DBus.GetId >/dev/null 2>&1
}

start_bus() {
    ! bus_answers || return 0
    say "No system bus is running: starting one"
    as_root sh -c 'mkdir -p /run/dbus && rm -f /run/dbus/pid && dbus-uuidgen --ensure && dbus-daemon --system --fork' ||
        die "the system bus did not start." "Look at what dbus-daemon said above."
}

# Without systemd: the same helper with the same rights, as long as the machine runs.
start_by_itself() {
    local output=/var/log/ebpf-bandwidth-tracker.log
    start_bus
    say "Starting the helper (there is no systemd here; it says what it does in $output)"
    as_root start-stop-daemon --start --oknodo --background --make-pidfile --pidfile /run/ebpf-bandwidth-tracker.pid \
        --output "$output" --notify-await --notify-timeout 60 --exec "$helper" >>"$log" 2>&1 && return
    as_root tail -n 10 "$output" >&2 || true
    die "the helper did not start." "What this kernel can and cannot do:  sudo $helper --check"
}

start_helper() {
    if [ -d /run/systemd/system ]; then start_by_systemd; else start_by_itself; fi
}

open_app() {
    say "To undo all this:  sudo apt purge ebpf-bandwidth-tracker ebpf-bandwidth-tracker-gui && sudo apt autoremove"
    if [ -n "${DISPLAY:-}${WAYLAND_DISPLAY:-}" ]; then
        [ "$caller" != root ] || say "Nobody called through sudo, so the window runs as root."
        say "Opening the window as $caller"
        as_user "$caller" bandwidth-tracker
    elif [ -t 1 ]; then
        say "No display: the live view as $caller. Ctrl+C ends it, the helper goes on counting."
        as_user "$caller" bwtctl live
    else
        say "No display and no terminal: one frame of the live view, as $caller"
        as_user "$caller" bwtctl live --once
    fi
}

check_system
choose_work_dir
need_root
build_if_changed
install_if_new
start_helper
open_app
