// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QDBusConnection>
#include <QProcess>
#include <QTemporaryDir>

#include <sys/types.h>

namespace bwt::test {

/// A dbus-daemon of the test's own, with the rules of a system bus and our bus policy. Needs root, as a system bus
/// does. Any user may connect; polkit's name may be owned by the real polkitd and by the test.
///
///     PrivateBus bus;
///     QVERIFY(bus.start());
///     HelperProcess helper(bus);                  // helperprocess.h
///     QVERIFY(helper.start());
///     QDBusConnection alice = bus.connectAs(4242);
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

    /// A new connection, to the bus that of a process of this uid. The uid needs no account.
    [[nodiscard]] QDBusConnection connectAs(uid_t user);
    /// Waits until the name has an owner, or has none.
    [[nodiscard]] bool waitForName(const QString& name, bool owned = true);

private:
    [[nodiscard]] bool writeConfig() const;

    QTemporaryDir m_directory;
    QProcess m_daemon;
    QStringList m_connections;
};

} // namespace bwt::test
