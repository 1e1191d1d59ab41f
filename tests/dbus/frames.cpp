// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/dbus/frames.h"

#include "dbus/names.h"
#include "tests/dbus/helperprocess.h"

namespace bwt::test {

FrameReceiver::FrameReceiver(QDBusConnection connection)
    : m_connection(std::move(connection))
{
    // Without a sender's name: nothing that reaches this connection is overlooked.
    m_connection.connect(QString(), QString(names::object), QString(names::interface), QStringLiteral("Frame"), this,
        SLOT(receive(QDBusMessage)));
}

FrameReceiver::~FrameReceiver()
{
    m_connection.disconnect(QString(), QString(names::object), QString(names::interface), QStringLiteral("Frame"),
        this, SLOT(receive(QDBusMessage)));
}

bool FrameReceiver::subscribe(const QStringList& by, uint limit)
{
    return call(m_connection, QStringLiteral("Subscribe"), {by, limit}).type() == QDBusMessage::ReplyMessage;
}

void FrameReceiver::receive(const QDBusMessage& signal)
{
    m_frames.append(qdbus_cast<Frame>(signal.arguments().value(0)));
}

} // namespace bwt::test
