// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/dbus/helperprocess.h"

#include "dbus/names.h"
#include "dbus/row.h"
#include <QDBusConnectionInterface>
#include <QDBusPendingCall>
#include <QFile>
#include <QTest>

#include <csignal>

namespace bwt::test {

HelperProcess::HelperProcess(const PrivateBus& bus)
    : m_bus(bus)
    , m_stateDir(m_directory.filePath(QStringLiteral("state")))
    , m_program(QStringLiteral(BWT_HELPER))
{
    registerWireTypes();
    tie(m_process);
    m_process.setProcessEnvironment(bus.environment());
    m_process.setStandardInputFile(QProcess::nullDevice());
    QObject::connect(&m_process, &QProcess::readyReadStandardError, &m_process, [this] { readLog(); });
}

HelperProcess::~HelperProcess()
{
    if (isRunning() && !stop())
        m_process.kill();
    m_process.waitForFinished();
}

bool HelperProcess::start(const QStringList& arguments)
{
    QFile config(m_directory.filePath(QStringLiteral("empty.conf")));
    if (!config.open(QIODevice::WriteOnly))
        return false;
    launch(QStringList{QStringLiteral("--bus"), QStringLiteral("system"), QStringLiteral("--state-dir"), m_stateDir,
               QStringLiteral("--config"), config.fileName()}
        + arguments);
    const QDBusConnection root = QDBusConnection::connectToBus(m_bus.address(), m_directory.path());
    const bool isUp = waitUntil(
        [&] { return !isRunning() || root.interface()->isServiceRegistered(QString(names::service)).value(); });
    QDBusConnection::disconnectFromBus(m_directory.path());
    return isUp && isRunning();
}

void HelperProcess::launch(const QStringList& arguments)
{
    QStringList command = m_tracer + QStringList{m_program};
    if (!m_mayCount)
        command = QStringList{QStringLiteral("setpriv"), QStringLiteral("--bounding-set"),
                      QStringLiteral("-bpf,-perfmon,-sys_admin")}
            + command;
    command += arguments;
    std::optional<ServiceManager::Start> start;
    if (m_manager)
        command = start.emplace(*m_manager, command).command();
    m_process.start(command.first(), command.mid(1));
    m_process.waitForStarted();
}

std::optional<int> HelperProcess::waitForEnd()
{
    if (!waitUntil([this] { return !isRunning(); }) || m_process.exitStatus() != QProcess::NormalExit)
        return std::nullopt;
    return m_process.exitCode();
}

std::optional<int> HelperProcess::stop()
{
    m_process.terminate();
    return waitForEnd();
}

void HelperProcess::signal(int number) const
{
    kill(pid_t(m_process.processId()), number);
}

void HelperProcess::setVariable(const QString& name, const QString& value)
{
    auto environment = m_process.processEnvironment();
    environment.insert(name, value);
    m_process.setProcessEnvironment(environment);
}

QStringList HelperProcess::log()
{
    readLog();
    return QString::fromUtf8(m_log).split(QLatin1Char('\n'), Qt::SkipEmptyParts);
}

bool HelperProcess::waitForLog(const QString& text, int count)
{
    return waitUntil([&] { return log().filter(text).size() >= count; });
}

void HelperProcess::readLog()
{
    const QByteArray text = m_process.readAllStandardError();
    m_log += text;
    if (!text.isEmpty())
        qDebug().noquote() << "stderr:" << QString::fromUtf8(text).trimmed();
}

QDBusMessage call(const QDBusConnection& as, const QString& method, const QVariantList& arguments, Ask ask)
{
    auto message = QDBusMessage::createMethodCall(
        QString(names::service), QString(names::object), QString(names::interface), method);
    message.setArguments(arguments);
    message.setInteractiveAuthorizationAllowed(ask == Ask::Allowed);
    const QDBusPendingCall pending = as.asyncCall(message);
    if (!waitUntil([&] { return pending.isFinished(); }, 30'000))
        return message.createErrorReply(QStringLiteral("test.NoAnswer"), QStringLiteral("no answer in time"));
    return pending.reply();
}

void failFor(const QString& method, const QDBusMessage& reply)
{
    QFAIL(qPrintable(QStringLiteral("%1: %2 %3").arg(method, reply.errorName(), reply.errorMessage())));
}

} // namespace bwt::test
