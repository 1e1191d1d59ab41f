#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Every C and C++ file is as clang-format leaves it.
set -euo pipefail
find app bpf dbus helper tests -name '*.cpp' -o -name '*.h' -o -name '*.c' | LC_ALL=C sort |
    xargs clang-format-19 --dry-run --Werror
