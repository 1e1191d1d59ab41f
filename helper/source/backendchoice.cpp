// SPDX-License-Identifier: GPL-3.0-or-later
#include "helper/source/backendchoice.h"

#include "dbus/gaps.h"
#include "helper/source/backend.h"
#include "helper/source/kernelfacts.h"
#include "helper/source/kernelobject.h"

#include <algorithm>

namespace bwt {

bool isBest(const BackendReport& report)
{
    return report.works && !report.gaps.contains(gap::preemption);
}

QString chosenOf(const QList<BackendReport>& reports)
{
    auto chosen = std::ranges::find_if(reports, isBest);
    if (chosen == reports.end())
        chosen = std::ranges::find_if(reports, &BackendReport::works);
    return chosen == reports.end() ? QString() : chosen->name;
}

Result<void> checkName(const QString& wanted)
{
    if (wanted == anyBackend
        || std::ranges::any_of(backends(), [&](const Backend& one) { return one.name == wanted; }))
        return {};
    return failure(ErrorCode::InvalidArgument,
        QStringLiteral("there is no backend %1: choose auto, tracepoint, fexit, kprobe or replay:FILE").arg(wanted));
}

Result<CheckReport> checkBackends(const QString& wanted, WireCounting wire)
{
    const bool isReplay = wanted.startsWith(QStringLiteral("replay:"));
    if (const auto name = checkName(wanted); !name && !isReplay)
        return tl::unexpected(name.error());
    CheckReport check{kernelRelease(), {}, {}};
    for (const Backend& backend : backends())
        check.backends.push_back(KernelObject::load(backend, leastRoom, wire).report);
    const auto isWanted = [&](const BackendReport& one) { return one.works && one.name == wanted; };
    if (wanted == anyBackend)
        check.chosen = chosenOf(check.backends);
    else if (isReplay)
        check.chosen = QStringLiteral("replay");
    else if (std::ranges::any_of(check.backends, isWanted))
        check.chosen = wanted;
    return check;
}

} // namespace bwt
