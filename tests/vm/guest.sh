#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# What the package does on a whole system: runs in the virtual machine, as root, in the folder that holds the payload.
set -uo pipefail
cd /opt/test || exit
# shellcheck source=tests/lib/checks.sh
. ./checks.sh

unit=ebpf-bandwidth-tracker.service
package=ebpf-bandwidth-tracker
state=/var/lib/ebpf-bandwidth-tracker
helper=/usr/libexec/bandwidth-tracker-helper

# Each Debian's own kernel, what must be chosen there, and all that must count the same there.
case $(cat suite) in
    bookworm) kernel=6.1 chosen=fexit backends="fexit kprobe" ;;
    trixie) kernel=6.12 chosen=tracepoint backends="tracepoint fexit kprobe" ;;
esac

# until_true COMMAND...: within a minute, as emulated machines are slow.
until_true() {
    local deadline=$((SECONDS + 60))
    until "$@"; do
        [ "$SECONDS" -lt "$deadline" ] || { "$@"; return; }
        read -rt 0.2 <> <(:) || true
    done
}

as_dev() {
    setpriv --reuid=dev --regid=dev --init-groups env HOME=/home/dev "$@"
}

# Programs in the kernel, but for systemd's own.
loaded_programs() {
    bpftool --json prog show | jq -r '.[] | .name // .type' | grep -v '^sd_' | sort
}

nothing_loaded() {
    local now
    now=$(loaded_programs)
    [ "$now" = "$loaded_before" ] || { printf 'loaded: %s\n' "$now" && return 1; }
}

main_pid() {
    systemctl show --property=MainPID --value "$unit"
}

rights='1 << 39 | 1 << 38 | 1 << 19' # linux/capability.h

# Each set of capabilities that any of its threads has.
rights_of_threads() {
    grep -hE '^Cap(Eff|Inh|Prm)' "/proc/$(main_pid)/task/"*/status | tr -d ':' | tr '\t' ' ' | sort -u
}

# Another helper than PID runs.
replaced() {
    [ "$(main_pid)" != 0 ] && [ "$(main_pid)" != "$1" ]
}

asks_helper() {
    busctl --timeout=60 call org.bandwidthtracker.Helper1 /org/bandwidthtracker/Helper1 org.bandwidthtracker.Helper1 "$@"
}

try_backends() {
    local backend test
    for backend in $backends; do
        for test in tst_counting tst_streams tst_peers; do
            check "$backend counts to the byte ($test)" \
                env BWT_TEST_BACKEND="$backend" BWT_TEST_DIVISOR=20 "$built/$test"
        done
    done
    check "no test leaves a program in the kernel" nothing_loaded
}

try_install() {
    check "apt installs the package" apt-get --yes --quiet install "$PWD"/ebpf-bandwidth-tracker_*.deb
    check "no Qt Gui comes with it" fails dpkg --status libqt6gui6
    check "the unit is well-formed" [ -z "$(systemd-analyze --man=no verify "/lib/systemd/system/$unit" 2>&1)" ]
    check "the unit starts at boot" systemctl is-enabled "$unit"
    check "the unit is active" systemctl is-active "$unit"
    check "the state directory is root's alone" [ "$(stat -c '%U %a' "$state")" = "root 700" ]
    check "every thread keeps CAP_BPF, CAP_PERFMON and CAP_SYS_PTRACE, and no other" [ "$(rights_of_threads)" = \
        "$(printf 'CapEff %016x\nCapInh %016x\nCapPrm %016x' $((rights)) 0 $((rights)))" ]
}

try_counting() {
    check "every surface tells every byte, counted by $chosen" \
        env BWT_SPINE_INSTALLED=1 BWT_EXPECT_BACKEND="$chosen" "$built/tst_spine"
    check "nothing was lost" [ "$(bwtctl --json status | jq '[.losses[]] | add // 0')" = 0 ]
}

# sent_by_app COMMAND APP: the bytes that it has sent, as bwtctl says.
sent_by_app() {
    bwtctl --json "$1" --by app | jq --arg app "$2" '[.rows[] | select(.app_id == $app).tx_bytes] | add // 0'
}

# app_has_sent APP BYTES: as the counters' total, and as the history's.
app_has_sent() {
    [ "$(sent_by_app totals "$1")" = "$2" ] && [ "$(sent_by_app top "$1")" = "$2" ]
}

