// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "sums.h"

#include <memory>

namespace bwt {

/// What the test program itself has moved since a moment, as a source of its own counts it.
class Meter {
public:
    /// Begins to count with the backend that BWT_TEST_BACKEND names ("auto" otherwise). What fails ends the test
    /// program.
    Meter();
    explicit Meter(std::unique_ptr<TrafficSource> source);

    /// Counts from here.
    void restart();
    [[nodiscard]] Reading read() const;
    [[nodiscard]] Sum moved(Direction direction) const;
    [[nodiscard]] Sum movedByKernel(Direction direction) const;
    /// With that remote address alone; "" is the unknown one.
    [[nodiscard]] quint64 movedWith(const QString& remote, Direction direction) const;
    [[nodiscard]] quint64 sent() const { return moved(Direction::Tx).bytes; }
    [[nodiscard]] quint64 received() const { return moved(Direction::Rx).bytes; }
    /// Calls since restart() that the kernel did not show to our programs.
    [[nodiscard]] quint64 missed() const;
    [[nodiscard]] QStringList gaps() const { return m_source->info().gaps; }

private:
    std::unique_ptr<TrafficSource> m_source;
    Reading m_before;
};

/// BWT_TEST_BACKEND, or "auto".
[[nodiscard]] QString backendToTest();

} // namespace bwt
