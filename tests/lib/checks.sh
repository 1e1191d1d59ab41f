# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=bash
# The checks of a test, counted and said in one way.
passed=0
failed=0

ok() {
    passed=$((passed + 1))
    printf 'ok - %s\n' "$1"
}

not_ok() {
    failed=$((failed + 1))
    printf 'NOT OK - %s\n' "$1"
}

# check WORDS COMMAND...: the command's output is shown where it fails.
check() {
    local words=$1 output
    shift
    if output=$("$@" 2>&1); then
        ok "$words"
    else
        not_ok "$words"
        printf '    %s\n' "failed: $*" "${output//$'\n'/$'\n'    }"
    fi
}

fails() {
    ! "$@"
}

# The last word of a test: its status.
conclude() {
    printf '%d passed, %d failed\n' "$passed" "$failed"
    [ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
}
