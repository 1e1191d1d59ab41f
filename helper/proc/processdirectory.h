// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "helper/proc/boundedfile.h"
#include "helper/source/descriptor.h"

#include <QByteArray>

#include <cstdint>

namespace bwt {

/// A process's open directory of /proc. Stays with its process: when the pid comes round again, reads through it
/// fail.
class ProcessDirectory {
public:
    ProcessDirectory(const QByteArray& proc, std::uint32_t pid);

    /// Whether the process began at that moment of CLOCK_BOOTTIME, and so is the one that is meant.
    [[nodiscard]] bool startedAt(std::uint64_t startNs) const { return m_startTicks == ticks(startNs); }
    /// 0 where it has none, or it is not known.
    [[nodiscard]] std::uint32_t parentPid() const { return m_parentPid; }

    [[nodiscard]] QByteArray contents(const QByteArray& name, qsizetype limit) const;
    /// To be read by someone with patience; owns nothing where there is no such file.
    [[nodiscard]] Descriptor file(const char* name) const;
    [[nodiscard]] QByteArray link(const char* name) const;
    /// To be listed; null where it can't be.
    [[nodiscard]] Folder folder(const char* name) const;

private:
    [[nodiscard]] static std::uint64_t ticks(std::uint64_t ns);

    Descriptor m_directory;
    std::uint64_t m_startTicks = 0; ///< 0 where there is no such process
    std::uint32_t m_parentPid = 0;
};

} // namespace bwt
