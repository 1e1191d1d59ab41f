// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "dbus/result.h"
#include "helper/service/authorizer.h"
#include "helper/service/engine.h"

#include <QDBusConnection>
#include <QDBusServiceWatcher>
#include <QObject>

#include <vector>

namespace bwt {

/// Who gets frames. Each caller has one subscription, each user 16, 64 in all; rows are computed once for all who ask
/// the same, and go to each of them alone. Callers who leave the bus are forgotten.
class Subscriptions : public QObject {
    Q_OBJECT
public:
    Subscriptions(QDBusConnection bus, Engine& engine);
    ~Subscriptions() override;

    /// Replaces what the caller had. Its first frame comes later than this call's answer.
    /// More rows than fit in a message are summed.
    [[nodiscard]] Result<void> add(const Caller& caller, const LiveQuery& query);
    void remove(const QString& caller);

private:
    struct Subscriber {
        Caller caller;
        bool isGreeted = false; ///< has had a complete frame
    };
    /// Everyone who asked the same thing.
    struct View {
        LiveQuery query;
        std::vector<Subscriber> subscribers;
        std::optional<Frame> frame; ///< of the last tick
    };

    void publish();
    void greet();
    void send(const QString& caller, const Frame& frame) const;
    void removeIfGone(const QString& caller);
    void forget(const QString& caller);
    void countAgain();
    [[nodiscard]] qsizetype count() const;
    [[nodiscard]] qsizetype countOf(quint32 uid) const;

    QDBusConnection m_bus;
    Engine& m_engine;
    QDBusServiceWatcher m_watcher;
    std::vector<View> m_views;
};

} // namespace bwt
