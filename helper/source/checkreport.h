// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>
#include <QString>
#include <QStringList>

#include <vector>

/// What this machine lets us count with, as `--check` prints it.
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
};

struct BackendReport {
    QString name;
    bool works = false;
    QString reason; ///< why it does not work and what to do; null when it works
    std::vector<HookReport> hooks;
    QStringList gaps; ///< codes of what it can't see (gaps.h); empty when it does not work
};

struct CheckReport {
    QString kernel; ///< uname -r
    std::vector<BackendReport> backends; ///< best first
    QString chosen; ///< null when none works
};

/// For people: several lines, the last one ends in a newline.
[[nodiscard]] QString checkReportText(const CheckReport& report);
/// For programs: one JSON object.
[[nodiscard]] QByteArray checkReportJson(const CheckReport& report);

} // namespace bwt
