// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/dbus/fakesystemd.h"

#include <QDBusArgument>
#include <QDBusMessage>
#include <QDBusMetaType>
#include <QDBusObjectPath>
#include <QDBusVariant>
#include <QDBusVirtualObject>

namespace bwt::test {

namespace {

const QString managerPath = QStringLiteral("/org/freedesktop/systemd1");
const QString unitPath = QStringLiteral("/org/freedesktop/systemd1/unit/helper");
const QString jobPath = QStringLiteral("/org/freedesktop/systemd1/job/1");

struct Job {
    quint32 id = 0;
    QDBusObjectPath path;
};

QDBusArgument& operator<<(QDBusArgument& out, const Job& job)
{
    out.beginStructure();
    out << job.id << job.path;
    out.endStructure();
    return out;
}

const QDBusArgument& operator>>(const QDBusArgument& in, Job& job)
{
    in.beginStructure();
    in >> job.id >> job.path;
    in.endStructure();
    return in;
}

} // namespace

class FakeSystemd::Manager : public QDBusVirtualObject {
public:
    QString jobType;

    QString introspect(const QString&) const override { return {}; }
    bool handleMessage(const QDBusMessage& question, const QDBusConnection& connection) override
    {
        const QVariant answer = answerTo(question);
        return answer.isValid() && connection.send(question.createReply(answer));
    }

private:
    [[nodiscard]] QVariant answerTo(const QDBusMessage& question) const
    {
        const QString property = question.arguments().value(1).toString();
        if (question.path() == managerPath && question.member() == QLatin1StringView("GetUnitByPID"))
            return QVariant::fromValue(QDBusObjectPath(unitPath));
        if (question.path() == unitPath && property == QLatin1StringView("Job"))
            return asVariant(QVariant::fromValue(
                jobType.isEmpty() ? Job{0, QDBusObjectPath(QStringLiteral("/"))} : Job{1, QDBusObjectPath(jobPath)}));
        if (question.path() == jobPath && property == QLatin1StringView("JobType"))
            return asVariant(jobType);
        return {};
    }

    [[nodiscard]] static QVariant asVariant(const QVariant& value)
    {
        return QVariant::fromValue(QDBusVariant(value));
    }
};

FakeSystemd::FakeSystemd(PrivateBus& bus)
    : m_bus(bus)
    , m_connection(QString())
    , m_manager(std::make_unique<Manager>())
{
    qDBusRegisterMetaType<Job>();
}

FakeSystemd::~FakeSystemd()
{
    QDBusConnection::disconnectFromBus(m_connection.name());
}

bool FakeSystemd::start()
{
    m_connection = m_bus.connectAs(0);
    return m_connection.registerVirtualObject(managerPath, m_manager.get(), QDBusConnection::SubPath)
        && m_connection.registerService(QStringLiteral("org.freedesktop.systemd1"));
}

void FakeSystemd::setJob(const QString& type)
{
    m_manager->jobType = type;
}

} // namespace bwt::test
