#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# lintian.sh DEBS: Debian's own checks have nothing to warn of, but that no bug of Debian's tracker asked for the package.
set -euo pipefail
lintian --allow-root --fail-on error,warning --suppress-tags initial-upload-closes-no-bugs "$1"/*.deb
