// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "helper/source/descriptorstore.h"
#include "helper/source/trafficsource.h"

#include <QByteArray>

#include <optional>

namespace bwt {

/// What goes with descriptors that are kept for the next process: what they are. It is kept last, so that where it is
/// found everything is.
struct Manifest {
    QByteArray programs; ///< digestOf() the backend that they came from; empty while they may be of several builds
    QByteArray probeGroup;
    std::uint64_t countersGivenUp = 0; ///< as SourceLosses has it
    SourceInfo info;

    void keepIn(DescriptorStore& store);
    /// Nothing where there is none, or one of another boot.
    [[nodiscard]] static std::optional<Manifest> takeFrom(DescriptorStore::Contents& contents);
    /// Tells the next process of other programs; what it has is replaced at once.
    void update();
    /// A history has recorded the set, as `info.isRecorded` then says to the next process.
    void noteRecorded();

private:
    Descriptor m_file;
};

} // namespace bwt
