// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>
#include <QDBusArgument>
#include <QJsonArray>
#include <QList>
#include <QMetaType>
#include <QString>
#include <QStringList>

/// What this machine lets us count with: what `--check` prints, and the status has of what was tried.
namespace bwt {

enum class HookState {
    Ok,
    Absent, ///< this kernel has nothing of that name
    Refused, ///< it has, but will not take our program
};

struct HookReport {
    QString name;
    HookState state = HookState::Absent;
    int errorNumber = 0; ///< errno, 0 when the hook is Ok

    friend bool operator==(const HookReport&, const HookReport&) = default;
};

struct BackendReport {
    QString name;
    bool works = false;
    QString reason; ///< why it does not work and what to do; null when it works
    QList<HookReport> hooks;
    QStringList gaps; ///< codes of what it can't see (gaps.h); empty when it does not work

    friend bool operator==(const BackendReport&, const BackendReport&) = default;
};

struct CheckReport {
    QString kernel; ///< uname -r
    QList<BackendReport> backends; ///< best first
    QString chosen; ///< null when none works
};

/// For people: several lines, the last one ends in a newline.
[[nodiscard]] QString checkReportText(const CheckReport& report);
/// For programs: one JSON object.
[[nodiscard]] QByteArray checkReportJson(const CheckReport& report);

/// As that object has them.
[[nodiscard]] QJsonArray backendsToJson(const QList<BackendReport>& backends);
[[nodiscard]] QList<BackendReport> backendsFromJson(const QJsonArray& backends);
/// For people: how many hooks answered, which are absent, and which were refused and why; or why the backend doesn't
/// work.
[[nodiscard]] QStringList hookLines(const BackendReport& backend);

QDBusArgument& operator<<(QDBusArgument& out, const HookReport& value);
const QDBusArgument& operator>>(const QDBusArgument& in, HookReport& value);
QDBusArgument& operator<<(QDBusArgument& out, const BackendReport& value);
const QDBusArgument& operator>>(const QDBusArgument& in, BackendReport& value);

} // namespace bwt

Q_DECLARE_METATYPE(bwt::HookReport)
Q_DECLARE_METATYPE(bwt::BackendReport)
