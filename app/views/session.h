// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/client/helperclient.h"
#include "app/client/reversenames.h"
#include "app/models/groupcolors.h"
#include "app/models/livebook.h"
#include "app/models/timeline.h"
#include "app/models/usagefilter.h"
#include "app/models/usagemodel.h"
#include "app/models/viewchoice.h"
#include "app/views/detailsfeed.h"
#include "app/views/historyfeed.h"

#include <QObject>
#include <QTimer>

#include <functional>
#include <memory>
#include <optional>

namespace bwt {

/// What the helper says, brought together with what the bar on top chooses. Views read it and follow its signals;
/// they command through it and never talk to the client themselves.
class Session : public QObject {
    Q_OBJECT
public:
    explicit Session(HelperClient& client, const ViewChoice& choice, QObject* parent = nullptr);

    [[nodiscard]] const ViewChoice& choice() const { return m_choice; }
    void setChoice(const ViewChoice& choice);

    // What the choice shows.
    [[nodiscard]] UsageModel& table() { return m_table; }
    [[nodiscard]] UsageFilter& rows() { return m_rows; }
    [[nodiscard]] const GroupColors& colors() const { return m_colors; }
    [[nodiscard]] ChartData chart() const;
    [[nodiscard]] TimeSpan span() const;
    [[nodiscard]] Numbers rangeTotal() const;
    [[nodiscard]] const HistoryFeed& history() const { return m_history; }
    [[nodiscard]] const DetailsFeed& details() const { return m_details; }
    [[nodiscard]] std::optional<UsageGroup> selected() const;
    void select(const QString& key);
    /// What its owner calls a remote address, where a person asked for that; null otherwise.
    [[nodiscard]] QString reverseName(const QString& address) const { return m_reverseNames.value(address); }

    // What goes on now, whatever range is open. Rates are unknown before the first frame with rates.
    [[nodiscard]] Numbers now() const;
    [[nodiscard]] QList<UsageGroup> topTalkers(qsizetype count) const;
    [[nodiscard]] const Timeline& liveTimeline() const { return m_liveTimeline; }
    [[nodiscard]] std::optional<Numbers> today() const { return m_today; }

    // How far it can be trusted.
    [[nodiscard]] HelperClient::State state() const { return m_client.state(); }
    [[nodiscard]] Error error() const;
    [[nodiscard]] bool hasNumbers() const { return m_lastFrameMs > 0; }
    /// End of the newest tick; 0 before the first.
    [[nodiscard]] qint64 lastFrameMs() const { return m_lastFrameMs; }
    /// Numbers are shown, but no new ones come.
    [[nodiscard]] bool isStale() const;
    [[nodiscard]] const std::optional<Status>& status() const { return m_status; }
    /// The helper's processor time as a share of one processor.
    [[nodiscard]] std::optional<double> cpuShare() const { return m_cpuShare; }
    /// Whether the live rows name other people's programs, too; as the helper said, not as was asked.
    [[nodiscard]] bool seesEveryone() const { return m_seesEveryone; }
    /// Whether that was asked for, rather than given to this user anyway.
    [[nodiscard]] bool wantsEveryone() const { return m_wantsEveryone; }
    /// Other people's programs are to be named, as was granted once, and some answer sums them up.
    [[nodiscard]] bool isPermissionOver() const;

    // Commands.
    void startHelper();
    /// Asks the helper, and so maybe a person: seesEveryone() changes when the answer is there.
    void setWantsEveryone(bool everyone);
    void setPaused(bool paused);
    /// Which apps there are and what was decided of them; no answer where that can't be had.
    void askApps(QObject* context, const std::function<void(const AppList&)>& then);
    void changeApp(const AppChange& change);
    /// The helper's, with what each may be changed to and when.
    void askSettings(QObject* context, const std::function<void(const Result<SettingList>&)>& then);
    /// An empty value is the default.
    void changeSetting(const QString& name, const QString& value, QObject* context,
        const std::function<void(const Result<void>&)>& then);
    /// Nobody looks: only what the tray needs goes on, at the helper's slow pace.
    void setWatched(bool watched);
    /// Asks the network what the owner of the selected row's address calls it.
    void lookUpName();
    [[nodiscard]] bool canLookUpName() const;
    /// Sorts the table once more by its column.
    void sortAgain();

Q_SIGNALS:
    void choiceChanged();
    void numbersChanged(); ///< table, chart, rates or totals
    void selectionChanged();
    void stateChanged(); ///< state, error, staleness or status
    void commandFailed(const bwt::Error& error);

private:
    void handleState();
    void handleFrame(const Frame& frame, bool complete);
    void handleSubscribed(bool everyone);
    void followLive();
    void beat();
    void askLive();
    void takeLive(const Result<Frame>& answer);
    void show();
    void askStatus();
    void takeStatus(const Status& status);
    void askToday();
    [[nodiscard]] const Timeline& timeline() const;
    [[nodiscard]] Timeline::Accepts accepts() const;

    HelperClient& m_client;
    ViewChoice m_choice;
    LiveBook m_book;
    Timeline m_liveTimeline;
    HistoryFeed m_history;
    DetailsFeed m_details;
    UsageModel m_table;
    UsageFilter m_rows;
    GroupColors m_colors;
    QString m_selectedKey;
    ReverseNames m_reverse;
    ReverseNames::Names m_reverseNames; ///< as far as they were asked for
    qint64 m_lastFrameMs = 0;
    std::optional<Error> m_subscriptionError;
    std::optional<Status> m_status;
    qint64 m_statusMs = 0;
    std::optional<double> m_cpuShare;
    std::optional<Numbers> m_today;
    bool m_wantsEveryone = false;
    bool m_seesEveryone = false;
    bool m_historyHidesOthers = false;
    bool m_detailsHideOthers = false;
    bool m_sightIsOpen = false; ///< the next subscription decides anew whose rows are seen
    bool m_watched = true;
    std::unique_ptr<QObject> m_asking; ///< what a hidden window asks; its end cancels the question
    QTimer m_beat;
};

} // namespace bwt
