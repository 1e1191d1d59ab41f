// SPDX-License-Identifier: GPL-3.0-or-later
#include "fixture.h"
#include "helper/apps/appresolver.h"
#include "helper/proc/executable.h"

#include <QDir>
#include <QFile>
#include <QJsonArray>
#include <QScopeGuard>
#include <QTest>

#include <csignal>
#include <ctime>
#include <malloc.h>
#include <spawn.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace bwt;
using test::Fixture;

namespace {

constexpr std::uint64_t someNs = 1;

QString fixturePath(const QString& name)
{
    return QStringLiteral(BWT_FIXTURES "/apps/") + name;
}

QByteArray text(const QJsonObject& object, const char* key)
{
    return object[QLatin1StringView(key)].toString().toUtf8();
}

QByteArray idOf(const AppPtr& app)
{
    return app ? app->id : QByteArray();
}

double cpuMs()
{
    timespec used{};
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
    return static_cast<double>(used.tv_sec) * 1e3 + static_cast<double>(used.tv_nsec) / 1e6;
}

std::uint64_t startNs(pid_t pid)
{
    QFile stat(QStringLiteral("/proc/%1/stat").arg(pid));
    if (!stat.open(QIODevice::ReadOnly))
        return 0;
    const QByteArray line = stat.readAll();
    const auto nsPerTick = 1'000'000'000ULL / static_cast<std::uint64_t>(sysconf(_SC_CLK_TCK));
    return line.mid(line.lastIndexOf(')') + 2).split(' ').value(19).toULongLong() * nsPerTick;
}

/// Children of ours that do nothing but live.
class Crowd {
public:
    Crowd(int count, const std::vector<const char*>& arguments)
    {
        std::vector<char*> words;
        words.reserve(arguments.size() + 1);
        for (const char* word : arguments)
            words.push_back(const_cast<char*>(word));
        words.push_back(nullptr);
        for (int i = 0; i < count; ++i) {
            pid_t pid = 0;
            if (posix_spawn(&pid, words[0], nullptr, nullptr, words.data(), environ) != 0)
                qFatal("posix_spawn");
            m_pids.push_back(pid);
        }
    }
    Crowd(const Crowd&) = delete;
    Crowd& operator=(const Crowd&) = delete;
    ~Crowd()
    {
        for (const pid_t pid : m_pids)
            kill(pid, SIGKILL);
        for (const pid_t pid : m_pids)
            waitpid(pid, nullptr, 0);
    }

    /// As the kernel's programs would tell of them.
    [[nodiscard]] std::vector<ProcessInfo> processes() const
    {
        struct stat group{};
        const ProcessId parent{static_cast<std::uint32_t>(getpid()), startNs(getpid())};
        for (const char* mount : {"/sys/fs/cgroup/unified", "/sys/fs/cgroup"})
            if (group.st_ino == 0
                && access(qPrintable(QString::fromLatin1(mount) + QStringLiteral("/cgroup.controllers")), F_OK) == 0)
                stat(qPrintable(QString::fromLatin1(mount) + ownGroup()), &group);
        std::vector<ProcessInfo> all;
        for (const pid_t pid : m_pids) {
            ProcessInfo info;
            info.id = {static_cast<std::uint32_t>(pid), startNs(pid)};
            info.exe = executableOf(info.id);
            info.parent = parent;
            info.cgroup = group.st_ino;
            all.push_back(info);
        }
        return all;
    }

private:
    static QString ownGroup()
    {
        QFile file(QStringLiteral("/proc/self/cgroup"));
        if (!file.open(QIODevice::ReadOnly))
            return {};
        const QString all = QString::fromUtf8(file.readAll());
        return all.section(QStringLiteral("0::"), 1).section(QLatin1Char('\n'), 0, 0);
    }

    std::vector<pid_t> m_pids;
};

} // namespace

class AppResolverTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void eachSystemsProcessesBelongToTheirApps_data()
    {
        QTest::addColumn<QString>("file");
        const QStringList files = QDir(fixturePath({})).entryList({QStringLiteral("*.json")});
        QVERIFY(files.size() >= 9);
        for (const QString& file : files)
            QTest::newRow(qPrintable(file)) << fixturePath(file);
    }
    void eachSystemsProcessesBelongToTheirApps()
    {
        QFETCH(const QString, file);
        const Fixture fixture(file, Fixture::Processes::Living);
        AppResolver resolver = AppResolver::ofMachine(fixture.root());
        const std::vector<AppPtr> apps = resolver.resolve(fixture.processes(), someNs);
        QVERIFY(!apps.empty());
        for (std::size_t i = 0; i < apps.size(); ++i) {
            const QJsonObject& wanted = fixture.described()[i];
            const QByteArray which = QByteArray::number(wanted[QLatin1StringView("pid")].toInteger());
            QVERIFY2(apps[i], which.constData());
            QCOMPARE(QByteArray(which + ' ' + apps[i]->id), QByteArray(which + ' ' + text(wanted, "app")));
            QCOMPARE(QByteArray(which + ' ' + apps[i]->name), QByteArray(which + ' ' + text(wanted, "name")));
        }
    }

    /// Gone before the first look: what the kernel told has to do, and no other process of its group is known.
    void processesThatAreGoneBelongToTheirAppsByWhatTheKernelTold_data()
    {
        eachSystemsProcessesBelongToTheirApps_data();
    }
    void processesThatAreGoneBelongToTheirAppsByWhatTheKernelTold()
    {
        QFETCH(const QString, file);
        const Fixture fixture(file, Fixture::Processes::Gone);
        AppResolver resolver = AppResolver::ofMachine(fixture.root());
        const std::vector<AppPtr> apps = resolver.resolve(fixture.processes(), someNs);
        for (std::size_t i = 0; i < apps.size(); ++i) {
            const QJsonObject& wanted = fixture.described()[i];
            const QByteArray which = QByteArray::number(wanted[QLatin1StringView("pid")].toInteger());
            const bool isOther = wanted.contains(QLatin1StringView("gone_app"));
            QCOMPARE(QByteArray(which + ' ' + idOf(apps[i])),
                QByteArray(which + ' ' + text(wanted, isOther ? "gone_app" : "app")));
        }
    }

    void aProcessKeepsItsAppWhenItIsGone()
    {
        const Fixture living(fixturePath(QStringLiteral("alone.json")), Fixture::Processes::Living);
        AppResolver resolver = AppResolver::ofMachine(living.root());
        std::vector<ProcessInfo> processes = living.processes();
        const std::vector<AppPtr> before = resolver.resolve(processes, someNs);
        QVERIFY(QDir(QFile::decodeName(living.root() + "/proc")).removeRecursively());
        for (ProcessInfo& process : processes)
            process.exitNs = process.id.startNs + 1;
        QCOMPARE(resolver.resolve(processes, someNs), before);
        QCOMPARE(idOf(before[2]), QByteArray("/srv/mailer/dist/index.js"));
    }

    void aProcessThatRunsAnotherProgramIsThatProgramsApp()
    {
        const Fixture fixture(fixturePath(QStringLiteral("alone.json")), Fixture::Processes::Living);
        AppResolver resolver = AppResolver::ofMachine(fixture.root());
        std::vector<ProcessInfo> processes = fixture.processes();
        QCOMPARE(idOf(resolver.resolve(processes, someNs)[0]), QByteArray("/usr/bin/curl"));
        processes[0].exe.path = "/usr/bin/wget";
        QCOMPARE(idOf(resolver.resolve(processes, someNs)[0]), QByteArray("/usr/bin/wget"));
    }

    void aPidThatComesRoundAgainTellsNothingOfWhoHadIt()
    {
        const Fixture fixture(fixturePath(QStringLiteral("alone.json")), Fixture::Processes::Living);
        AppResolver resolver = AppResolver::ofMachine(fixture.root());
        std::vector<ProcessInfo> processes = fixture.processes();
        processes[2].id.startNs += 1'000'000'000;
        QCOMPARE(idOf(resolver.resolve(processes, someNs)[2]), QByteArray("/usr/bin/node"));
    }

    void anEntryThatWasInstalledNamesWhatStartsAfterIt()
    {
        Fixture fixture(fixturePath(QStringLiteral("alone.json")), Fixture::Processes::Living);
        AppResolver resolver = AppResolver::ofMachine(fixture.root());
        QCOMPARE(idOf(resolver.resolve(fixture.processes(), someNs)[0]), QByteArray("/usr/bin/curl"));
        const QString root = QFile::decodeName(fixture.root());
        QVERIFY(QDir().mkpath(root + QStringLiteral("/usr/share/applications")));
        QVERIFY(QDir().mkpath(root + QStringLiteral("/usr/bin")));
        for (const auto& [name, contents] : {std::pair{"/usr/share/applications/curl.desktop",
                                                 "[Desktop Entry]\nType=Application\nName=Fetcher\nExec=curl\n"},
                 std::pair{"/usr/bin/curl", "\x7f"}}) {
            QFile file(root + QString::fromLatin1(name));
            QVERIFY(file.open(QIODevice::WriteOnly) && file.write(contents) > 0);
        }
        fixture.add({{QStringLiteral("pid"), 8100}, {QStringLiteral("parent"), 1},
                        {QStringLiteral("cgroup"), QStringLiteral("/")},
                        {QStringLiteral("exe"), QStringLiteral("/usr/bin/curl")}},
            Fixture::Processes::Living);
        constexpr std::uint64_t minuteNs = 60'000'000'000;
        QCOMPARE(idOf(resolver.resolve(fixture.processes(), someNs + minuteNs).back()), QByteArray("desktop:curl"));
    }

    void aRecordingsProcessesAreNotLookedForOnThisMachine()
    {
        ProcessInfo ours;
        ours.id = {static_cast<std::uint32_t>(getpid()), startNs(getpid())};
        ours.exe = executableFromLink("/usr/bin/python3.11");
        const AppPtr app = AppResolver::ofRecording().resolve({ours}, someNs)[0];
        QCOMPARE(idOf(app), QByteArray("/usr/bin/python3.11"));
    }

    void theKernelAndGroupsHaveNoApp()
    {
        ProcessInfo kernel;
        ProcessInfo group;
        group.id.startNs = 7;
        group.exe.path = "/usr/bin/curl";
        const auto apps = AppResolver::ofMachine().resolve({kernel, group}, someNs);
        QVERIFY(!apps[0] && !apps[1]);
    }

    /// Whoever starts processes chooses these texts.
    void hostileTextsAreBoundedAndHurtNobody()
    {
        const QString longest(4000, QLatin1Char('x'));
        Fixture fixture(fixturePath(QStringLiteral("alone.json")), Fixture::Processes::Living);
        const auto process = [](int pid, const QString& cgroup, const QString& exe, const QJsonArray& argv) {
            return QJsonObject{{QStringLiteral("pid"), pid}, {QStringLiteral("parent"), pid - 1},
                {QStringLiteral("cgroup"), cgroup}, {QStringLiteral("exe"), exe}, {QStringLiteral("argv"), argv}};
        };
        const QString user = QStringLiteral("/user.slice/user-1000.slice/user@1000.service/app.slice/");
        const QString python = QStringLiteral("/usr/bin/python3.11");
        fixture.add(process(8200, QStringLiteral("/"), python, {QStringLiteral("python3"), longest}),
            Fixture::Processes::Living);
        fixture.add(process(8201, QStringLiteral("/"), python, {}), Fixture::Processes::Living);
        fixture.add(process(8202, QStringLiteral("/"), python, {QStringLiteral("python3"), QStringLiteral("-m")}),
            Fixture::Processes::Living);
        fixture.add(
            process(8203, user + QStringLiteral("app-gnome-\\x2e\\x2e\\x2f\\x2e\\x2e\\x2fetc\\x2fshadow-1.scope"),
                python, {}),
            Fixture::Processes::Living);
        fixture.add(process(8204, user + QStringLiteral("app-\\x00\\xzz\\x0a-\\x-1.scope"), python, {}),
            Fixture::Processes::Living);
        fixture.add(
            process(8205,
                QStringLiteral("/system.slice/docker-") + QString(100, QLatin1Char('a')) + QStringLiteral(".scope"),
                python, {}),
            Fixture::Processes::Living);
        fixture.add(process(8206, QStringLiteral("/") + QString(250, QLatin1Char('-')), python, {}),
            Fixture::Processes::Living);
        fixture.add(
            process(8207, user + QStringLiteral("app-") + QString(200, QLatin1Char('-')) + QStringLiteral("1.scope"),
                python, {}),
            Fixture::Processes::Living);
        fixture.add(process(8208, QStringLiteral("/"), QStringLiteral("/app/x"), {}), Fixture::Processes::Living);
        AppResolver resolver = AppResolver::ofMachine(fixture.root());
        const auto apps = resolver.resolve(fixture.processes(), someNs);
        for (const AppPtr& app : apps) {
            QVERIFY(app);
            QVERIFY(!app->id.isEmpty() && !app->name.isEmpty());
            QVERIFY(app->id.size() <= 1100 && app->name.size() <= 300);
        }
        QCOMPARE(idOf(apps[4]), QByteArray("/usr/bin/python3.11"));
        QCOMPARE(idOf(apps[7]), QByteArray("desktop:../../etc/shadow"));
    }

    /// Half of them in AppImages, whose names nobody else holds. (Sanitizers count no memory; other builds do.)
    void theAppsOfTwentyThousandProgramsHoldUnderTenMegabytes()
    {
        std::vector<ProcessInfo> processes;
        for (std::uint32_t i = 0; i < 20'000; ++i) {
            const QByteArray number = QByteArray::number(i);
            ProcessInfo info;
            info.id = {i + 1, 1'000'000ULL * (i + 1)};
            info.exe.path = i % 2 == 0 ? QByteArray("/opt/" + QByteArray(60, 'x') + "/program-" + number)
                                       : QByteArray("/tmp/.mount_" + QByteArray(60, 'x') + number + "Ab12Cd/run");
            processes.push_back(info);
        }
        AppResolver resolver = AppResolver::ofRecording();
        const std::size_t before = mallinfo2().uordblks;
        QCOMPARE(resolver.resolve(processes, someNs).size(), processes.size());
        const std::size_t held = mallinfo2().uordblks - before;
        qInfo("%zu bytes for 20,000 programs", held);
        QVERIFY(held < 10'000'000);
        QCOMPARE(resolver.resolve({}, someNs).size(), 0U);
        QVERIFY(mallinfo2().uordblks - before < 1'000'000 || held == 0);
    }

    /// A real crowd in the real /proc. Sanitizers look at everything once more.
    void aThousandNewProcessesTakeUnderATenthOfASecond_data()
    {
        QTest::addColumn<QByteArrayList>("arguments");
        QTest::newRow("executables") << QByteArrayList{"/bin/sleep", "1000"};
        QTest::newRow("scripts") << QByteArrayList{"/bin/bash", {}};
    }
    void aThousandNewProcessesTakeUnderATenthOfASecond()
    {
        QFETCH(const QByteArrayList, arguments);
        QTemporaryDir folder;
        const QByteArray fifo = folder.path().toUtf8() + "/script";
        QCOMPARE(mkfifo(fifo.constData(), 0600), 0);
        const bool isScript = arguments[0] != "/bin/sleep"; // which waits for its first line until it is killed
        const Crowd crowd(1000, {arguments[0].constData(), isScript ? fifo.constData() : arguments[1].constData()});
        const std::vector<ProcessInfo> processes = crowd.processes();
        AppResolver resolver = AppResolver::ofMachine();
        static_cast<void>(resolver.resolve({}, someNs)); // the menus are read once
        const double before = cpuMs();
        const auto apps = resolver.resolve(processes, someNs);
        const double used = cpuMs() - before;
        qInfo("%.1f ms for 1,000 new processes", used);
#ifdef __SANITIZE_ADDRESS__
        constexpr double limitMs = 400;
#else
        constexpr double limitMs = 100;
#endif
        QVERIFY2(used < limitMs, qPrintable(QString::number(used)));
        for (std::size_t i = 0; i < apps.size(); ++i) {
            QVERIFY(apps[i]);
            if (apps[i]->kind == AppKind::Executable || apps[i]->kind == AppKind::Script)
                QCOMPARE(apps[i]->id, isScript ? fifo : processes[i].exe.path);
        }
        const double again = cpuMs();
        QCOMPARE(resolver.resolve(processes, someNs), apps);
        qInfo("%.1f ms for the same once more", cpuMs() - again);
    }
};

QTEST_GUILESS_MAIN(AppResolverTest)
#include "tst_appresolver.moc"
