// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/models/format.h"
#include "dbus/row.h"
#include "tests/dbus/childprocess.h"
#include "tests/dbus/helperprocess.h"
#include "tests/dbus/polkitdaemon.h"
#include "tests/dbus/privatebus.h"

#include <QDir>
#include <QElapsedTimer>
#include <QFile>
#include <QImage>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QTest>

#include <csignal>
#include <unistd.h>

using namespace bwt;

namespace {

using test::alice;

/// A program run as Alice from a place that she may read, whose JSON lines are kept.
class Program {
public:
    Program(const test::PrivateBus& bus, const QString& executable, const QStringList& arguments,
        const QProcessEnvironment& environment)
    {
        const QString copy = bus.directory() + QLatin1Char('/') + executable.section(QLatin1Char('/'), -1);
        if (!QFile::exists(copy))
            QFile::copy(executable, copy);
        test::tie(m_process, alice);
        m_process.setProcessChannelMode(QProcess::ForwardedErrorChannel);
        m_process.setProcessEnvironment(environment);
        m_process.start(copy, arguments);
    }

    ~Program()
    {
        m_process.closeWriteChannel();
        if (!m_process.waitForFinished(5000))
            m_process.kill();
        m_process.waitForFinished();
    }
    Program(const Program&) = delete;
    Program& operator=(const Program&) = delete;

    void say(const QString& command) { m_process.write(command.toUtf8() + '\n'); }

    /// The newest thing it said; empty before the first.
    [[nodiscard]] QJsonObject last()
    {
        while (m_process.canReadLine())
            m_last = QJsonDocument::fromJson(m_process.readLine()).object();
        return m_last;
    }

    [[nodiscard]] bool waitForEvent(const QString& event)
    {
        return test::waitUntil([&] { return last()[QLatin1StringView("event")].toString() == event; });
    }

private:
    QProcess m_process;
    QJsonObject m_last;
};

/// A screen without a monitor, open to every local user.
class Screen {
public:
    [[nodiscard]] bool start()
    {
        test::tie(m_server);
        m_server.setStandardErrorFile(QProcess::nullDevice());
        m_server.start(QStringLiteral("Xvfb"),
            {QStringLiteral("-displayfd"), QStringLiteral("1"), QStringLiteral("-screen"), QStringLiteral("0"),
                QStringLiteral("1280x900x24"), QStringLiteral("-nolisten"), QStringLiteral("tcp"),
                QStringLiteral("-ac")});
        if (!test::waitUntil([this] { return m_server.canReadLine(); }))
            return false;
        m_display = QLatin1Char(':') + QString::fromLatin1(m_server.readLine()).trimmed();
        return true;
    }
    ~Screen()
    {
        m_server.terminate();
        m_server.waitForFinished();
    }
    Screen() = default;
    Screen(const Screen&) = delete;
    Screen& operator=(const Screen&) = delete;

    [[nodiscard]] QString display() const { return m_display; }

private:
    QProcess m_server;
    QString m_display;
};

QJsonObject rowOf(const QJsonObject& window, const QString& name, qint64 txBytes)
{
    const QJsonArray rows = window[QLatin1StringView("rows")].toArray();
    for (const auto& value : rows) {
        const QJsonObject row = value.toObject();
        if (row[QLatin1StringView("name")].toString().startsWith(name)
            && row[QLatin1StringView("tx_bytes")].toInteger() == txBytes)
            return row;
    }
    return {};
}

} // namespace

/// The whole product at once: the real helper as root, the real polkitd, a bus with a system bus's rules, the window
/// as an ordinary user on a real X server, and traffic that the kernel counts.
class EndToEndTest : public QObject {
    Q_OBJECT

private:
    test::PrivateBus m_bus;
    test::PolkitDaemon m_polkit{m_bus};
    std::optional<test::HelperProcess> m_helper;
    Screen m_screen;
    std::optional<Program> m_window;

    [[nodiscard]] QProcessEnvironment aliceEnvironment() const
    {
        QProcessEnvironment environment = m_bus.environment();
        environment.insert(QStringLiteral("DISPLAY"), m_screen.display());
        environment.insert(QStringLiteral("QT_QPA_PLATFORM"), QStringLiteral("xcb"));
        environment.insert(QStringLiteral("HOME"), m_bus.directory() + QStringLiteral("/home"));
        return environment;
    }

