// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/dbus/privatebus.h"

#include <QDBusContext>
#include <QDBusMessage>
#include <QList>
#include <QObject>

namespace bwt::test {

/// Stands in polkit's place where the real one can't be brought to misbehave: keeps callers waiting, says yes or no
/// when the test wants, or dies in between.
class FakePolkit : public QObject {
    Q_OBJECT
public:
    explicit FakePolkit(PrivateBus& bus);
    ~FakePolkit() override;

    [[nodiscard]] bool start();
    /// Leaves the bus at once; who waits gets no answer.
    void die();
    /// How many wait for an answer.
    [[nodiscard]] qsizetype waiting() const { return m_waiting.size(); }
    /// Answers all who wait.
    void answer(bool isAuthorized);
    /// From now on nobody waits.
    void answerAtOnce(bool isAuthorized);
    /// The subject and the action of every question so far, as "kind name action".
    [[nodiscard]] const QStringList& questions() const { return m_questions; }

private:
    class Authority;
    void ask(const QDBusMessage& question);
    void reply(const QDBusMessage& question, bool isAuthorized) const;

    PrivateBus& m_bus;
    QDBusConnection m_connection;
    std::unique_ptr<Authority> m_authority;
    QList<QDBusMessage> m_waiting;
    QStringList m_questions;
    std::optional<bool> m_atOnce;
};

} // namespace bwt::test
