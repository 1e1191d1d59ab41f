#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# kernel.sh SERIES: prints the folder with vmlinuz, config and lib/modules of the newest kernel of that series which
# Debian offers for cloud machines; of the series `newest`, what Debian offers for its stable release from the next.
# Fetched once, kept in the cache.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=tests/lib/machine.sh
. "$here/../lib/machine.sh"

series=$1
case $series in
    5.10) suite=bullseye ;;
    6.1) suite=bookworm ;;
    6.12) suite=trixie ;;
    newest) suite=trixie-backports ;;
    *) echo "no Debian has a kernel $series" >&2 && exit 2 ;;
esac

# An apt of its own: it knows that Debian alone, and leaves the machine's lists as they are.
make_apt() {
    local signed=signed-by=/usr/share/keyrings/debian-archive-keyring.gpg
    mkdir -p "$work/lists/partial" "$work/archives/partial"
    echo "deb [$signed] http://deb.debian.org/debian $suite main" >"$work/sources.list"
    [ "$series" = newest ] ||
        echo "deb [$signed] http://deb.debian.org/debian-security $suite-security main" >>"$work/sources.list"
    cat >"$work/apt.conf" <<END
Dir::Etc::SourceList "$work/sources.list";
Dir::Etc::SourceParts "-";
Dir::State::Lists "$work/lists";
Dir::State::Status "/dev/null";
Dir::Cache "$work";
APT::Architecture "amd64";
APT::Sandbox::User "root";
END
    export APT_CONFIG=$work/apt.conf
}

# The image, and from Linux 7 on what it is made of.
packages() {
    apt-cache depends --recurse --important linux-image-cloud-amd64 |
        grep -E '^linux-(image|base|binary|modules)-[0-9]' | sort -u
}

fetch_kernel() {
    local folder=$1 package
    work=$(mktemp -d)
    trap 'rm -rf "$work"' EXIT
    make_apt
    apt-get -qq update >&2
    for package in $(packages); do
        (cd "$work" && apt-get -qq download "$package" >&2)
        dpkg-deb --extract "$work/$package"_*.deb "$work/root"
    done
    rm -rf "$folder"
    mkdir -p "$folder/lib"
    # Debian 13 has modules under /usr; since Linux 7 the rest lies there too.
    cp -a "$work"/root/{,usr/}lib/modules "$folder/lib" 2>/dev/null || [ -d "$folder/lib/modules" ]
    cp "$work"/root/boot/vmlinuz-* "$folder/vmlinuz" 2>/dev/null || mv "$folder"/lib/modules/*/vmlinuz "$folder"
    cp "$work"/root/boot/config-* "$folder/config" 2>/dev/null || mv "$folder"/lib/modules/*/config "$folder"
    depmod --basedir "$folder" "$(basename "$folder"/lib/modules/*)"
}

kernel="$cache/vm-kernel-$series-$(sha256sum "${BASH_SOURCE[0]}" | cut -c1-12)"
once "$kernel" fetch_kernel
printf '%s\n' "$kernel"
