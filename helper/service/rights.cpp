// SPDX-License-Identifier: GPL-3.0-or-later
#include "helper/service/rights.h"

#include "helper/service/log.h"

#include <cap-ng.h>

#include <array>
#include <cerrno>
#include <cstring>

namespace bwt {

namespace {

constexpr std::array rightsToCount{CAP_BPF, CAP_PERFMON, CAP_SYS_PTRACE};

} // namespace

void keepRightsToCount()
{
    capng_get_caps_process();
    const std::array held{capng_have_capability(CAPNG_PERMITTED, rightsToCount[0]),
        capng_have_capability(CAPNG_PERMITTED, rightsToCount[1]),
        capng_have_capability(CAPNG_PERMITTED, rightsToCount[2])};
    capng_clear(CAPNG_SELECT_CAPS);
    for (std::size_t i = 0; i < rightsToCount.size(); ++i) {
        if (held[i] != 0)
            capng_update(CAPNG_ADD, static_cast<capng_type_t>(CAPNG_EFFECTIVE | CAPNG_PERMITTED), rightsToCount[i]);
    }
    if (capng_apply(CAPNG_SELECT_CAPS) != 0)
        qCWarning(serviceLog) << "more rights are kept than counting needs:" << std::strerror(errno);
}

} // namespace bwt
