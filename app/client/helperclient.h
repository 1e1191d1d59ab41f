// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "dbus/appentry.h"
#include "dbus/event.h"
#include "dbus/result.h"
#include "dbus/row.h"
#include "dbus/settingentry.h"

#include <QObject>

#include <functional>
#include <memory>

namespace bwt {

/// The helper as the app and bwtctl see it: one object, values in and out, never blocks. Watches the bus for the
/// helper, subscribes again when it returns, and connects again when the bus itself was away.
class HelperClient : public QObject {
    Q_OBJECT
public:
    enum class State {
        Connecting, ///< nothing is known yet
        Ready, ///< the helper answers
        Missing, ///< the bus is there, the helper is not; error() says why where that is known
        Silent, ///< the helper is there and does not answer; asked again by itself
        Refused, ///< the helper answers, but not this user; AuthorizationNeeded means that asking can help.
                 ///< Asked again by itself, unless a person was
        NoBus, ///< no bus; tried again by itself
    };
    Q_ENUM(State)

    enum class Activation { Allowed, Never }; ///< whether the first look may start the helper
    /// When polkit may ask the user, who then sees everyone's rows.
    enum class Interaction {
        Never,
        Subscribing, ///< once, when frames begin next: no password box comes up that no button asked for
        Always, ///< at any call
    };

    template <typename T> using Reply = std::function<void(Result<T>)>;

    /// `bus` is "system", "session" or a D-Bus address.
    explicit HelperClient(QString bus, Activation activation, QObject* parent = nullptr);
    ~HelperClient() override;

    [[nodiscard]] State state() const;
    /// What led to a state other than Ready.
    [[nodiscard]] Error error() const;

    /// Looks once more for the helper, starting it where the bus can. For a button.
    void activate();
    /// From now on, and a subscription is made anew. For a button.
    void setInteraction(Interaction interaction);

    /// Frames come until unsubscribe(), over any restart of the helper. A second call replaces the first.
    void subscribe(Dimensions by, quint32 limit);
    void unsubscribe();

    // Answers come once each, in this thread, later than the call, and never after the client is gone. `context`
    // going first cancels. Without a helper the answer is error().
    void totals(Dimensions by, QObject* context, Reply<Frame> reply);
    void top(qint64 sinceMs, qint64 untilMs, Dimensions by, quint32 limit, QObject* context, Reply<Frame> reply);
    void series(qint64 sinceMs, qint64 untilMs, const QString& bucket, Dimensions by, const Filter& filter,
        quint32 limit, QObject* context, Reply<Series> reply);
    void breakdown(qint64 sinceMs, qint64 untilMs, Dimensions by, const Filter& filter, quint32 limit,
        QObject* context, Reply<Frame> reply);
    void events(qint64 sinceMs, qint64 untilMs, QObject* context, Reply<EventList> reply);
    /// The helper writes to its own descriptor of the same file, however long that takes; the answer comes at the
    /// end, with the number of rows.
    struct ExportCall {
        int fd = -1;
        qint64 sinceMs = 0;
        qint64 untilMs = 0;
        QString bucket;
        Dimensions by;
        Filter filter;
        QString format; ///< "csv" or "json"
    };
    void exportHistory(const ExportCall& call, QObject* context, Reply<quint64> reply);
    void apps(QObject* context, Reply<AppList> reply);
    void settings(QObject* context, Reply<SettingList> reply);
    void status(QObject* context, Reply<Status> reply);
    // Commands are the user's own act: polkit may always ask before they are done.
    void setPaused(bool paused, QObject* context, Reply<void> reply);
    /// An empty app or remote address is everything's.
    void clear(qint64 sinceMs, qint64 untilMs, const QString& app, const QString& remote, QObject* context,
        Reply<quint64> reply);
    /// An empty value takes a setting back to its default.
    void changeSetting(const QString& name, const QString& value, QObject* context, Reply<void> reply);
    /// Whatever is told after the answer has it.
    void changeApp(const AppChange& change, QObject* context, Reply<void> reply);

Q_SIGNALS:
    void stateChanged();
    /// Frames begin; whether other people's rows come by name, too.
    void subscribed(bool everyone);
    /// The first frame after a subscription holds every row, later ones the rows that changed.
    void frameReceived(const bwt::Frame& frame, bool complete);
    /// No frames will come, for a reason that is no state; subscribe() tries again.
    void subscriptionFailed(const bwt::Error& error);

private:
    class Private;
    std::unique_ptr<Private> d;
};

} // namespace bwt