    [[nodiscard]] bool windowShows(const std::function<bool(const QJsonObject&)>& what, int milliseconds = 10'000)
    {
        return test::waitUntil([&] { return what(m_window->last()); }, milliseconds);
    }

private Q_SLOTS:
    void initTestCase()
    {
        QVERIFY(m_bus.start());
        QVERIFY(m_polkit.start());
        m_helper.emplace(m_bus);
        QVERIFY(m_helper->start());
        QVERIFY(m_screen.start());
        const QString home = m_bus.directory() + QStringLiteral("/home");
        QVERIFY(QDir().mkpath(home));
        QCOMPARE(chown(QFile::encodeName(home).constData(), alice, alice), 0);
        m_window.emplace(m_bus, QStringLiteral(BWT_WINDOW), QStringList{m_bus.address()}, aliceEnvironment());
        QVERIFY(windowShows([](const QJsonObject& window) {
            return window[QLatin1StringView("status")].toString().startsWith(QStringLiteral("Counting"));
        }));
    }

    void aProgramAndItsBytesAppearWithinTwoTicks()
    {
        constexpr qint64 sent = 7'654'321;
        constexpr qint64 answered = 45'678;
        constexpr int twoTicksMs = 2000;
        const auto run = [this](const QString& arguments) {
            return Program(m_bus, QStringLiteral(BWT_TRAFFIC), arguments.split(QLatin1Char(' ')), aliceEnvironment());
        };
        Program server = run(QStringLiteral("serve --hold --address 127.0.0.1 --port 9217 --receive %1 --send %2")
                .arg(sent)
                .arg(answered));
        QVERIFY(server.waitForEvent(QStringLiteral("ready")));
        Program client = run(QStringLiteral("connect --hold --address 127.0.0.1 --port 9217 --send %1 --receive %2")
                .arg(sent)
                .arg(answered));
        QVERIFY(client.waitForEvent(QStringLiteral("done")));
        QVERIFY(server.waitForEvent(QStringLiteral("done")));

        QElapsedTimer sinceTraffic;
        sinceTraffic.start();
        QVERIFY(windowShows([&](const QJsonObject& window) {
            return !rowOf(window, QStringLiteral("bwt-traffic"), sent).isEmpty()
                && !rowOf(window, QStringLiteral("bwt-traffic"), answered).isEmpty();
        }));
        const qint64 waitedMs = sinceTraffic.elapsed();
        QVERIFY2(waitedMs <= twoTicksMs, qPrintable(QStringLiteral("it took %1 ms").arg(waitedMs)));
        const QJsonObject row = rowOf(m_window->last(), QStringLiteral("bwt-traffic"), sent);
        QCOMPARE(row[QLatin1StringView("rx_bytes")].toInteger(), answered);
        QCOMPARE(row[QLatin1StringView("tx_text")].toString(), formatBytes(sent));
    }

    void theWindowCanBeLookedAt()
    {
        const QString picture = m_bus.directory() + QStringLiteral("/home/window.png");
        m_window->say(QStringLiteral("picture ") + picture);
        QVERIFY(windowShows([](const QJsonObject& said) { return said.contains(QLatin1StringView("picture")); }));
        const QImage image(picture);
        QVERIFY(image.width() >= 1240);
        const QString kept = QStringLiteral(BWT_PICTURES "/endtoend.png");
        QVERIFY(QDir().mkpath(QStringLiteral(BWT_PICTURES)));
        QVERIFY(image.save(kept));
        qInfo().noquote() << "the window's picture is" << kept;
    }

    void aHiddenWindowLetsTheHelperRest()
    {
        const QDBusConnection root = m_bus.connectAs(0);
        const auto looksEvery = [&root](quint32 intervalMs) {
            return test::waitUntil(
                [&] { return test::answer<Status>(root, QStringLiteral("Status")).intervalMs == intervalMs; });
        };
        QVERIFY(looksEvery(1000));
        m_window->say(QStringLiteral("hide"));
        QVERIFY(looksEvery(5000));
        m_window->say(QStringLiteral("show"));
        QVERIFY(looksEvery(1000));
    }

    void aKilledHelperIsSaidInWordsAndComesBack()
    {
        m_helper->signal(SIGKILL);
        QVERIFY(!m_helper->waitForEnd()); // ended by a signal
        QVERIFY(windowShows(
            [](const QJsonObject& window) { return !window[QLatin1StringView("notice")].toString().isEmpty(); }));
        qInfo().noquote() << "the window says:" << m_window->last()[QLatin1StringView("notice")].toString();
        const QString stateDir = m_helper->stateDir();
        test::HelperProcess next(m_bus);
        next.setStateDir(stateDir);
        QVERIFY(next.start());
        QVERIFY(windowShows([](const QJsonObject& window) {
            return window.contains(QLatin1StringView("notice"))
                && window[QLatin1StringView("notice")].toString().isEmpty()
                && window[QLatin1StringView("status")].toString().startsWith(QStringLiteral("Counting"));
        }));
        QCOMPARE(next.stop(), 0);
    }

    void cleanupTestCase() { m_window.reset(); }
};

QTEST_GUILESS_MAIN(EndToEndTest)
#include "tst_endtoend.moc"
