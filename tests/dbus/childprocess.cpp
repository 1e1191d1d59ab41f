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

bool waitUntil(const std::function<bool()>& isDone, int milliseconds)
{
    return QTest::qWaitFor(isDone, milliseconds) || isDone();
}

} // namespace bwt::test
