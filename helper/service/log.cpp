// SPDX-License-Identifier: GPL-3.0-or-later
#include "helper/service/log.h"

#include <sys/stat.h>
#include <syslog.h>
#include <unistd.h>

#include <cstdio>

namespace bwt {

Q_LOGGING_CATEGORY(serviceLog, "bwt.service", QtInfoMsg)

namespace {

bool isReadByTheJournal = false;

/// systemd names the stream that it gave us; a redirected stderr is another one (systemd.exec(5), JOURNAL_STREAM).
bool stderrIsTheJournal()
{
    struct stat status{};
    if (fstat(STDERR_FILENO, &status) != 0)
        return false;
    return qgetenv("JOURNAL_STREAM")
        == QByteArray::number(qulonglong(status.st_dev)) + ':' + QByteArray::number(qulonglong(status.st_ino));
}

int priority(QtMsgType type)
{
    switch (type) {
    case QtDebugMsg:
        return LOG_DEBUG;
    case QtInfoMsg:
        return LOG_INFO;
    case QtWarningMsg:
        return LOG_WARNING;
    case QtCriticalMsg:
        return LOG_ERR;
    case QtFatalMsg:
        return LOG_CRIT;
    }
    return LOG_NOTICE;
}

void writeLine(QtMsgType type, const QMessageLogContext&, const QString& message)
{
    QByteArray line;
    if (isReadByTheJournal)
        line += '<' + QByteArray::number(priority(type)) + '>';
    QByteArray text = message.toUtf8();
    text.replace('\n', ' ');
    line += "bandwidth-tracker-helper: " + text + '\n';
    std::fwrite(line.constData(), 1, size_t(line.size()), stderr);
}

} // namespace

void installLog()
{
    isReadByTheJournal = stderrIsTheJournal();
    qInstallMessageHandler(writeLine);
}

} // namespace bwt
