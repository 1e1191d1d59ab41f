// SPDX-License-Identifier: GPL-3.0-or-later
#include "helper/source/backendchoice.h"

#include "helper/source/backend.h"
#include "helper/source/kernelfacts.h"
#include "helper/source/kernelobject.h"

namespace bwt {

CheckReport checkBackends()
{
    CheckReport check{kernelRelease(), {}, {}};
    for (const Backend& backend : backends()) {
        const KernelObject::Trial trial = KernelObject::load(backend, leastRoom);
        check.backends.push_back(trial.report);
        if (trial.report.works && check.chosen.isNull())
            check.chosen = trial.report.name;
    }
    return check;
}

} // namespace bwt
