// SPDX-License-Identifier: GPL-3.0-or-later
#include "generatorrun.h"

#include <QFileInfo>

#include <cstring>
#include <sys/wait.h>

GeneratorRun::GeneratorRun(const QString& program, const QStringList& arguments)
    : m_program(QStringLiteral(BWT_GENERATORS "/bwt-exact-") % program)
{
    m_process.start(m_program, arguments);
}

GeneratorRun::~GeneratorRun()
{
    m_process.kill();
    m_process.waitForFinished();
}

QStringList GeneratorRun::casesOf(const QString& program)
{
    GeneratorRun list(program, {QStringLiteral("--list")});
    if (!list.m_process.waitForFinished() || list.exitCode() != 0)
        qFatal("%s", qPrintable(list.complaints()));
    QStringList cases;
    for (const QByteArray& name : list.output())
        cases.append(QString::fromUtf8(name));
    return cases;
}

bool GeneratorRun::runs()
{
    // A process that ends while QProcess waits for its end may lose its last words: so waited for once it has come.
    siginfo_t end{};
    const bool hasEnded
        = waitid(P_PID, static_cast<id_t>(m_process.processId()), &end, WEXITED | WNOHANG | WNOWAIT) == 0
        && end.si_pid != 0;
    if (hasEnded)
        m_process.waitForFinished();
    else
        m_process.waitForReadyRead(0); // lest it waits for room to write
    return m_process.state() != QProcess::NotRunning;
}

bool GeneratorRun::isReady()
{
    return m_process.waitForReadyRead() && m_process.readLine() == "ready\n";
}

int GeneratorRun::exitCode() const
{
    return m_process.state() == QProcess::NotRunning && m_process.exitStatus() == QProcess::NormalExit
        ? m_process.exitCode()
        : -1;
}

QList<QByteArray> GeneratorRun::output()
{
    QList<QByteArray> lines = m_process.readAllStandardOutput().split('\n');
    lines.removeAll(QByteArray());
    return lines;
}

QString GeneratorRun::complaints()
{
    const bool wasKilled = m_process.exitStatus() == QProcess::CrashExit;
    const int signal = m_process.exitCode(); // waitpid(2)'s, for lack of another place
    return QStringLiteral("%1 ended with %2: %3")
        .arg(m_program)
        .arg(wasKilled ? QString::fromLatin1(strsignal(signal)) : QString::number(exitCode()))
        .arg(QString::fromLocal8Bit(m_process.readAllStandardError()));
}

QByteArray GeneratorRun::processName() const
{
    constexpr int nameBytes = 15; // TASK_COMM_LEN without its end
    return QFileInfo(m_program).fileName().toLatin1().left(nameBytes);
}
