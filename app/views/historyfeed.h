// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/models/timeline.h"
#include "app/models/usagegroup.h"
#include "app/models/viewchoice.h"
#include "dbus/result.h"

#include <QObject>
#include <QTimer>

#include <memory>
#include <optional>

namespace bwt {

class HelperClient;

/// A past range from the helper: what each group used, and its course over time. Follows one choice at a time, and
/// asks again now and then while the range ends now.
class HistoryFeed : public QObject {
    Q_OBJECT
public:
    enum class State { Idle, Asking, Answered, Failed };

    explicit HistoryFeed(HelperClient& client, QObject* parent = nullptr);

    /// Asks for the choice's range; a live choice ends the asking.
    void follow(const ViewChoice& choice);
    /// Asks once more, keeping what is shown until the answer is there.
    void refresh();
    /// Whether asking now and then goes on; nobody looks at a hidden window.
    void setWatched(bool watched);

    [[nodiscard]] State state() const { return m_state; }
    [[nodiscard]] const Error& error() const { return m_error; }
    [[nodiscard]] const TimeSpan& span() const { return m_span; }
    [[nodiscard]] const QList<UsageGroup>& groups() const { return m_groups; }
    [[nodiscard]] const Timeline& timeline() const { return m_timeline; }

Q_SIGNALS:
    void changed();

private:
    void ask();
    void takeFrame(const Result<Frame>& answer);
    void takeSeries(const Result<Series>& answer);
    void settle();
    void fail(const Error& error);
    [[nodiscard]] std::chrono::milliseconds pace() const;

    HelperClient& m_client;
    ViewChoice m_choice;
    State m_state = State::Idle;
    Error m_error;
    TimeSpan m_span;
    TimeSpan m_askedSpan;
    Resolution m_askedResolution;
    QList<UsageGroup> m_groups;
    Timeline m_timeline;
    std::optional<Frame> m_frame; ///< the half of the answer that came first waits for the other
    std::optional<Series> m_series;
    std::unique_ptr<QObject> m_asking; ///< its end cancels the question
    QTimer m_timer;
    bool m_watched = true;
};

} // namespace bwt
