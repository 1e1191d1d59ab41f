#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# newcomer.sh FIRST SECOND: what somebody meets who has just fetched the source, inside the root file system of run.sh.
set -uo pipefail
# shellcheck source=tests/lib/checks.sh
. /opt/checks.sh

first=$1
second=$2
source_dir=/home/dev/source
work=$source_dir/build/packages
packages=(ebpf-bandwidth-tracker ebpf-bandwidth-tracker-gui)

# As a login would have it: that user's environment, from a directory that has nothing to do with the source.
as() {
    local user=$1 home=/root
    shift
    [ "$user" = root ] || home=/home/$user
    (cd /usr && setpriv --reuid="$user" --regid="$user" --init-groups env HOME="$home" USER="$user" LOGNAME="$user" "$@")
}

# run_as USER: calls run.sh without display or terminal; its words go to /tmp/words and to our output.
run_as() {
    as "$1" "$source_dir/resources/run.sh" </dev/null 2>&1 | tee /tmp/words
    [ "${PIPESTATUS[0]}" -eq 0 ]
}

said() {
    grep -q "$1" /tmp/words || { cat /tmp/words && return 1; }
}

# until_true COMMAND...: within half a minute.
until_true() {
    local deadline=$((SECONDS + 30))
    until "$@"; do
        [ "$SECONDS" -lt "$deadline" ] || return 1
        read -rt 0.2 <> <(:) || true
    done
}

# By the command line: its name is longer than the kernel's, and the helper's begins alike.
window='^bandwidth-tracker$'

window_runs_as() {
    [ "$(pgrep --full "$window")" ] && [ "$(pgrep --full "$window")" = "$(pgrep --euid "$1" --full "$window")" ]
}

# opens_window COMMAND...: run.sh called like this opens the window as dev, and ends with it.
opens_window() {
    local pid
    "$@" </dev/null >/tmp/words 2>&1 &
    pid=$!
    until_true window_runs_as dev || { cat /tmp/words && return 1; }
    pkill --full "$window"
    wait "$pid"
    until_true fails window_runs_as dev
}

# Files of ours, but for the source and what users keep in their home.
leftovers() {
    find / -xdev \( -path /proc -o -path /sys -o -path /dev -o -path /home -o -path /root -o -path /opt \) -prune \
        -o \( -iname '*bandwidth*track*' -o -name 'bwtctl*' \) -print
}

nothing_left() {
    [ -z "$(leftovers)" ] || { leftovers && return 1; }
}

try_run() {
    local began=$SECONDS
    if run_as "$first"; then ok "run.sh as $first ends well in $((SECONDS - began)) s"; else not_ok "run.sh as $first" && return 1; fi
    check "it ends in one frame, without a display" said "one frame of the live view, as $first"
    check "both packages are installed" dpkg --status "${packages[@]}"
    check "the helper runs and answers" as dev bwtctl status
    mkdir -p /opt/packages
    cp "$work"/*.deb /opt/packages

    began=$SECONDS
    if run_as "$second"; then ok "run.sh as $second ends well in $((SECONDS - began)) s"; else not_ok "run.sh as $second"; fi
    check "it ends in one frame again" said "one frame of the live view, as $second"

    began=$SECONDS
    check "a third call as $first" run_as "$first"
    check "it does nothing again" said "built already"
    check "it takes no time" [ $((SECONDS - began)) -lt 20 ]
}

# What the virtual machine of this Debian runs: tests built by its own compiler, on top of the packages' objects.
build_guest_tests() {
    check "the guest's tests can be configured" cmake -S "$work/source" -B "$work/objects" -DBUILD_TESTING=ON
    check "the guest's tests can be built" ninja -C "$work/objects" \
        bwt-helper-relaid bwt-traffic tst_counting tst_streams tst_peers tst_spine
    cp "$work"/objects/bin/tests/{bwt-helper-relaid,bwt-traffic,tst_counting,tst_streams,tst_peers,tst_spine} /opt/packages
}

try_window() {
    check "Xvfb can be had" apt-get -qq install --no-install-recommends xvfb procps
    local display
    coproc screen { exec Xvfb -displayfd 1 2>/dev/null; }
    read -r display <&"${screen[0]}"
    check "with a display, run.sh opens the window as the user who called" \
        opens_window as dev env DISPLAY=":$display" "$source_dir/resources/run.sh"
    check "called through sudo, too" opens_window as dev sudo DISPLAY=":$display" "$source_dir/resources/run.sh"
}

try_purge() {
    check "apt purges both packages" apt-get -qq purge "${packages[@]}"
    check "no helper is left running" fails pgrep -f /usr/libexec/bandwidth-tracker-helper
    check "no file is left" nothing_left
    check "what was installed for building can be taken back" apt-get -qq autoremove --purge
    check "the compiler is gone" fails test -e /usr/bin/clang
}

# Without packages there is nothing more to see.
if try_run; then
    build_guest_tests
    try_window
    try_purge
fi
conclude
