// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/models/usagegroup.h"
#include "app/models/viewchoice.h"
#include "dbus/result.h"

#include <QObject>
#include <QTimer>

#include <array>
#include <memory>
#include <optional>

namespace bwt {

class HelperClient;

/// What makes up one group: two breakdowns of it by what it is not grouped by itself.
class DetailsFeed : public QObject {
    Q_OBJECT
public:
    struct Section {
        Grouping by = Grouping::Protocol;
        QList<UsageGroup> groups; ///< biggest first
    };
    using Sections = std::array<Section, 2>;

    explicit DetailsFeed(HelperClient& client, QObject* parent = nullptr);

    /// Breaks the group down for the choice. The same group again keeps its answers.
    void follow(const std::optional<UsageGroup>& group, const ViewChoice& choice, const TimeSpan& span);
    /// Asks once more, keeping what is shown until the answer is there.
    void refresh();
    void setWatched(bool watched);

    [[nodiscard]] const Sections& sections() const { return m_sections; }
    [[nodiscard]] bool isAnswered() const { return m_answered; }
    [[nodiscard]] bool holdsOtherUsers() const;

Q_SIGNALS:
    void changed();

private:
    void ask();
    void take(std::size_t section, const Result<Frame>& answer);

    HelperClient& m_client;
    std::optional<Filter> m_filter;
    ViewChoice m_choice;
    TimeSpan m_span;
    QString m_key;
    Sections m_sections;
    bool m_answered = false;
    bool m_watched = true;
    std::unique_ptr<QObject> m_asking;
    QTimer m_timer;
};

} // namespace bwt
