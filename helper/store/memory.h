// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <malloc.h>

namespace bwt::store {

/// To be called once, before threads are made: what an answer takes in large pieces goes back to the system after it.
/// Left alone, glibc raises that limit to the largest piece that was ever freed (mallopt(3)), and keeps the peak.
inline void returnLargeMemory()
{
    constexpr int largeBytes = 128 * 1024;
    mallopt(M_MMAP_THRESHOLD, largeBytes);
    mallopt(M_TRIM_THRESHOLD, largeBytes);
}

} // namespace bwt::store
