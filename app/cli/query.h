// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/cli/session.h"
#include "app/client/reversenames.h"
#include "dbus/rowjson.h"

namespace bwt::cli {

/// What was asked for, or else the last 24 hours.
[[nodiscard]] TimeRange rangeOf(const Request& request);

/// One call, one answer, printed: every command but live and export.
class Query : public QObject {
    Q_OBJECT
public:
    explicit Query(Request request);

private:
    void start();
    void send();
    void askForSeries();
    void sendSeries(const TimeRange& range);
    void confirmClear();
    void clearIfConfirmed(const QString& what);
    void clear();

    /// Names what has no name by what the network says, and prints that.
    void printResolved(const Frame& frame, Dimensions by, Rates rates);
    /// `reverse` are names that nobody asked for, and are marked so.
    void printFrame(const Frame& asTold, Dimensions by, Rates rates, const ReverseNames::Names* reverse = nullptr);
    void printHint(const QList<Row>& rows, Dimensions by);
    void printSeries(const Series& series, Dimensions by);
    void printEvents(const EventList& events, const TimeRange& range);
    void printApps(const AppList& apps);
    void changeApp(const AppChange& change);
    void changeSettings();
    void printSettings(const SettingList& settings);
    void printStatus(const Status& status);
    void printDone(const QString& key, const QJsonValue& value, const QString& sentence);
    /// A reply that prints the answer or says what failed, and then ends the program.
    template <typename T, typename Print> HelperClient::Reply<T> then(Print print);

    Session m_session;
    ReverseNames m_reverse;
    bool m_sent = false;
    qsizetype m_changed = 0; ///< settings
};

} // namespace bwt::cli
