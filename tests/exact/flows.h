// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "helper/source/trafficsource.h"

#include <QJsonObject>
#include <QList>
#include <QStringList>

#include <map>
#include <optional>
#include <set>

/// Traffic as generators say that it was and as the counters say that it was, in the same terms.
namespace bwt {

/// A process as /proc/PID/stat names it, which is coarser than the counters' nanoseconds.
struct StatId {
    std::uint32_t pid = 0;
    quint64 startTicks = 0;
    friend auto operator<=>(const StatId&, const StatId&) = default;
};

struct Flow {
    StatId process;
    int protocol = 0;
    Address remote{};
    Direction direction = Direction::Tx;
    friend auto operator<=>(const Flow&, const Flow&) = default;
};

struct Moved {
    quint64 bytes = 0;
    std::optional<quint64> calls = 0; ///< none where the kernel may cut one call into several
    friend bool operator==(const Moved&, const Moved&) = default;
};

using Flows = std::map<Flow, Moved>; ///< none of no bytes

/// One line of a generator.
struct Line {
    QString role;
    StatId process;
    int protocol = 0;
    Address remote{};
    Moved tx;
    Moved rx;
};

[[nodiscard]] Line lineOf(const QJsonObject& object);
[[nodiscard]] Flows said(const QList<Line>& lines);
/// What those processes moved; of the kernel's own, which is everyone's, what it moved to those remotes.
[[nodiscard]] Flows counted(const Reading& reading, const QList<Line>& lines);
/// The same with what came from whichever remote as one: a process that was told no sender got it from any.
[[nodiscard]] Flows withRemotesMixed(const Flows& flows);
/// What is there of one and not of the other, in words; calls don't matter where none are expected.
[[nodiscard]] QStringList differences(const Flows& expected, const Flows& seen);
/// Which of those that moved something the reading doesn't know by that name, as root's and as ended, in words.
[[nodiscard]] QStringList unknownProcesses(const Reading& reading, const QList<Line>& lines, const QByteArray& name);

} // namespace bwt
