// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "dbus/result.h"

#include <QDBusConnection>
#include <QObject>
#include <QTimer>

#include <chrono>
#include <memory>

namespace bwt {

/// The way to one service on a bus: holds the connection, connects again with growing pauses when the bus was away,
/// and knows who owns the service's name.
class BusLink : public QObject {
    Q_OBJECT
public:
    enum class Start { Allowed, Never }; ///< whether looking up may start the service

    /// `bus` is "system", "session" or a D-Bus address.
    BusLink(QString bus, QString service, QObject* parent = nullptr);
    ~BusLink() override;
    BusLink(const BusLink&) = delete;
    BusLink& operator=(const BusLink&) = delete;

    /// Connects now and from then on whenever the bus was away.
    void open();
    /// Asks the bus who owns the service; ends in ownerChanged() or ownerMissing().
    void lookUp(Start start);

    [[nodiscard]] bool isOpen() const { return m_open; }
    [[nodiscard]] QDBusConnection connection() const { return m_connection; }
    /// The unique name of the service's owner; empty while there is none.
    [[nodiscard]] const QString& owner() const { return m_owner; }

Q_SIGNALS:
    void opened();
    void closed(const bwt::Error& reason);
    /// The service has a (new) owner.
    void ownerChanged();
    void ownerMissing(const bwt::Error& reason);

private Q_SLOTS:
    void handleDisconnected();

private:
    void close(const Error& reason);
    void watchOwner();
    void startService();
    template <typename Then> void ask(const QString& method, const QVariantList& arguments, Then then);
    void setOwner(const QString& owner, const Error& whyMissing);

    const QString m_bus;
    const QString m_service;
    QString m_connectionName;
    QDBusConnection m_connection;
    std::unique_ptr<QObject> m_session; ///< lives as long as one connection; its end cancels what was asked on it
    QString m_owner;
    bool m_open = false;
    QTimer m_retry;
    std::chrono::milliseconds m_pause;
};

} // namespace bwt
