// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QHash>

#include <deque>
#include <functional>
#include <memory>

namespace bwt {

/// Two of each user's questions are under way at a time and the others wait in line, so that nobody waits for more
/// than two of anyone else's.
class Turns {
public:
    using Turn = std::shared_ptr<void>; ///< over when the last copy goes
    using Start = std::function<void(Turn)>;

    Turns();
    /// Calls `start` when it is this user's turn, from within or when an earlier turn ends.
    void take(quint32 uid, Start start);

private:
    struct Line {
        int underWay = 0;
        std::deque<Start> waiting;
    };
    using Lines = QHash<quint32, Line>;
    static void startNext(const std::shared_ptr<Lines>& lines, quint32 uid);

    std::shared_ptr<Lines> m_lines;
};

} // namespace bwt
