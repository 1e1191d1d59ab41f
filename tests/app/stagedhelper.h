// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "dbus/appentry.h"
#include "dbus/row.h"
#include "dbus/settingentry.h"

#include <QDBusConnection>
#include <QDBusMessage>
#include <QDBusVirtualObject>

#include <functional>
#include <optional>

namespace bwt::test {

/// The helper's side of the bus, played for the window: it answers from what the test lays out, and keeps what it
/// was asked.
class StagedHelper : public QDBusVirtualObject {
    Q_OBJECT
public:
    struct Question {
        qint64 sinceMs = 0;
        qint64 untilMs = 0;
        QString bucket; ///< of Series alone
        Dimensions by;
        Filter filter;
    };

    static constexpr qint64 pausedAtMs = 1'700'000'000'000; ///< once it was told to

    explicit StagedHelper(const QString& address);
    ~StagedHelper() override;

    void appear();
    void vanish();
    /// Sends a frame to the subscriber.
    void tick(const Frame& frame);

    Status status; ///< counting, by default
    bool everyone = false; ///< whose rows Subscribe says to give by name
    QString errorName; ///< every call fails with it, unless null
    QString methodError; ///< likewise, for Pause, Resume and SetSetting
    AppList apps;
    SettingList settings;
    std::function<Frame(const Question&)> breakdown;
    std::function<Series(const Question&)> series;

    [[nodiscard]] bool hasSubscriber() const { return !m_subscriber.isEmpty(); }
    [[nodiscard]] Dimensions subscribedBy() const { return m_subscribedBy; }
    /// What the last call of this method said.
    [[nodiscard]] QVariantList lastCall(const QString& method) const;
    [[nodiscard]] int count(const QString& method) const;
    /// Whether the last call of this method let polkit ask the user.
    [[nodiscard]] bool mayAsk(const QString& method) const;

    QString introspect(const QString&) const override { return {}; }
    bool handleMessage(const QDBusMessage& call, const QDBusConnection& bus) override;

private:
    [[nodiscard]] QVariantList answer(const QDBusMessage& call);

    QDBusConnection m_bus;
    QString m_subscriber;
    Dimensions m_subscribedBy;
    QList<QDBusMessage> m_calls;
};

} // namespace bwt::test
