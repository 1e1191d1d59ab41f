// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>

/// IP bytes and packets that passed, as seen from the near side.
struct Passed {
    quint64 txBytes = 0;
    quint64 txPackets = 0;
    quint64 rxBytes = 0;
    quint64 rxPackets = 0;
    friend bool operator==(const Passed&, const Passed&) = default;
};

[[nodiscard]] Passed operator-(const Passed& one, const Passed& other);
[[nodiscard]] QString text(const Passed& passed);

/// The firewall's counters in a network namespace, for what an address outside it sends there and gets from there.
class Wiretap {
public:
    Wiretap(const QString& netns, const QString& near4, const QString& near6);

    [[nodiscard]] Passed passed() const;
    /// What went wrong, for the test to print; empty when all is there.
    [[nodiscard]] QString problem() const { return m_problem; }

private:
    const QString m_netns;
    QString m_problem;
};