# Each has a program that is gone at once, in a control group that stays.
try_apps() {
    local desktop=desktop:org.example.Two-Words
    local program="$built/bwt-traffic connect --protocol udp --address 127.0.0.1 --port 9 --send 500; exec sleep infinity"
    check "a service begins" systemd-run --quiet --unit=sample@one.service sh -c "$program"
    check "what it sent is the unit's" until_true app_has_sent service:sample@one 500
    check "a user's manager runs" systemctl start "user@$(id -u dev).service"
    check "an application begins, as desktops start it" as_dev env XDG_RUNTIME_DIR="/run/user/$(id -u dev)" \
        systemd-run --user --quiet --unit='app-org.example.Two\x2dWords@1.service' sh -c "$program"
    check "what it sent is the application's" until_true app_has_sent "$desktop" 500
    check "a user's service begins" as_dev env XDG_RUNTIME_DIR="/run/user/$(id -u dev)" \
        systemd-run --user --quiet --unit=sample-sync.service sh -c "$program"
    check "what it sent is the unit's" until_true app_has_sent user-service:sample-sync 500
    check "a user is refused to decide of apps" fails as_dev bwtctl apps reset "$desktop"
    check "an administrator merges two" bwtctl apps merge service:sample@one "$desktop"
    check "what both sent is the other's" app_has_sent "$desktop" 1000
    check "and the first one's no more" app_has_sent service:sample@one 0
    check "an administrator takes that back" bwtctl apps reset service:sample@one
    check "and each has its own" app_has_sent service:sample@one 500
    systemctl stop sample@one.service "user@$(id -u dev).service"
}

try_unprivileged() {
    check "a user sees totals" as_dev bwtctl totals
    check "a user is refused what only administrators may" fails as_dev bwtctl pause
    check "it went on recording" [ "$(bwtctl --json status | jq .paused)" = false ]
}

try_settings() {
    local file=/etc/ebpf-bandwidth-tracker/helper.conf
    local before
    before=$(cat "$file")
    check "a user is refused to change settings" fails as_dev bwtctl settings interval=2000
    check "an administrator changes one" bwtctl settings interval=2000
    check "it holds at once" [ "$(bwtctl --json status | jq .interval_ms)" = 2000 ]
    check "it is in the file, in its place" grep -qx interval=2000 "$file"
    check "an administrator takes it back" bwtctl settings interval=
    check "the file is as it was, but for the comment" [ "${before/\#interval=1000/#interval=2000}" = "$(cat "$file")" ]
}

# transfer BYTES: over loopback; prints the sender's pid when all have arrived.
transfer() {
    local server
    exec {ready}< <(exec "$built/bwt-traffic" serve --port 9100 --receive "$1")
    server=$!
    read -ru "$ready" # it listens
    "$built/bwt-traffic" connect --port 9100 --send "$1" --chunk 500 | jq .pid
    wait "$server"
    exec {ready}<&-
}

# told COMMAND PID: the bytes that bwtctl says a process has sent.
told() {
    bwtctl --json "$1" --by process | jq --argjson pid "$2" '[.rows[] | select(.pid == $pid).tx_bytes] | add'
}

counting_since() {
    bwtctl --json status | jq .counting_since_ms
}

# told_once BYTES PID: as the counters' total, and as the history's.
told_once() {
    [ "$(told totals "$2")" = "$1" ] && [ "$(told top "$2")" = "$1" ]
}

try_survival() {
    local since before first second third fourth
    since=$(counting_since)
    check "counting outlives the helper" [ "$(bwtctl --json status | jq .outlives_helper)" = true ]
    first=$(transfer 100000)
    before=$(main_pid)
    kill -KILL "$before"
    second=$(transfer 70000)
    check "no helper ran meanwhile" [ "$(main_pid)" = 0 ]
    check "a killed helper comes back by itself" until_true replaced "$before"
    check "it answers" until_true asks_helper Status
    check "what was sent before the kill is told once" told_once 100000 "$first"
    check "what was sent while no helper ran is told once" told_once 70000 "$second"
    transfer 3000000 >third &
    check "it is restarted during a transfer" systemctl restart "$unit"
    wait
    third=$(<third)
    check "what was sent during the restart is told once" told_once 3000000 "$third"
    transfer 3000000 >fourth &
    check "another version's file takes its place" install -m 755 bwt-helper-relaid "$helper"
    check "it is upgraded to maps of another layout during a transfer" systemctl restart "$unit"
    wait
    fourth=$(<fourth)
    check "what was sent during the upgrade is told once" told_once 3000000 "$fourth"
    check "an upgrade restarts it" apt-get --yes --quiet --reinstall install "$PWD"/ebpf-bandwidth-tracker_*.deb
    check "and it answers" until_true asks_helper Status
    check "the counters are the same from the start on" [ "$(counting_since)" = "$since" ]
    check "and have what they had" told_once 100000 "$first"
    check "and what the other version has counted" told_once 3000000 "$fourth"
}

