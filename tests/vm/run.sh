#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# run.sh SUITE DEBS: boots Debian SUITE with its own kernel, emulated (every machine can, and all do the same), and runs
# guest.sh in it on the packages and tests of the folder DEBS.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=tests/lib/machine.sh
. "$here/../lib/machine.sh"
# shellcheck source=tests/lib/emulator.sh
. "$here/../lib/emulator.sh"

suite=$1
debs=$2

pack_payload() {
    mkdir "$work/payload"
    cp "$here/guest.sh" "$here/../lib/checks.sh" "$work/payload"
    cp "$debs"/ebpf-bandwidth-tracker_*.deb "$debs"/{bwt-helper-relaid,bwt-traffic,tst_counting,tst_streams,tst_peers,tst_spine} "$work/payload"
    printf '%s\n' "$suite" >"$work/payload/suite"
    tar -C "$work/payload" --blocking-factor=2048 -cf "$work/payload.tar" .
}

boot() {
    emulate -m 1024 -device virtio-rng-pci -kernel "$image/vmlinuz" -initrd "$image/initrd.img" \
        -append "root=/dev/vda rw console=ttyS0 panic=-1 quiet systemd.show_status=no" \
        -drive "file=$image/disk.ext4,if=virtio,format=raw,snapshot=on" \
        -drive "file=$work/payload.tar,if=virtio,format=raw,readonly=on"
}

image=$("$here/image.sh" "$suite" "$(ls "$debs"/ebpf-bandwidth-tracker_*.deb)")
pack_payload
run_guest
tell_results
