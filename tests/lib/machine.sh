# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=bash
# Shared by the tests that build a Debian of their own: where things are kept, and how its mirror is reached.

# Downloads and images outlive the checkout.
cache=${XDG_CACHE_HOME:-$HOME/.cache}/ebpf-bandwidth-tracker
mkdir -p "$cache"

# What no run has used for two weeks, and what a killed run left. By the time of change, since a root file system that is
# being made has the modification time that its packages say; and never beyond it, where other file systems are mounted.
find "$cache" -maxdepth 1 \( -name 'vm-*' -o -name 'base-*' -o -name 'root.*' \) -ctime +14 \
    -exec rm -rf --one-file-system {} +

# How this machine reaches Debian's mirror; the same words serve a file of apt.conf.d.
host_apt_settings() {
    apt-config dump | grep -E '^Acquire::(Check-|Retries|http|https)' || true
}

# use_host_apt_settings ROOT: for as long as the test installs packages there.
use_host_apt_settings() {
    host_apt_settings >"$1/etc/apt/apt.conf.d/90-host"
    echo force-unsafe-io >"$1/etc/dpkg/dpkg.cfg.d/90-unsafe-io"
    cp /etc/resolv.conf "$1/etc/resolv.conf"
}

# once FILE COMMAND...: makes FILE by COMMAND FILE.new, if it isn't there; two callers make it once.
once() {
    local file=$1
    shift
    (
        flock 9
        # As words of their own, since a failure within a condition would go unheard.
        if [ ! -e "$file" ]; then
            "$@" "$file.new"
            mv "$file.new" "$file"
        fi
        touch "$file"
    ) 9>"$file.lock"
}
