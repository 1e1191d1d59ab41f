// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>

/// A network namespace of its own and a cable to it: `near` is this side, `far` the other. Gone with this object.
/// Names and addresses are made from the pid, so that tests can run side by side.
class Veth {
public:
    Veth();
    Veth(const Veth&) = delete;
    Veth& operator=(const Veth&) = delete;
    ~Veth();

    /// What went wrong, for the test to print; empty when all is there.
    [[nodiscard]] QString problem() const { return m_problem; }

    const QString netns;
    const QString near4;
    const QString far4;
    const QString near6;
    const QString far6;

private:
    void bringUp(const QString& command, const QString& link, const QString& v4, const QString& v6);
    /// Arguments of ip(8), separated by blanks.
    void ip(const QString& arguments);

    const QString m_link;
    QString m_problem;
};
