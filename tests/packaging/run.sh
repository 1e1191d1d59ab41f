#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# run.sh SUITE FIRST SECOND OUT: a fresh minimal Debian SUITE, in namespaces of its own, in which newcomer.sh calls
# resources/run.sh as the user FIRST, then again as SECOND (root or dev, who has sudo). The packages, and the tests that the virtual
# machine of that Debian runs, are left in OUT.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
source_dir=$(cd "$here/../.." && pwd)
# shellcheck source=tests/lib/machine.sh
. "$here/../lib/machine.sh"

suite=$1
first=$2
second=$3
out=$4

# The least that Debian calls a system, and sudo: no compiler, no Qt, no bus, no systemd, no git. The compiler's cache
# comes with it, so that only what changed is compiled again.
make_base() {
    local settings
    settings=$(mktemp)
    host_apt_settings >"$settings"
    mmdebstrap --quiet --variant=minbase --include=sudo,ccache --aptopt="$settings" --dpkgopt=force-unsafe-io \
        --customize-hook='chroot "$1" useradd --create-home --shell /bin/bash dev' \
        --customize-hook='echo "dev ALL=(ALL) NOPASSWD: ALL" >"$1/etc/sudoers.d/dev"' \
        --format=tar "$suite" "$1"
    rm -f "$settings"
}

copy_source() {
    mkdir -p "$1"
    tar -C "$source_dir" --exclude=./build --exclude=./.git -cf - . | tar -C "$1" -xf -
    chown -R 1000:1000 "$1"
}

# share_downloads FROM TO: packages fetched once, without copying them.
share_downloads() {
    find "$1" -maxdepth 1 -name '*.deb' -exec cp --link --no-clobber --target-directory="$2" {} +
}

# The namespaces end with this script, and everything that runs in them.
enter() {
    unshare --mount --uts --ipc --pid --fork --kill-child --propagation private -- bash -euc '
        root=$1
        shift
        mount --bind "$root" "$root"
        mount -t proc proc "$root/proc"
        mount -t sysfs sysfs "$root/sys"
        mount --rbind /dev "$root/dev"
        mount -t tmpfs tmpfs "$root/run"
        mount --bind "$1" "$root/var/cache/ccache"
        shift
        mkdir -p "$root/run/lock"
        exec env --ignore-environment PATH=/usr/lib/ccache:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root \
            LANG=C.UTF-8 CCACHE_DIR=/var/cache/ccache CCACHE_UMASK=000 chroot "$root" "$@"' bash "$@"
}

base="$cache/base-$suite-$(sha256sum "${BASH_SOURCE[0]}" | cut -c1-12).tar"
archives="$cache/archives-$suite"
once "$base" make_base
objects="$cache/objects-$suite"
mkdir -p "$archives" "$objects"
chmod 1777 "$objects"

root=$(mktemp -d "$cache/root.XXXXXX")
trap 'rm -rf --one-file-system "$root"' EXIT
tar -C "$root" -xf "$base"
use_host_apt_settings "$root"
printf '127.0.0.1 localhost %s\n' "$(uname -n)" >"$root/etc/hosts"
copy_source "$root/home/dev/source"
mkdir -p "$root/var/cache/ccache"
share_downloads "$archives" "$root/var/cache/apt/archives"
cp "$here/newcomer.sh" "$here/../lib/checks.sh" "$root/opt"

status=0
enter "$root" "$objects" bash /opt/newcomer.sh "$first" "$second" || status=$?
rm -rf "$out"
mkdir -p "$out"
share_downloads "$root/var/cache/apt/archives" "$archives"
[ "$status" -ne 0 ] || cp "$root"/opt/packages/* "$out"
exit "$status"
