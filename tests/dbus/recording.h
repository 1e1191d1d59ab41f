// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>
#include <QString>

namespace bwt::test {

/// One line of a recording: what a program moved, and when.
struct Moved {
    qint64 atMs = 0; ///< since the recording's start
    quint32 pid = 0;
    quint32 uid = 0;
    QString name;
    quint64 txBytes = 0;
    quint64 rxBytes = 0;
    QString protocol = QStringLiteral("TCP");
    QString remoteIp = QStringLiteral("192.0.2.7");
};

/// Writes a recording for `--backend replay:FILE`; its path, or an empty text.
[[nodiscard]] QString writeRecording(const QString& path, const QList<Moved>& lines);

} // namespace bwt::test
