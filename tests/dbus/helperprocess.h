// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/dbus/privatebus.h"
#include "tests/dbus/servicemanager.h"

#include <QDBusMessage>
#include <QProcess>
#include <QString>
#include <QTemporaryDir>
#include <QVariantList>

#include <optional>

namespace bwt::test {

/// The real helper as a child of the test, on a private bus, with a state directory of its own. What it says
/// appears in the test's own output.
class HelperProcess {
public:
    explicit HelperProcess(const PrivateBus& bus);
    ~HelperProcess();
    HelperProcess(const HelperProcess&) = delete;
    HelperProcess& operator=(const HelperProcess&) = delete;

    /// Starts it and waits until it is on the bus. `arguments` come after --bus, --state-dir and an empty --config.
    [[nodiscard]] bool start(const QStringList& arguments = {});
    /// Starts it with these arguments alone, and does not wait.
    void launch(const QStringList& arguments);
    /// Waits for its end: the exit code; nothing when it did not end in time, or by a signal.
    [[nodiscard]] std::optional<int> waitForEnd();
    /// SIGTERM, then waitForEnd().
    [[nodiscard]] std::optional<int> stop();
    /// Sends a signal to it.
    void signal(int number) const;

    /// From its next start it is root without the capabilities that counting needs.
    void takeCountingRights() { m_mayCount = false; }

    /// From its next start it is this program.
    void setProgram(const QString& path) { m_program = path; }
    /// From its next start it is run by this command, which has to be replaced by it.
    void setTracer(const QStringList& command) { m_tracer = command; }
    /// From its next start it is a service of the manager, which outlives this object.
    void setServiceManager(ServiceManager& manager) { m_manager = &manager; }
    /// For its next start.
    void setVariable(const QString& name, const QString& value);
    /// From its next start it writes its log to this file, and log() stays empty.
    void setLogFile(const QString& path) { m_process.setStandardErrorFile(path); }

    [[nodiscard]] bool isRunning() const { return m_process.state() == QProcess::Running; }
    [[nodiscard]] qint64 pid() const { return m_process.processId(); }
    [[nodiscard]] QString stateDir() const { return m_stateDir; }
    void setStateDir(const QString& stateDir) { m_stateDir = stateDir; }
    /// What it wrote on stderr until now, as lines.
    [[nodiscard]] QStringList log();
    /// Waits until `count` lines of the log hold the text.
    [[nodiscard]] bool waitForLog(const QString& text, int count = 1);

private:
    void readLog();

    const PrivateBus& m_bus;
    QTemporaryDir m_directory;
    QString m_stateDir;
    QProcess m_process;
    QByteArray m_log;
    QString m_program;
    QStringList m_tracer;
    bool m_mayCount = true;
    ServiceManager* m_manager = nullptr;
};

enum class Ask { Never, Allowed }; ///< whether polkit may ask the user

/// Calls a method of the helper and waits for the answer, with the event loop running.
[[nodiscard]] QDBusMessage call(
    const QDBusConnection& as, const QString& method, const QVariantList& arguments = {}, Ask ask = Ask::Never);

/// Makes the running test fail with what came instead of an answer.
void failFor(const QString& method, const QDBusMessage& reply);

/// As call(), for the answer's first argument; an error fails the test.
template <typename T>
[[nodiscard]] T answer(const QDBusConnection& as, const QString& method, const QVariantList& arguments = {})
{
    const QDBusMessage reply = call(as, method, arguments);
    if (reply.type() != QDBusMessage::ReplyMessage)
        failFor(method, reply);
    return qdbus_cast<T>(reply.arguments().value(0));
}

} // namespace bwt::test
