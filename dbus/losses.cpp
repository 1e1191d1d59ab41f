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
};

} // namespace

QString text(const QString& code, const QString& count)
{
    const auto* found = std::ranges::find(wordings, code, &Wording::code);
    return found == wordings.end() ? QString(count % u" \u00d7 " % code)
                                   : QCoreApplication::translate("bwt::loss", found->text).arg(count);
}

} // namespace bwt::loss
