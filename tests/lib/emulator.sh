# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=bash
# Running a test in a virtual machine. Who sources this has a function `boot`, which calls `emulate`.

attempts=3

# Holds the machine's console and what the test says, in `results`; gone at the end.
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Emulated, since every machine can that, and all do the same. More options of QEMU's may follow.
emulate() {
    : >"$work/results"
    timeout 2400 qemu-system-x86_64 -accel tcg -cpu max -nographic -no-reboot -nic none -monitor none \
        -serial "file:$work/console" -serial "file:$work/results" "$@" </dev/null
}

# QEMU's emulation sometimes loses a guest in early boot: begin again as long as it never came up, never when it had.
run_guest() {
    local attempt
    for ((attempt = 1; attempt <= attempts; attempt++)); do
        boot || printf 'qemu ended with status %d\n' $?
        ! grep -q '^guest is up' "$work/results" || return 0
        printf 'the guest did not come up (attempt %d of %d):\n' "$attempt" "$attempts"
        tail -n 20 "$work/console" "$work/results"
    done
    return 1
}

# The guest's words, and its status.
tell_results() {
    tr -d '\r' <"$work/results"
    grep -qE '^[1-9][0-9]* passed, 0 failed' "$work/results" || {
        tail -n 40 "$work/console"
        return 1
    }
}
