#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# run.sh SUITE DEBS: boots Debian SUITE with its own kernel, emulated (every machine can, and all do the same), and runs
# guest.sh in it on the packages and tests of the folder DEBS.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=tests/lib/machine.sh
. "$here/../lib/machine.sh"

suite=$1
debs=$2
attempts=3

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

pack_payload() {
    mkdir "$work/payload"
    cp "$here/guest.sh" "$here/../lib/checks.sh" "$work/payload"
    cp "$debs"/ebpf-bandwidth-tracker_*.deb "$debs"/{bwt-traffic,tst_counting,tst_streams,tst_peers,tst_spine} "$work/payload"
    printf '%s\n' "$suite" >"$work/payload/suite"
    tar -C "$work/payload" --blocking-factor=2048 -cf "$work/payload.tar" .
}

boot() {
    : >"$work/results"
    timeout 1200 qemu-system-x86_64 -accel tcg -cpu max -m 1024 -nographic -no-reboot -nic none \
        -device virtio-rng-pci -kernel "$image/vmlinuz" -initrd "$image/initrd.img" \
        -append "root=/dev/vda rw console=ttyS0 panic=-1 quiet systemd.show_status=no" \
        -drive "file=$image/disk.ext4,if=virtio,format=raw,snapshot=on" \
        -drive "file=$work/payload.tar,if=virtio,format=raw,readonly=on" \
        -monitor none -serial "file:$work/console" -serial "file:$work/results" </dev/null
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

image=$("$here/image.sh" "$suite" "$(ls "$debs"/ebpf-bandwidth-tracker_*.deb)")
pack_payload
run_guest
tr -d '\r' <"$work/results"
grep -qE '^[1-9][0-9]* passed, 0 failed' "$work/results" || {
    tail -n 40 "$work/console"
    exit 1
}
