// SPDX-License-Identifier: GPL-3.0-or-later
// Whoever starts processes chooses these texts: whatever they are, what is read from them is no larger than they are.
#include "helper/apps/appimage.h"
#include "helper/apps/controlgroups.h"
#include "helper/apps/desktopentry.h"
#include "helper/apps/grouprules.h"
#include "helper/apps/interpreters.h"

#include <QRandomGenerator>
#include <QTest>

#include <array>

using namespace bwt;

namespace {

constexpr int rounds = 20'000;

/// The text with a few bytes changed, moved, taken out or put in twice.
QByteArray mutated(QByteArray text, QRandomGenerator& dice)
{
    constexpr QByteArrayView marks("\\x2d-@./{}=:% \"\n\0\xff", 18);
    for (int i = dice.bounded(1, 8); i > 0 && !text.isEmpty(); --i) {
        const qsizetype at = dice.bounded(static_cast<int>(text.size()));
        const qsizetype length = dice.bounded(1, 9);
        switch (dice.bounded(4)) {
        case 0:
            text[at] = static_cast<char>(dice.bounded(256));
            break;
        case 1:
            text[at] = marks[dice.bounded(static_cast<int>(marks.size()))];
            break;
        case 2:
            text.remove(at, length);
            break;
        default:
            text.insert(at, text.mid(at, length));
        }
    }
    return text;
}

} // namespace

class HostileTextsTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void controlGroups()
    {
        const std::array texts{
            QByteArray("/user.slice/user-1000.slice/user@1000.service/app.slice/app-gnome-a\\x2db-12.scope/x"),
            QByteArray("/system.slice/system-sshd.slice/sshd@5-192.0.2.1:22-192.0.2.9:50000.service"),
            QByteArray("/kubepods/burstable/pod3f0e/aa5a6b7c8d9e0f1a2b3c/snap.firefox.firefox-0d3c.scope")};
        QRandomGenerator dice(1);
        for (int i = 0; i < rounds; ++i) {
            const QByteArray text = mutated(texts[static_cast<std::size_t>(i) % texts.size()], dice);
            for (const Claim& claim : claimsOf(text))
                QVERIFY2(claim.name.size() <= text.size() + qsizetype(sizeof "org.gnome.Ptyxis"), text.constData());
            QVERIFY(ControlGroups::pathIn("0::" + text + '\n').size() <= text.size() + 1);
        }
    }

    void arguments()
    {
        const std::array lines{QByteArray("python3 -Im http.server -W x a.py", 33),
            QByteArray("java -cp a:b -jar /opt/a.jar"), QByteArray("bash -o pipefail -c x /dev/fd/3")};
        QRandomGenerator dice(2);
        for (int i = 0; i < rounds; ++i) {
            const QByteArray line
                = mutated(lines[static_cast<std::size_t>(i) % lines.size()], dice).replace(' ', '\0');
            const QList<QByteArray> words = argumentsIn(line);
            for (const char* interpreter : {"python3", "java", "bash", "php", "node"}) {
                const auto told = toldTo(interpreter, words);
                if (!told)
                    continue;
                QVERIFY(!told->text.isEmpty() && told->text.size() <= line.size());
                const App app = appOf("x", *told, "/srv");
                QVERIFY(!app.id.isEmpty() && app.id.size() <= line.size() + 10);
            }
        }
    }

    void mounts()
    {
        const QByteArray table(
            "95 28 0:51 / /tmp/.mount_abcAb12Cd ro shared:51 - fuse.x abc\\040d-1.2.AppImage ro\n"
            "96 28 0:52 /var/lib/flatpak/app/org.a/x86_64/stable/9f/files /app ro - ext4 /dev/a ro\n");
        QRandomGenerator dice(3);
        for (int i = 0; i < rounds; ++i) {
            const QByteArray text = mutated(table, dice);
            const QByteArray path = mutated("/tmp/.mount_abcAb12Cd/usr/bin/x", dice);
            if (isInAppImage(path))
                QVERIFY(appImageOf(path, text).size() <= text.size() + path.size());
            QVERIFY(flatpakOf(text).size() <= text.size());
        }
    }

    void entries()
    {
        const QByteArray entry("[Desktop Entry]\nType=Application\nName=A\\sB\nExec=env A=b \"/opt/a \\\\b\" %U\n"
                               "NoDisplay=true\nX-Flatpak=org.a\n[Desktop Action x]\nName=C\n");
        QRandomGenerator dice(4);
        for (int i = 0; i < rounds; ++i) {
            const QByteArray text = mutated(entry, dice);
            const auto read = desktopEntryIn(text);
            if (!read)
                continue;
            QVERIFY(!read->name.isEmpty() && read->name.size() <= text.size());
            for (const QByteArray& word : read->command)
                QVERIFY(word.size() <= text.size());
        }
    }
};

QTEST_GUILESS_MAIN(HostileTextsTest)
#include "tst_hostiletexts.moc"
