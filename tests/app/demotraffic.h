// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "dbus/row.h"

#include <QList>
#include <QString>

/// Made-up traffic of a believable desktop, the same in every run. Addresses are those that documents may use
/// (RFC 5737, RFC 3849) and private ones.
namespace bwt::test {

struct DemoFlow {
    quint32 pid = 0;
    quint32 uid = 0;
    QString name;
    QString exe;
    QString protocol;
    QString service;
    QString remoteIp;
    QString scope;
    double rxRate = 0; ///< bytes per second where the activity is 1
    double txRate = 0;
    int activity = 0; ///< which course over time it follows
};

[[nodiscard]] const QList<DemoFlow>& demoFlows();
/// From 0 to about 1.6, smooth in time. `scaleSeconds` stretches the course: 1 for seconds, 300 for a day.
[[nodiscard]] double demoActivity(const DemoFlow& flow, double seconds, double scaleSeconds);

/// Writes `seconds` of it for `--backend replay:FILE?loop`.
[[nodiscard]] bool writeDemoRecording(const QString& path, int seconds);

/// The same as history: what Series and Breakdown answer. The nights are off: gaps.
[[nodiscard]] Series demoSeries(
    qint64 sinceMs, qint64 untilMs, const QString& bucket, Dimensions by, const Filter& filter);
[[nodiscard]] Frame demoBreakdown(qint64 sinceMs, qint64 untilMs, Dimensions by, const Filter& filter);

} // namespace bwt::test
