// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/dbus/recording.h"

#include <QFile>
#include <QJsonDocument>
#include <QJsonObject>

namespace bwt::test {

namespace {

constexpr qint64 startTimeMs = 1'767'225'600'000; // any moment will do

QByteArray lineOf(const Moved& moved)
{
    const QJsonObject line{
        {QStringLiteral("t_ms"), moved.atMs},
        {QStringLiteral("pid"), qint64(moved.pid)},
        {QStringLiteral("start_time_ms"), startTimeMs},
        {QStringLiteral("uid"), qint64(moved.uid)},
        {QStringLiteral("process_name"), moved.name},
        {QStringLiteral("exe"), QString(QStringLiteral("/usr/bin/") + moved.name)},
        {QStringLiteral("protocol"), moved.protocol},
        {QStringLiteral("remote_ip"), moved.remoteIp},
        {QStringLiteral("tx_bytes"), qint64(moved.txBytes)},
        {QStringLiteral("rx_bytes"), qint64(moved.rxBytes)},
    };
    return QJsonDocument(line).toJson(QJsonDocument::Compact) + '\n';
}

} // namespace

QString writeRecording(const QString& path, const QList<Moved>& lines)
{
    QFile file(path);
    if (!file.open(QIODevice::WriteOnly))
        return {};
    for (const Moved& moved : lines) {
        const QByteArray line = lineOf(moved);
        if (file.write(line) != line.size())
            return {};
    }
    return path;
}

} // namespace bwt::test
