// SPDX-License-Identifier: GPL-3.0-or-later
#include "helper/service/servicemanager.h"

#include <systemd/sd-daemon.h>

#include <cstdint>

namespace bwt::servicemanager {

namespace {

void notify(const QByteArray& state)
{
    sd_notify(0, state.constData());
}

} // namespace

void ready(const QString& status)
{
    notify("READY=1\nSTATUS=" + status.toUtf8());
}

void stopping()
{
    notify("STOPPING=1\nSTATUS=Storing what is pending");
}

void alive()
{
    notify("WATCHDOG=1");
}

std::optional<std::chrono::microseconds> watchdog()
{
    std::uint64_t microseconds = 0;
    if (sd_watchdog_enabled(0, &microseconds) <= 0)
        return std::nullopt;
    return std::chrono::microseconds(microseconds);
}

} // namespace bwt::servicemanager
