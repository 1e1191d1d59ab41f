// SPDX-License-Identifier: GPL-3.0-or-later
#include "helper/service/subscriptions.h"

#include "dbus/limitedrows.h"
#include "dbus/names.h"
#include "helper/service/rowchanges.h"

#include <QDBusMessage>
#include <QDBusPendingCallWatcher>
#include <QDBusPendingReply>

#include <algorithm>

namespace bwt {

namespace {

constexpr qsizetype mostSubscriptions = 64;
constexpr qsizetype mostOfOneUser = 16;

/// Keeps the biggest rows, as many as two frames' rows fit in one message: changes hold those that left, too.
std::optional<Frame> fitting(std::optional<Frame> frame)
{
    if (!frame)
        return frame;
    qint64 room = mostBytesInAnswer / 2;
    const auto first
        = std::ranges::find_if(frame->rows, [&](const Row& row) { return (room -= bytesOnBus(row)) < 0; });
    if (first != frame->rows.end())
        frame->rows = limitedTo(quint32(first - frame->rows.begin()), frame->rows);
    return frame;
}

} // namespace

Subscriptions::Subscriptions(QDBusConnection bus, Engine& engine)
    : m_bus(std::move(bus))
    , m_engine(engine)
{
    m_watcher.setConnection(m_bus);
    m_watcher.setWatchMode(QDBusServiceWatcher::WatchForUnregistration);
    connect(&m_watcher, &QDBusServiceWatcher::serviceUnregistered, this, &Subscriptions::remove);
    connect(&m_engine, &Engine::ticked, this, &Subscriptions::publish);
}

Subscriptions::~Subscriptions()
{
    m_engine.setSubscribers(0);
}

Result<void> Subscriptions::add(const Caller& caller, const LiveQuery& query)
{
    forget(caller.busName);
    if (count() >= mostSubscriptions || countOf(caller.uid) >= mostOfOneUser) {
        countAgain();
        return failure(ErrorCode::LimitExceeded,
            QStringLiteral("%1 subscriptions of a user, %2 in all are the most")
                .arg(mostOfOneUser)
                .arg(mostSubscriptions));
    }
    auto view = std::ranges::find(m_views, query, &View::query);
    if (view == m_views.end())
        view = m_views.insert(view, {query, {}, fitting(m_engine.liveFrame(query))});
    view->subscribers.push_back({caller, false});
    countAgain();
    m_watcher.addWatchedService(caller.busName);
    removeIfGone(caller.busName);
    QMetaObject::invokeMethod(this, &Subscriptions::greet, Qt::QueuedConnection);
    return {};
}

void Subscriptions::remove(const QString& caller)
{
    m_watcher.removeWatchedService(caller);
    forget(caller);
    countAgain();
}

void Subscriptions::publish()
{
    for (View& view : m_views) {
        const auto before = std::exchange(view.frame, fitting(m_engine.liveFrame(view.query)));
        Frame changes = *view.frame;
        if (before)
            changes.rows = changedRows(before->rows, view.frame->rows);
        for (Subscriber& subscriber : view.subscribers) {
            send(subscriber.caller.busName, subscriber.isGreeted ? changes : *view.frame);
            subscriber.isGreeted = true;
        }
    }
}

/// Newcomers see the last tick at once; before the first tick there is nothing to see.
void Subscriptions::greet()
{
    for (View& view : m_views) {
        for (Subscriber& subscriber : view.subscribers) {
            if (subscriber.isGreeted || !view.frame)
                continue;
            send(subscriber.caller.busName, *view.frame);
            subscriber.isGreeted = true;
        }
    }
}

void Subscriptions::send(const QString& caller, const Frame& frame) const
{
    auto signal = QDBusMessage::createTargetedSignal(
        caller, QString(names::object), QString(names::interface), QStringLiteral("Frame"));
    signal << QVariant::fromValue(frame);
    m_bus.send(signal);
}

/// The caller may have left before we began to watch; the bus tells in order.
void Subscriptions::removeIfGone(const QString& caller)
{
    auto question = QDBusMessage::createMethodCall(QStringLiteral("org.freedesktop.DBus"),
        QStringLiteral("/org/freedesktop/DBus"), QStringLiteral("org.freedesktop.DBus"),
        QStringLiteral("NameHasOwner"));
    question << caller;
    auto* watcher = new QDBusPendingCallWatcher(m_bus.asyncCall(question), this);
    connect(watcher, &QDBusPendingCallWatcher::finished, this, [this, watcher, caller] {
        watcher->deleteLater();
        const QDBusPendingReply<bool> isThere = *watcher;
        if (isThere.isError() || !isThere.value())
            remove(caller);
    });
}

void Subscriptions::forget(const QString& caller)
{
    for (View& view : m_views)
        std::erase_if(view.subscribers, [&](const Subscriber& one) { return one.caller.busName == caller; });
    std::erase_if(m_views, [](const View& view) { return view.subscribers.empty(); });
}

void Subscriptions::countAgain()
{
    m_engine.setSubscribers(int(count()));
}

qsizetype Subscriptions::count() const
{
    qsizetype all = 0;
    for (const View& view : m_views)
        all += qsizetype(view.subscribers.size());
    return all;
}

qsizetype Subscriptions::countOf(quint32 uid) const
{
    qsizetype all = 0;
    for (const View& view : m_views)
        all += std::ranges::count(view.subscribers, uid, [](const Subscriber& one) { return one.caller.uid; });
    return all;
}

} // namespace bwt
