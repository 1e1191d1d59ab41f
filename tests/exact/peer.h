// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QJsonObject>
#include <QProcess>
#include <QStringList>

/// One end of a transfer: a bwt-traffic process, which stays until this object goes.
class Peer {
public:
    /// Arguments as bwt-traffic takes them, separated by blanks.
    explicit Peer(const QString& arguments);
    Peer(const Peer&) = delete;
    Peer& operator=(const Peer&) = delete;
    ~Peer();

    /// The next thing it says; empty when it fails or says nothing for a minute.
    [[nodiscard]] QJsonObject next();
    /// Its complaints so far.
    [[nodiscard]] QString complaints() { return QString::fromLocal8Bit(m_process.readAllStandardError()); }

private:
    QProcess m_process;
};
