# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=bash
# Shared by the tests that build a Debian of their own: where things are kept, and how its mirror is reached.

# Downloads and images outlive the checkout.
cache=${XDG_CACHE_HOME:-$HOME/.cache}/ebpf-bandwidth-tracker
mkdir -p "$cache"

# What no run has used for two weeks, and what a killed run left.
find "$cache" -maxdepth 1 \( -name 'vm-*' -o -name 'base-*' -o -name 'root.*' \) -mtime +14 -exec rm -rf {} +

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
        [ -e "$file" ] || { "$@" "$file.new" && mv "$file.new" "$file"; }
        touch "$file"
    ) 9>"$file.lock"
}
