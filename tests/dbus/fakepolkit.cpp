// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/dbus/fakepolkit.h"

#include <QDBusArgument>
#include <QDBusMetaType>
#include <QDBusVirtualObject>
#include <QMap>

namespace bwt::test {

namespace {

struct Answer {
    bool isAuthorized = false;
    bool isChallenge = false;
    QMap<QString, QString> details;
};

QDBusArgument& operator<<(QDBusArgument& out, const Answer& answer)
{
    out.beginStructure();
    out << answer.isAuthorized << answer.isChallenge << answer.details;
    out.endStructure();
    return out;
}

const QDBusArgument& operator>>(const QDBusArgument& in, Answer& answer)
{
    in.beginStructure();
    in >> answer.isAuthorized >> answer.isChallenge >> answer.details;
    in.endStructure();
    return in;
}

QString describe(const QDBusMessage& question)
{
    const auto subject = question.arguments().at(0).value<QDBusArgument>();
    QString kind;
    QVariantMap details;
    subject.beginStructure();
    subject >> kind >> details;
    subject.endStructure();
    return QStringList{kind, details.value(QStringLiteral("name")).toString(), question.arguments().at(1).toString()}
        .join(QLatin1Char(' '));
}

} // namespace

/// Takes messages as they come, so that the wire types need no adaptor.
class FakePolkit::Authority : public QDBusVirtualObject {
public:
    explicit Authority(FakePolkit& polkit)
        : m_polkit(polkit)
    {
    }
    QString introspect(const QString&) const override { return {}; }
    bool handleMessage(const QDBusMessage& message, const QDBusConnection&) override
    {
        if (message.member() != QLatin1StringView("CheckAuthorization"))
            return false;
        m_polkit.ask(message);
        return true;
    }

private:
    FakePolkit& m_polkit;
};

FakePolkit::FakePolkit(PrivateBus& bus)
    : m_bus(bus)
    , m_connection(QString())
{
    qDBusRegisterMetaType<QMap<QString, QString>>();
    qDBusRegisterMetaType<Answer>();
}

FakePolkit::~FakePolkit()
{
    die();
}

bool FakePolkit::start()
{
    m_connection = m_bus.connectAs(0);
    m_authority = std::make_unique<Authority>(*this);
    return m_connection.registerVirtualObject(
               QStringLiteral("/org/freedesktop/PolicyKit1/Authority"), m_authority.get())
        && m_connection.registerService(QStringLiteral("org.freedesktop.PolicyKit1"));
}

void FakePolkit::die()
{
    QDBusConnection::disconnectFromBus(m_connection.name());
    m_connection = QDBusConnection(QString());
    m_authority.reset();
    m_waiting.clear();
}

void FakePolkit::answer(bool isAuthorized)
{
    for (const QDBusMessage& question : std::exchange(m_waiting, {}))
        reply(question, isAuthorized);
}

void FakePolkit::answerAtOnce(bool isAuthorized)
{
    m_atOnce = isAuthorized;
    answer(isAuthorized);
}

void FakePolkit::ask(const QDBusMessage& question)
{
    m_questions.append(describe(question));
    question.setDelayedReply(true);
    if (m_atOnce)
        reply(question, *m_atOnce);
    else
        m_waiting.append(question);
}

void FakePolkit::reply(const QDBusMessage& question, bool isAuthorized) const
{
    m_connection.send(question.createReply(QVariant::fromValue(Answer{isAuthorized, false, {}})));
}

} // namespace bwt::test
