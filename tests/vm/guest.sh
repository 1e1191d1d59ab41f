#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
set -uo pipefail
cd /run/test || exit
. ./checks.sh
echo "guest is up"
uname -r
check "tracefs" ls /sys/kernel/tracing/events/sock
conclude
