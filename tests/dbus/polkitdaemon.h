// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/dbus/privatebus.h"

#include <QProcess>
#include <QString>

namespace bwt::test {

/// The machine's real polkitd on a private bus, with our actions, and with rules of the test instead of the
/// administrator's. It runs in a mount namespace of its own, since polkitd knows no other place for its files.
class PolkitDaemon {
public:
    explicit PolkitDaemon(PrivateBus& bus);
    ~PolkitDaemon();
    PolkitDaemon(const PolkitDaemon&) = delete;
    PolkitDaemon& operator=(const PolkitDaemon&) = delete;

    /// `rules` is the text of a polkit(8) rules file.
    [[nodiscard]] bool start(const QString& rules = QString());
    void stop();

private:
    PrivateBus& m_bus;
    QProcess m_daemon;
};

} // namespace bwt::test
