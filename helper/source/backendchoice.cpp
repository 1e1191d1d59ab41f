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

QString chosenOf(const std::vector<BackendReport>& reports)
{
    auto chosen = std::ranges::find_if(reports, isBest);
    if (chosen == reports.end())
        chosen = std::ranges::find_if(reports, &BackendReport::works);
    return chosen == reports.end() ? QString() : chosen->name;
}

CheckReport checkBackends()
{
    CheckReport check{kernelRelease(), {}, {}};
    for (const Backend& backend : backends())
        check.backends.push_back(KernelObject::load(backend, leastRoom).report);
    check.chosen = chosenOf(check.backends);
    return check;
}

} // namespace bwt
