#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# tidy.sh BUILD: nothing for clang-tidy to warn of in any source of the built tree BUILD.
set -euo pipefail
run-clang-tidy-19 -quiet -p "$1" -j "$(nproc)" "^$PWD/(app|dbus|helper|tests)/.*\.cpp$"
