// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>

#include <functional>

/// A network namespace of its own and a cable to it: `near` is this side, `far` the other. Gone with this object.
/// Names and addresses are made from the pid, so that tests can run side by side.
class Veth {
public:
    /// `which` of two that the test has.
    explicit Veth(int which = 0);
    Veth(const Veth&) = delete;
    Veth& operator=(const Veth&) = delete;
    ~Veth();

    /// Has both ends send, or not, packets that are larger than the wire's, for the other side to cut.
    void setOffloads(bool on);
    /// How many packets this side's end, or the other's, takes as one.
    void setMostSegments(int here, int there);
    /// Has the other side pass on what comes to it for another cable's far end, whose near end it is.
    void forwardTo(const Veth& next);
    /// Does it in the other side's namespace.
    void there(const std::function<void()>& work) const;

    /// What went wrong, for the test to print; empty when all is there.
    [[nodiscard]] QString problem() const { return m_problem; }

    const QString link; ///< name of this side's end
    const QString netns;
    const QString near4;
    const QString far4;
    const QString near6;
    const QString far6;

private:
    void bringUp(const QString& command, const QString& link, const QString& v4, const QString& v6);
    /// Arguments of ip(8), separated by blanks.
    void ip(const QString& arguments);

    QString m_problem;
};
