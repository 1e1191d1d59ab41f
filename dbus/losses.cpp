// SPDX-License-Identifier: GPL-3.0-or-later
#include "dbus/losses.h"

#include <QCoreApplication>

#include <algorithm>
#include <array>

namespace bwt::loss {

namespace {

struct Wording {
    QLatin1StringView code;
    const char* text;
};

constexpr std::array wordings{
    Wording{mapFull, QT_TRANSLATE_NOOP("bwt::loss", "%1 calls counted without their remote address")},
    Wording{lostTxBytes, QT_TRANSLATE_NOOP("bwt::loss", "%1 bytes sent by programs not known")},
    Wording{lostRxBytes, QT_TRANSLATE_NOOP("bwt::loss", "%1 bytes received by programs not known")},
    Wording{unknownProcess, QT_TRANSLATE_NOOP("bwt::loss", "%1 processes counted without their name")},
    Wording{recursionMiss, QT_TRANSLATE_NOOP("bwt::loss", "%1 calls that the kernel did not show")},
    Wording{streamFull,
        QT_TRANSLATE_NOOP(
            "bwt::loss", "%1 receipts that there was no room to watch: not counted where splice() took them")},
    Wording{wireMapFull, QT_TRANSLATE_NOOP("bwt::loss", "%1 packets counted without their remote address")},
    Wording{lostTxWireBytes, QT_TRANSLATE_NOOP("bwt::loss", "%1 IP bytes sent by programs not known")},
    Wording{lostRxWireBytes, QT_TRANSLATE_NOOP("bwt::loss", "%1 IP bytes received by programs not known")},
    Wording{unknownOwner,
        QT_TRANSLATE_NOOP("bwt::loss", "%1 packets of sockets whose program is not known, counted as the kernel's")},
    Wording{ownerFull,
        QT_TRANSLATE_NOOP("bwt::loss", "%1 uses of sockets whose packets may count for who used them before")},
    Wording{countersGivenUp,
        QT_TRANSLATE_NOOP(
            "bwt::loss", "%1 set of an earlier helper's counters given up, with what it had not recorded yet")},
    Wording{mergedMinutes,
        QT_TRANSLATE_NOOP("bwt::loss",
            "%1 minutes recorded as part of an earlier one, since the history could not be written for so long")},
    Wording{missedAnswers,
        QT_TRANSLATE_NOOP(
            "bwt::loss", "%1 name servers' answers that could not be read: addresses may lack their name")},
};

} // namespace

QString text(const QString& code, const QString& count)
{
    const auto* found = std::ranges::find(wordings, code, &Wording::code);
    return found == wordings.end() ? QString(count % u" \u00d7 " % code)
                                   : QCoreApplication::translate("bwt::loss", found->text).arg(count);
}

} // namespace bwt::loss
