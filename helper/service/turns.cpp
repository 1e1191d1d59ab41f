// SPDX-License-Identifier: GPL-3.0-or-later
#include "helper/service/turns.h"

#include <utility>

namespace bwt {

namespace {

constexpr int mostUnderWay = 2;

} // namespace

Turns::Turns()
    : m_lines(std::make_shared<Lines>())
{
}

void Turns::take(quint32 uid, Start start)
{
    (*m_lines)[uid].waiting.push_back(std::move(start));
    startNext(m_lines, uid);
}

/// Looks the line up anew at each use: what is started may end its turn from within.
void Turns::startNext(const std::shared_ptr<Lines>& lines, quint32 uid)
{
    const auto hasNext = [&] {
        const Line& line = (*lines)[uid];
        return line.underWay < mostUnderWay && !line.waiting.empty();
    };
    while (hasNext()) {
        Line& line = (*lines)[uid];
        ++line.underWay;
        const Start start = std::move(line.waiting.front());
        line.waiting.pop_front();
        start(Turn(lines.get(), [lines, uid](void*) {
            --(*lines)[uid].underWay;
            startNext(lines, uid);
        }));
    }
    if ((*lines)[uid].underWay == 0)
        lines->remove(uid);
}

} // namespace bwt
