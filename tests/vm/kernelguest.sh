#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# The guest's first process: says what counts on this kernel, and has it counted.
set -uo pipefail
cd / || exit
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs devtmpfs /dev
mount -t debugfs debugfs /sys/kernel/debug
mount -t tracefs tracefs /sys/kernel/tracing
mount -t cgroup2 cgroup2 /sys/fs/cgroup
exec >/dev/ttyS1 2>&1
# shellcheck source=tests/lib/checks.sh
. ./checks.sh

eval "set -- $(cat /arguments)"
series=$1
preemption=$2
helper=$3
folder=$4
tests=("${@:5}")

# What each kernel takes, and what must be chosen there. Since Linux 7 Debian's do, lazily.
case $series-$preemption in
    5.10-default) works="fexit kprobe" absent=tracepoint chosen=fexit ;;
    6.1-default) works="fexit kprobe" absent=tracepoint chosen=fexit ;;
    6.1-full) works="fexit kprobe" absent=tracepoint chosen=kprobe ;;
    6.12-* | newest-*) works="tracepoint fexit kprobe" absent='' chosen=tracepoint ;;
esac

# gaps_of BACKEND: all that it may declare here. What isn't in this table must be exact.
gaps_of() {
    local gaps="ip-fragments udp-many-senders sctp-many-remotes kernel-tunnels kernel-bypass"
    case $1 in
        tracepoint) gaps+=" ktls-splice-rx" ;;
        fexit) gaps+=" ktls-splice-rx calls-before-attach" ;;
        kprobe) gaps+=" other-protocols calls-before-attach waiting-calls" ;;
    esac
    case $series-$1 in
        newest-*) gaps+=" mptcp-splice-rx" ;; # MPTCP has its own splice_read
        5.10-fexit) gaps+=" sockmap udp-sendpage-tx" ;;
        5.10-kprobe) gaps+=" sockmap" ;;
        6.1-fexit) gaps+=" udp-sendpage-tx" ;;
    esac
    printf '%s' "$gaps"
}

# What tests print and everyone may want to know.
measured='[0-9] instructions$|counted [0-9]+ of [0-9]+ bytes|absent in this kernel'

load_modules() {
    local module
    while read -r module; do
        insmod "/modules/$module" || return
    done </modules/order
}

# As of a helper that was killed.
leave_probe() {
    echo 'p:bwt_999999_0/bwt_999999_0_p_tcp_sendmsg tcp_sendmsg' >>/sys/kernel/tracing/kprobe_events
}

try_choice() {
    local backend said
    said=$("$helper" --check 2>&1)
    printf '%s\n' "$said"
    for backend in $works; do
        check "$backend works" grep -qx "$backend: works" <<<"$said"
    done
    for backend in $absent; do
        check "$backend is absent" grep -q "^$backend: this kernel has no " <<<"$said"
    done
    check "$chosen is chosen" grep -q "^chosen: $chosen\." <<<"$said"
}

# try_test BACKEND TEST [FUNCTION]: tells how many of its functions passed, and what it measured.
try_test() {
    local began=$SECONDS
    check "$2 with $1" env BWT_TEST_BACKEND="$1" BWT_TEST_GAPS="$(gaps_of "$1")" BWT_TEST_DIVISOR=20 \
        "$folder/$2" -o /tmp/output,txt -o -,txt "${@:3}"
    grep -E "$measured" /tmp/output
    sed -n "s/^Totals: \(.*\), [0-9]*ms/    \1, $((SECONDS - began)) s/p" /tmp/output
}

# Where the kernel preempts every test runs with what is chosen there; what the others miss is measured.
try_tests() {
    local backend test
    for backend in $works; do
        if [[ $series-$preemption = @(*-full|newest-*) && $backend != "$chosen" ]]; then
            try_test "$backend" tst_counting manyThreadsThatWaitAndSendLoseNothing
            continue
        fi
        for test in "${tests[@]}"; do
            try_test "$backend" "$test"
        done
    done
}

nothing_left() {
    [ ! -s /sys/kernel/tracing/kprobe_events ] || { cat /sys/kernel/tracing/kprobe_events && return 1; }
}

echo "guest is up"
ip link set lo up
[ "$series" = newest ] || check "the kernel is a $series" grep -q "^Linux version $series\." /proc/version
check "its modules load" load_modules
check "a probe is left by a dead helper" leave_probe
try_choice
try_tests
check "no probe is left" nothing_left
conclude
# Closed, the serial port first sends all that was said; then QEMU ends where the machine would boot again.
exec >/dev/null 2>&1
echo b >/proc/sysrq-trigger
