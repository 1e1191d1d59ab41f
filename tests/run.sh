#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
set -euo pipefail

usage() {
    cat <<'EOF'
Usage: tests/run.sh [--quick] [--help]

Installs what is missing, builds with all warnings as errors, and runs every test, on Debian 12 or 13, as root or as a
user with sudo. Fails if any test fails or cannot run.

  --quick   without the sanitizers, the clean root file systems and the virtual machines

Downloads and images are kept in ${XDG_CACHE_HOME:-~/.cache}/ebpf-bandwidth-tracker for the next run.
EOF
}

source_dir=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
log="$source_dir/build/tests.log"
# shellcheck source=resources/lib/steps.sh
. "$source_dir/resources/lib/steps.sh"

# The sanitizers see what a plain build would, and more; what is shipped runs in the root file systems and machines.
preset=asan
machine_tests=ON
case "${1:-}" in
    '') ;;
    --quick) preset=debug machine_tests=OFF ;;
    -h | --help) usage && exit 0 ;;
    *) usage >&2 && exit 2 ;;
esac

tools=(btrfs-progs ccache clang-format-19 clang-tidy-19 cpio dbus dnsmasq-base e2fsprogs iproute2 kmod libqt6sql6-sqlite
    lintian mmdebstrap nftables polkitd python3-dbusmock qemu-system-x86 shellcheck sqlite3 strace xauth xvfb)

install_tools() {
    local tool missing=()
    for tool in "${tools[@]}"; do
        is_installed "$tool" || missing+=("$tool")
    done
    [ ${#missing[@]} -ne 0 ] || return 0
    apt_update
    step "Installing what the tests need: ${missing[*]}" apt_get install --no-install-recommends "${missing[@]}" ||
        die "what the tests need could not be installed." "The lines above say why; the whole output is in $log"
}

# Objects are shared between checkouts: a file compiled once, wherever it lay, is not compiled again.
share_objects() {
    export CCACHE_BASEDIR="$source_dir" CCACHE_NOHASHDIR=1
    export CMAKE_C_COMPILER_LAUNCHER=ccache CMAKE_CXX_COMPILER_LAUNCHER=ccache
}

build() {
    step "Configuring $preset" \
        cmake --preset "$preset" -DBWT_WERROR=ON -DBWT_MACHINE_TESTS="$machine_tests" &&
        step "Building $preset" cmake --build --preset "$preset"
}

# Programs that count need root, so the tests run as root; what they leave belongs to who called.
run_tests() {
    local status=0
    say "Running the tests of $preset"
    as_root env HOME="$HOME" XDG_CACHE_HOME="${XDG_CACHE_HOME:-$HOME/.cache}" \
        ctest --preset "$preset" --parallel "$(nproc)" </dev/null || status=$?
    [ "$(id -u)" -eq 0 ] || as_root chown -R "$(id -u):$(id -g)" "$source_dir/build"
    return "$status"
}

# The lines that say what failed, last, since the tests' own output is long.
tell_failures() {
    say "What failed"
    grep -E -A 6 '^ *(NOT OK|FAIL!|XPASS)|: error: ' "build/$preset/Testing/Temporary/LastTest.log" | tail -n 100 || true
}

cd "$source_dir"
mkdir -p build
: >"$log"
need_root
install_build_dependencies resources/packaging
install_tools
share_objects

build || die "$preset does not build." "The lines above say why; the whole output is in $log"
took() { printf '%d min %d s' "$((SECONDS / 60))" "$((SECONDS % 60))"; }
run_tests || {
    tell_failures
    die "tests failed, after $(took)."
}
say "All tests passed in $(took)."
