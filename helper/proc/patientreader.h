// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "helper/source/descriptor.h"

#include <QByteArray>

#include <chrono>
#include <memory>

namespace bwt {

/// Reads what somebody else can keep from being read: a process's arguments are in its own memory, and it decides how
/// long nobody gets at that. Whoever asks waits for no longer than `patience`; what reads then is left behind, in a
/// thread of its own, and until it has come back nothing else is read.
class PatientReader {
public:
    explicit PatientReader(std::chrono::milliseconds patience);
    PatientReader(PatientReader&&) noexcept;
    PatientReader& operator=(PatientReader&&) = delete;
    ~PatientReader();

    /// The first `limit` bytes; null where they can't be had.
    [[nodiscard]] QByteArray read(Descriptor file, qsizetype limit);

private:
    struct Desk;

    std::chrono::milliseconds m_patience;
    std::shared_ptr<Desk> m_desk; ///< null until something is read
};

} // namespace bwt
