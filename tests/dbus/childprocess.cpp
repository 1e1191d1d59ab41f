// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/dbus/childprocess.h"

#include <QTest>

#include <csignal>
#include <grp.h>
#include <sys/prctl.h>
#include <unistd.h>

namespace bwt::test {

void tie(QProcess& process, std::optional<uid_t> user)
{
    process.setChildProcessModifier([user] {
        if (user
            && (setgroups(0, nullptr) != 0 || setresgid(*user, *user, *user) != 0
                || setresuid(*user, *user, *user) != 0))
            _exit(126);
        prctl(PR_SET_PDEATHSIG, SIGKILL); // after the change of user, which would clear it
    });
}

void startWith(
    const QList<Overlay>& overlays, QProcess& process, const QString& program, const QStringList& arguments)
{
    QStringList words{QStringLiteral("--mount"), QStringLiteral("sh"), QStringLiteral("-e"), QStringLiteral("-c"),
        QStringLiteral("while [ \"$1\" != -- ]; do mount --bind \"$1\" \"$2\"; shift 2; done; shift; exec \"$@\""),
        QStringLiteral("sh")};
    for (const Overlay& overlay : overlays)
        words << overlay.source << overlay.target;
    words << QStringLiteral("--") << program << arguments;
    process.start(QStringLiteral("unshare"), words); // each step replaces the one before: the child is the program
}

bool waitUntil(const std::function<bool()>& isDone, int milliseconds)
{
    return QTest::qWaitFor(isDone, milliseconds) || isDone();
}

} // namespace bwt::test
