#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Takes the pictures of the window: tests/app/pictures.sh BUILD_DIR OUTPUT_DIR [SECONDS of live chart, 300]
set -eu

if [ $# -lt 2 ]; then
    echo "usage: $0 BUILD_DIR OUTPUT_DIR [SECONDS]" >&2
    exit 2
fi
build=$1
output=$2

QT_QPA_PLATFORM=offscreen exec "$build/bin/tests/bwt_pictures" \
    --helper "$build/bin/bandwidth-tracker-helper" --seconds "${3:-300}" "$output"
