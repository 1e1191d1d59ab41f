#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# kernels.sh SERIES default|full HELPER FOLDER TEST...: boots Debian's kernel of that series with nothing around it, with
# its default preemption or with full, and runs kernelguest.sh in it: what HELPER chooses there, and each TEST of FOLDER
# with every backend. The programs run at the paths where they were built, with this machine's libraries.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=tests/lib/machine.sh
. "$here/../lib/machine.sh"
# shellcheck source=tests/lib/emulator.sh
. "$here/../lib/emulator.sh"

series=$1
preemption=$2
helper=$3
folder=$4
tests=("${@:5}")

# What kernelguest.sh and the tests call.
tools=(bash cat dnsmasq env grep insmod ip mkfs.btrfs mount nft sed sleep)
modules=(sch_netem sctp overlay loop btrfs veth bridge nf_tables)
# TLS with what its cipher is made of, which Debian 11's for cloud machines lacks. The firewall's counters are a module there.
case $series in
    5.10) modules+=(nft_counter) ;;
    newest) modules+=(tls gcm ctr aesni_intel) ;;
    *) modules+=(tls gcm ctr ghash_generic ghash_clmulni_intel aesni_intel) ;;
esac

# add FILE...: at its own path, with what it links to.
add() {
    { printf '%s\n' "$@" && ldd "$@" | grep -o '/[^ :]*\.so[^ :]*'; } | sort -u |
        xargs -d '\n' cp --dereference --parents --target-directory="$root"
}

# In the order in which the guest loads them.
add_modules() {
    local name release
    release=$(basename "$kernel"/lib/modules/*)
    mkdir -p "$root/modules" "$root/lib/modules/$release"
    for name in "${modules[@]}"; do
        modprobe --dirname "$kernel" --set-version "$release" --show-depends "$name"
    done | sed -n 's/^insmod \([^ ]*\).*/\1/p' | awk '!seen[$0]++' | while read -r file; do
        cp "$file" "$root/modules"
        basename "$file"
    done >"$root/modules/order"
    mkdir "$root/boot"
    cp "$kernel/config" "$root/boot/config-$release"
    cp "$kernel/lib/modules/$release/modules.dep" "$root/lib/modules/$release" # to tell what the kernel could have
}

make_initramfs() {
    local root=$work/root name
    mkdir -p "$root"/{proc,sys,dev,run,tmp,etc,bin}
    for name in "${tools[@]}"; do
        add "$(command -v "$name")"
    done
    ln -sf "$(command -v bash)" "$root/bin/bash"
    add "$helper" "${tests[@]/#/$folder/}" "$folder"/bwt-exact-*
    cp --parents "$folder/bwt-steps" "$root" # links to nothing
    echo 'root:x:0:0::/:/bin/bash' >"$root/etc/passwd" # without whom dnsmasq doesn't begin
    add_modules
    cp "$here/kernelguest.sh" "$root/init"
    cp "$here/../lib/checks.sh" "$root"
    printf '%q ' "$series" "$preemption" "$helper" "$folder" "${tests[@]}" >"$root/arguments"
    (cd "$root" && find . -print0 | cpio --null --create --format=newc --quiet) >"$work/initramfs"
    rm -rf "$root"
}

boot() {
    local mode=
    [ "$preemption" = default ] || mode=preempt=$preemption
    # Each of a hundred probes waits for the other processor when it goes: expedited that takes half as long.
    emulate -m 2560 -smp 2 -kernel "$kernel/vmlinuz" -initrd "$work/initramfs" \
        -append "console=ttyS0 panic=-1 quiet rcupdate.rcu_expedited=1 PATH=$PATH $mode"
}

kernel=$("$here/kernel.sh" "$series")
make_initramfs
run_guest
tell_results
