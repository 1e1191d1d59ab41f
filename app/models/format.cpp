// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/models/format.h"

#include <QDateTime>
#include <QLocale>

#include <algorithm>
#include <array>
#include <chrono>

namespace bwt {

namespace {

constexpr QChar unknown(0x2014); // em dash

struct Unit {
    quint64 bytes;
    int mostDecimals;
    QLatin1StringView name;
};

constexpr std::array units{
    Unit{1, 0, QLatin1StringView("B")},
    Unit{1'000, 1, QLatin1StringView("kB")},
    Unit{1'000'000, 2, QLatin1StringView("MB")},
    Unit{1'000'000'000, 2, QLatin1StringView("GB")},
    Unit{1'000'000'000'000, 2, QLatin1StringView("TB")},
    Unit{1'000'000'000'000'000, 2, QLatin1StringView("PB")},
    Unit{1'000'000'000'000'000'000, 2, QLatin1StringView("EB")},
};

constexpr quint64 powerOfTen(int exponent)
{
    return exponent == 0 ? 1 : 10 * powerOfTen(exponent - 1);
}

/// The count of 10^-decimals units, rounded half up. Dividing first keeps it exact for every 64-bit number.
quint64 steps(quint64 bytes, const Unit& unit, int decimals)
{
    const quint64 step = unit.bytes / powerOfTen(decimals);
    const quint64 rest = bytes % step;
    return bytes / step + (rest >= step - rest ? 1 : 0);
}

/// Three digits and a point make four characters.
constexpr quint64 tooManySteps = 1'000;

QString fixedPoint(quint64 steps, int decimals)
{
    if (decimals == 0)
        return QString::number(steps);
    const quint64 one = powerOfTen(decimals);
    return QString::number(steps / one) % QLatin1Char('.')
        % QString::number(steps % one).rightJustified(decimals, QLatin1Char('0'));
}

} // namespace

QString formatBytes(quint64 bytes)
{
    for (const Unit& unit : units) {
        for (int decimals = unit.mostDecimals; decimals >= 0; --decimals) {
            const quint64 count = steps(bytes, unit, decimals);
            if (count < tooManySteps)
                return fixedPoint(count, decimals) % QLatin1Char(' ') % unit.name;
        }
    }
    Q_UNREACHABLE(); // 2^64 bytes are 18.4 EB
}

QString formatRate(std::optional<quint64> bytesPerSecond)
{
    return bytesPerSecond ? QString(formatBytes(*bytesPerSecond) % QLatin1StringView("/s")) : QString(unknown);
}

QString formatSignedBytes(qint64 bytes)
{
    const auto size = bytes < 0 ? 0 - static_cast<quint64>(bytes) : static_cast<quint64>(bytes);
    return bytes < 0 ? QString(QLatin1Char('-') % formatBytes(size)) : formatBytes(size);
}

QString formatShare(std::optional<double> share)
{
    if (!share)
        return unknown;
    if (*share >= 1)
        return QStringLiteral("100 %");
    return fixedPoint(static_cast<quint64>(*share * 1'000), 1) % QLatin1StringView(" %");
}

QString formatCount(std::optional<quint64> count)
{
    static const QLocale grouped(QLocale::English, QLocale::UnitedStates);
    return count ? grouped.toString(qulonglong(*count)) : QString(unknown);
}

QString formatMoment(std::optional<qint64> msSinceEpoch)
{
    if (!msSinceEpoch)
        return unknown;
    const QDateTime moment = QDateTime::fromMSecsSinceEpoch(*msSinceEpoch);
    const bool today = moment.date() == QDate::currentDate();
    return moment.toString(today ? QStringLiteral("HH:mm:ss") : QStringLiteral("yyyy-MM-dd HH:mm"));
}

QString formatAge(qint64 ms)
{
    using namespace std::chrono;
    const milliseconds age(std::max<qint64>(ms, 0));
    if (age < minutes(1))
        return QString::number(duration_cast<seconds>(age).count()) % QLatin1StringView(" s");
    if (age < hours(1))
        return QString::number(duration_cast<minutes>(age).count()) % QLatin1StringView(" min");
    if (age < days(1))
        return QString::number(duration_cast<hours>(age).count()) % QLatin1StringView(" h");
    return QString::number(duration_cast<days>(age).count()) % QLatin1StringView(" d");
}

} // namespace bwt
