// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/dbus/childprocess.h"

#include <QDBusConnection>
#include <QProcess>
#include <QTemporaryDir>

#include <sys/types.h>

namespace bwt::test {

/// Ordinary people. They have accounts on the private bus alone; their gids are their uids.
inline constexpr uid_t alice = 4242;
inline constexpr uid_t bob = 4343;
inline constexpr uid_t carol = 4444;

/// A dbus-daemon of the test's own, with the rules of a system bus and our bus policy. Needs root, as a system bus
/// does. Polkit's name may be owned by the real polkitd and by the test.
///
///     PrivateBus bus;
///     QVERIFY(bus.start());
///     HelperProcess helper(bus);                  // helperprocess.h
///     QVERIFY(helper.start());
///     QDBusConnection caller = bus.connectAs(alice);
class PrivateBus {
public:
    PrivateBus();
    ~PrivateBus();
    PrivateBus(const PrivateBus&) = delete;
    PrivateBus& operator=(const PrivateBus&) = delete;

    /// Also after stop(), at the same address.
    [[nodiscard]] bool start();
    void stop();

    [[nodiscard]] QString address() const;
    /// A directory that goes with the bus and that every user may read.
    [[nodiscard]] QString directory() const { return m_directory.path(); }
    /// For children that look for "the system bus".
    [[nodiscard]] QProcessEnvironment environment() const;

    /// What every child that looks users up must be started with: an account list that knows the users below.
    [[nodiscard]] Overlay accounts() const;

    /// A new connection, to the bus that of a process of this uid: root or one of the users below.
    [[nodiscard]] QDBusConnection connectAs(uid_t user);
    /// Waits until the name has an owner, or has none.
    [[nodiscard]] bool waitForName(const QString& name, bool owned = true);

private:
    [[nodiscard]] bool writeConfig() const;
    [[nodiscard]] bool writeAccounts() const;

    QTemporaryDir m_directory;
    QProcess m_daemon;
    QStringList m_connections;
};

} // namespace bwt::test
