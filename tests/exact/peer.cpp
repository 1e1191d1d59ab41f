// SPDX-License-Identifier: GPL-3.0-or-later
#include "peer.h"

#include <QDeadlineTimer>
#include <QJsonDocument>

Peer::Peer(const QString& arguments)
{
    m_process.start(QStringLiteral(BWT_TRAFFIC), arguments.split(QLatin1Char(' ')) << QStringLiteral("--hold"));
}

Peer::~Peer()
{
    m_process.closeWriteChannel();
    m_process.waitForFinished();
}

QJsonObject Peer::next()
{
    const QDeadlineTimer minute(60'000);
    while (!m_process.canReadLine() && m_process.waitForReadyRead(static_cast<int>(minute.remainingTime()))) { }
    return QJsonDocument::fromJson(m_process.readLine()).object();
}
