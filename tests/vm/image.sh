#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# image.sh SUITE DEB: prints the folder with disk.ext4, vmlinuz and initrd.img of a whole Debian with its stock cloud
# kernel, systemd, and what the package DEB depends on, but not DEB. Made once, kept in the cache.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=tests/lib/machine.sh
. "$here/../lib/machine.sh"

suite=$1
depends=$(dpkg-deb --field "$2" Pre-Depends Depends | sed 's/^[A-Za-z-]*: //' | paste -sd,)
packages=systemd-sysv,udev,linux-image-cloud-amd64,bpftool,iproute2,jq,libqt6test6,procps

# The guest starts what the test hands it on the second disk, and its results leave on the second serial port.
install_test_unit() {
    cat >"$1/etc/systemd/system/guest-test.service" <<'EOF'
[Unit]
After=multi-user.target
[Service]
Type=oneshot
ExecStart=/bin/sh -c 'mkdir /opt/test && tar -xf /dev/vdb -C /opt/test && exec /bin/bash /opt/test/guest.sh >/dev/ttyS1 2>&1'
ExecStopPost=/bin/sh -c 'journalctl --no-pager --unit guest-test >/dev/ttyS0'
ExecStopPost=/bin/systemctl --force poweroff
TimeoutStartSec=infinity
[Install]
WantedBy=multi-user.target
EOF
    local wants="$1/etc/systemd/system/multi-user.target.wants"
    mkdir -p "$wants"
    ln -s ../guest-test.service "$wants/guest-test.service"
    # Nothing but the test speaks on that port, and nobody logs in.
    ln -s /dev/null "$1/etc/systemd/system/serial-getty@ttyS0.service"
    ln -s /dev/null "$1/etc/systemd/system/serial-getty@ttyS1.service"
    ln -s /dev/null "$1/etc/systemd/system/getty@tty1.service"
}

make_image() {
    local folder=$1
    root=$(mktemp -d "$cache/root.XXXXXX")
    trap 'rm -rf --one-file-system "$root"' EXIT
    rm -rf "$folder"
    mkdir "$folder"
    host_apt_settings >"$folder/apt.conf"
    mmdebstrap --quiet --variant=minbase --include="$packages" --aptopt="$folder/apt.conf" \
        --dpkgopt=force-unsafe-io --dpkgopt=path-exclude=/usr/share/doc/* --dpkgopt=path-exclude=/usr/share/locale/* \
        --customize-hook='chroot "$1" apt-get --yes --no-install-recommends satisfy "'"$depends"'"' \
        --customize-hook='chroot "$1" useradd --create-home dev' \
        "$suite" "$root" >&2
    install_test_unit "$root"
    : >"$root/etc/fstab"
    cp -L "$root"/boot/vmlinuz-* "$folder/vmlinuz"
    cp -L "$root"/boot/initrd.img-* "$folder/initrd.img"
    mke2fs -q -t ext4 -d "$root" -L root "$folder/disk.ext4" "$(($(du -sm "$root" | cut -f1) + 512))M" >&2
}

key=$(printf '%s\n' "$suite" "$depends" | cat - "${BASH_SOURCE[0]}" | sha256sum | cut -c1-12)
image="$cache/vm-$suite-$key"
once "$image" make_image
printf '%s\n' "$image"
