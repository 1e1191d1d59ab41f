// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "dbus/row.h"

#include <QMetaType>
#include <QString>

class QSettings;

/// What the bar on top chooses. Everything below it answers for one ViewChoice.
namespace bwt {
Q_NAMESPACE

enum class Grouping { App, Process, Host, Protocol, Country, Operator };
Q_ENUM_NS(Grouping)

enum class ScopeChoice { Internet, Lan, Tunnel, All };
Q_ENUM_NS(ScopeChoice)

enum class RangeKind { Live, Hour, Day, Week, Month, Fixed };
Q_ENUM_NS(RangeKind)

/// A stretch of time in milliseconds since the epoch, half-open.
struct TimeSpan {
    qint64 sinceMs = 0;
    qint64 untilMs = 0;

    [[nodiscard]] qint64 lengthMs() const { return untilMs - sinceMs; }
    friend bool operator==(const TimeSpan&, const TimeSpan&) = default;
};

/// Live, the last so many hours or days, or a fixed span.
struct RangeChoice {
    RangeKind kind = RangeKind::Live;
    TimeSpan fixed; ///< used by RangeKind::Fixed alone

    [[nodiscard]] bool isLive() const { return kind == RangeKind::Live; }
    /// What the range means at a moment; for Live the stretch that the chart shows.
    [[nodiscard]] TimeSpan spanAt(qint64 nowMs) const;

    friend bool operator==(const RangeChoice&, const RangeChoice&) = default;
};

struct ViewChoice {
    RangeChoice range;
    ScopeChoice scope = ScopeChoice::Internet;
    Grouping grouping = Grouping::App;
    QString filter; ///< free text; empty narrows nothing

    friend bool operator==(const ViewChoice&, const ViewChoice&) = default;
};

/// How long the live chart remembers.
inline constexpr qint64 liveSpanMs = 5 * 60 * 1000;

[[nodiscard]] Dimension dimensionOf(Grouping grouping);
/// The scope's name on the wire; empty for All.
[[nodiscard]] QString scopeFilter(ScopeChoice scope);
/// Whether a row of the given scope belongs to the choice. A row without scope belongs to All alone.
[[nodiscard]] bool holdsScope(ScopeChoice choice, const QString& scope);

/// How a span is asked for and drawn.
struct Resolution {
    QString bucket; ///< as on the bus
    qint64 bucketMs = 0; ///< its length, for months the shortest
};
/// Enough points for a smooth chart, few enough to draw at once: in weeks that are long past days, since hours of
/// then take the helper a while.
[[nodiscard]] Resolution resolutionFor(const TimeSpan& span, qint64 nowMs);
/// How many groups to ask for. The chart colours few and sums the rest; a filter has to see more of them, as many as
/// fit in an answer.
[[nodiscard]] quint32 groupsInBucket(const TimeSpan& span, const Resolution& resolution, const QString& filter);

/// The filter is not kept: a text forgotten in a box must not hide traffic at the next start.
void saveChoice(QSettings& settings, const ViewChoice& choice);
/// Whatever is missing or unreadable is the default.
[[nodiscard]] ViewChoice loadChoice(const QSettings& settings);

} // namespace bwt
