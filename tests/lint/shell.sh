#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Nothing for shellcheck to warn of in any script.
set -euo pipefail
grep -rlE --exclude-dir=build --exclude-dir=.git '^#!.*\b(ba)?sh\b|^# shellcheck shell=' . | LC_ALL=C sort |
    xargs shellcheck --external-sources --severity=warning