try_recovery() {
    check "a stop ends well" systemctl stop "$unit"
    check "a stop leaves nothing in the kernel" nothing_loaded
    check "a call on the bus starts it again" asks_helper Status
    check "by the unit" systemctl is-active "$unit"
    check "what it had stored is there" [ "$(bwtctl --json top --by process | jq '.rows | length')" -gt 0 ]
    check "a reload is taken" systemctl reload "$unit"
    check "no complaint is in the journal" [ -z "$(journalctl --unit "$unit" --priority warning --output cat --grep '^(?!.*(killed|status=9|Failed with result .signal))')" ]
}

# What is wrong with each of the files of places.
problems_with_places() {
    bwtctl --json status | jq -r '[.place_files[].problem] | join(" ")'
}

problems_with_places_are() {
    [ "$(problems_with_places)" = "$1" ]
}

# That a file is no such one shows only where it could be read, and copied.
try_places() {
    local file=/etc/ebpf-bandwidth-tracker/helper.conf
    local countries=/usr/share/GeoIP/countries.mmdb operators=/var/lib/GeoIP/operators.mmdb
    cp --archive "$file" helper.conf.before
    mkdir -p "${countries%/*}" "${operators%/*}"
    echo "no places" | tee "$countries" >"$operators"
    sed -i "s|^\\[helper\\]$|&\\ncountry-db=$countries\\nasn-db=$operators|" "$file"
    check "files of places are named" systemctl reload "$unit"
    check "the unit may read them where they usually are" \
        until_true problems_with_places_are "InvalidArgument InvalidArgument"
    rm "$countries" "$operators"
    check "and they are gone" systemctl reload "$unit"
    check "which is told" until_true problems_with_places_are "Io Io"
    cp --archive helper.conf.before "$file"
    check "none is named any more" systemctl reload "$unit"
    check "and nothing said of any" until_true problems_with_places_are ""
}

probes() {
    cat /sys/kernel/tracing/kprobe_events
}

nothing_probed() {
    [ -z "$(probes)" ] || { probes && return 1; }
}

# As everywhere else, but that the kernel keeps probes under names of their own, too.
try_probes() {
    local since sent
    cp "$helper" helper-before
    check "it is stopped" systemctl stop "$unit"
    mkdir -p "/run/systemd/system/$unit.d"
    printf '[Service]\nExecStart=\nExecStart=%s --backend kprobe\n' "$helper" >"/run/systemd/system/$unit.d/probes.conf"
    check "it starts with kprobes" sh -c 'systemctl daemon-reload && systemctl start "$1"' sh "$unit"
    check "they are probes by name" fails nothing_probed
    since=$(counting_since)
    transfer 1000000 >sent &
    check "another version's file takes its place" install -m 755 bwt-helper-relaid "$helper"
    check "it is upgraded to maps of another layout during a transfer" systemctl restart "$unit"
    wait
    sent=$(<sent)
    check "what was sent meanwhile is told once" told_once 1000000 "$sent"
    check "the package's file comes back" install -m 755 helper-before "$helper"
    check "a restart ends well" systemctl restart "$unit"
    check "the counters are the same" [ "$(counting_since)" = "$since" ]
    check "and have what they had" told_once 1000000 "$sent"
    check "a stop with kprobes ends well" systemctl stop "$unit"
    check "it leaves no probe" nothing_probed
    check "nor anything else in the kernel" nothing_loaded
    rm -r "/run/systemd/system/$unit.d"
    check "it starts again" sh -c 'systemctl daemon-reload && systemctl start "$1"' sh "$unit"
}

try_removal() {
    check "apt removes the package" apt-get --yes --quiet remove "$package"
    check "the history outlives removal" test -s "$state/history.db"
    check "nothing is left in the kernel" nothing_loaded
    check "apt purges the package" apt-get --yes --quiet purge "$package"
    check "a purge takes the history" fails test -e "$state"
    check "a purge leaves no file" [ -z "$(find / -xdev \( -path /opt -o -path /home \) -prune -o -iname '*bandwidth*track*' -print)" ]
    check "no unit is left failed" [ -z "$(systemctl --failed --plain --no-legend)" ]
}

# The tests look for each other where they were built.
built=/home/dev/source/build/packages/objects/bin/tests
mkdir -p "$built" && cp bwt-traffic tst_counting tst_streams tst_peers tst_spine "$built"

echo "guest is up"
loaded_before=$(loaded_programs)
check "the kernel is Debian's own $kernel" [ "$(uname -r | cut -d. -f1,2)" = "$kernel" ]
try_backends
try_install
try_counting
try_apps
try_unprivileged
try_settings
try_survival
try_recovery
try_places # it complains in the journal
try_probes
try_removal
[ "$failed" -eq 0 ] || journalctl --no-pager --unit "$unit" | tail -n 60
conclude
