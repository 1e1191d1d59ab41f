// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/dbus/privatebus.h"

#include <QDBusConnection>
#include <QString>

#include <memory>

namespace bwt::test {

/// Stands in systemd's place on the bus, as far as a service can ask there what is to become of it.
class FakeSystemd {
public:
    explicit FakeSystemd(PrivateBus& bus);
    ~FakeSystemd();
    FakeSystemd(const FakeSystemd&) = delete;
    FakeSystemd& operator=(const FakeSystemd&) = delete;

    [[nodiscard]] bool start();
    /// Every unit has such a job from now on, "stop" or "restart"; none when it is empty.
    void setJob(const QString& type);

private:
    class Manager;

    PrivateBus& m_bus;
    QDBusConnection m_connection;
    std::unique_ptr<Manager> m_manager;
};

} // namespace bwt::test
