// SPDX-License-Identifier: GPL-3.0-or-later
// Who it was that counted: what the kernel's side knows of a process that was gone before anyone looked, wherever its
// executable was. BWT_TEST_BACKEND names the backend ("auto" otherwise).
#include "bpf/traffic.h"
#include "helper/collector/collector.h"
#include "helper/collector/naming.h"
#include "helper/proc/executable.h"
#include "helper/source/trafficsource.h"
#include "sums.h"

#include <QDir>
#include <QFile>
#include <QProcess>
#include <QTemporaryDir>
#include <QTest>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <functional>
#include <optional>
#include <sched.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>
#include <utility>
#include <vector>

using namespace bwt;

namespace {

const QByteArray steps = QByteArrayLiteral(BWT_STEPS);

using Setup = std::function<void()>;

void must(bool holds, const char* what)
{
    if (!holds)
        qFatal("%s: %s", what, std::strerror(errno));
}

/// A process that runs steps.c, as a file of any name.
class Stepper {
public:
    /// `setup` is done by the process before it begins.
    explicit Stepper(QByteArrayList arguments, const Setup& setup = {})
        : pid(fork())
    {
        if (pid != 0)
            return;
        if (setup)
            setup();
        std::vector<char*> argv;
        for (QByteArray& argument : arguments)
            argv.push_back(argument.data());
        argv.push_back(nullptr);
        execv(argv[0], argv.data());
        _exit(127);
    }
    Stepper(const Stepper&) = delete;
    Stepper& operator=(const Stepper&) = delete;
    ~Stepper()
    {
        if (!m_runs)
            return;
        kill(pid, SIGKILL);
        waitpid(pid, nullptr, 0);
    }

    void waitForStop() const
    {
        int status = 0;
        must(waitpid(pid, &status, WUNTRACED) == pid && WIFSTOPPED(status), "a process stops");
    }
    void goOn() const { kill(pid, SIGCONT); }
    void waitForEnd()
    {
        int status = 0;
        must(waitpid(pid, &status, 0) == pid, "waitpid");
        m_runs = false;
        if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
            qFatal("a process ended with status %d", status);
    }
    [[nodiscard]] QByteArray fileOf(const char* name) const
    {
        QFile file(QStringLiteral("/proc/%1/%2").arg(pid).arg(QLatin1StringView(name)));
        return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
    }
    /// What the kernel shows as its executable.
    [[nodiscard]] QByteArray link() const
    {
        std::array<char, PATH_MAX> path{};
        const auto proc = QByteArray("/proc/" + QByteArray::number(pid) + "/exe");
        return {path.data(), std::max<qsizetype>(readlink(proc.constData(), path.data(), path.size()), 0)};
    }

    const pid_t pid;

private:
    bool m_runs = true;
};

void copyTo(const QByteArray& path)
{
    QFile source(QFile::decodeName(steps));
    must(source.open(QIODevice::ReadOnly), "open");
    const int fd = open(path.constData(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0755);
    const QByteArray bytes = source.readAll();
    must(fd >= 0 && write(fd, bytes.constData(), static_cast<std::size_t>(bytes.size())) == bytes.size(), "copy");
    close(fd);
}

/// Deep below `base`, where no path need reach.
class DeepFolder {
public:
    DeepFolder(const QByteArray& base, const QByteArray& name, int depth)
        : m_path(base)
        , m_fd(open(base.constData(), O_PATH | O_DIRECTORY | O_CLOEXEC))
    {
        for (int i = 0; i < depth; ++i) {
            must(mkdirat(m_fd, name.constData(), 0755) == 0, "mkdirat");
            const int next = openat(m_fd, name.constData(), O_PATH | O_DIRECTORY | O_CLOEXEC);
            must(next >= 0, "openat");
            close(std::exchange(m_fd, next));
            m_path += '/' + name;
        }
    }
    DeepFolder(const DeepFolder&) = delete;
    DeepFolder& operator=(const DeepFolder&) = delete;
    ~DeepFolder() { close(m_fd); }

    /// Puts a program there. Returns its path.
    [[nodiscard]] QByteArray add(const QByteArray& name) const
    {
        copyTo("/proc/self/fd/" + QByteArray::number(m_fd) + '/' + name);
        return m_path + '/' + name;
    }
    void enter() const { must(fchdir(m_fd) == 0, "fchdir"); }

private:
    QByteArray m_path;
    int m_fd;
};

void makeFolder(const QByteArray& path)
{
    must(mkdir(path.constData(), 0755) == 0 || errno == EEXIST, path.constData());
}

void mountTmpfs(const QByteArray& at)
{
    makeFolder(at);
    must(mount("tmpfs", at.constData(), "tmpfs", 0, "mode=755") == 0, "mount tmpfs");
}

/// Gives this process a mount namespace in which that mount is all that there is.
void makeRoot(const QByteArray& root)
{
    must(unshare(CLONE_NEWNS) == 0 && chdir(root.constData()) == 0, "unshare");
    if (syscall(SYS_pivot_root, ".", "old") == 0)
        must(chdir("/") == 0 && umount2("/old", MNT_DETACH) == 0, "umount2");
    else // from an initramfs nobody pivots: covered by the mount, as runc does it there
        must(mount(".", "/", nullptr, MS_MOVE, nullptr) == 0 && chroot(".") == 0, "mount");
}

void run(const QStringList& command)
{
    if (QProcess::execute(command.first(), command.mid(1)) != 0)
        qFatal("%s failed", qPrintable(command.join(QLatin1Char(' '))));
}

/// A folder of the cgroup2 file system, gone with this object.
class ControlGroup {
public:
    explicit ControlGroup(const QByteArray& name = "bwt-test-" + QByteArray::number(getpid()))
        : m_path(root() + '/' + name)
    {
        must(QDir().mkpath(QFile::decodeName(m_path)), "mkpath");
    }
    ControlGroup(const ControlGroup&) = delete;
    ControlGroup& operator=(const ControlGroup&) = delete;
    ~ControlGroup() { QDir().rmpath(QFile::decodeName(m_path)); }

    /// By the process itself.
    void enter() const
    {
        const int fd = open(QByteArray(m_path + "/cgroup.procs").constData(), O_WRONLY | O_CLOEXEC);
        must(write(fd, "0", 1) == 1, "cgroup.procs");
        close(fd);
    }
    [[nodiscard]] quint64 id() const
    {
        struct stat folder{};
        must(stat(m_path.constData(), &folder) == 0, "stat");
        return folder.st_ino;
    }

private:
    static QByteArray root()
    {
        QFile mounts(QStringLiteral("/proc/self/mounts"));
        must(mounts.open(QIODevice::ReadOnly), "mounts");
        for (const QByteArray& line : mounts.readAll().split('\n'))
            if (const auto words = line.split(' '); words.value(2) == "cgroup2")
                return words[1];
        qFatal("no cgroup2 file system is mounted");
    }

    const QByteArray m_path;
};

/// 127.5.N.M for a test that nobody else has used.
QByteArray freshAddress()
{
    static int number = 0;
    ++number;
    return "127.5." + QByteArray::number(number / 250) + '.' + QByteArray::number(number % 250 + 1);
}

} // namespace

Q_DECLARE_METATYPE(Setup)

class IdentityTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void cleanupTestCase();
    void aProcessThatIsGoneIsKnown();
    void theNewestExecutableOfOneThatIsGoneIsKnown();
    void theFileIsTheOneThatIsMapped();
    void whatWasDeletedIsMarked_data();
    void whatWasDeletedIsMarked();
    void aFileInMemoryIsKnownAndMarked();
    void theKernelAndProcTellTheSamePath_data();
    void theKernelAndProcTellTheSamePath();
    void theEndOfALongPathIsMarked_data();
    void theEndOfALongPathIsMarked();
    void theWholeOfALongPathIsKnownOfOneThatLives();
    void anOrphanHasTheParentThatItHasThen();
    void theFirstParentIsKept();
    void hostileNamesAreEscapedAndBounded_data();
    void hostileNamesAreEscapedAndBounded();
    void whoIsGoneBelongsToTheAppOfItsGroup_data();
    void whoIsGoneBelongsToTheAppOfItsGroup();
    void aProgramInAnAppImageBelongsToIt();
    void aProgramInAFolderOfLibrariesBelongsToWhoStartedIt();

private:
    [[nodiscard]] Reading read() const;
    /// The one that has sent there.
    [[nodiscard]] ProcessInfo senderTo(const QByteArray& remote) const;
    [[nodiscard]] static ProcessInfo senderTo(const QByteArray& remote, const Reading& reading);
    /// As the helper names it.
    [[nodiscard]] Process namedSenderTo(const QByteArray& remote) const;
    /// A new folder of its own.
    [[nodiscard]] QByteArray folder();

    QTemporaryDir m_directory; // a tmpfs, which takes everything in it along when it goes
    int m_folders = 0;
    std::unique_ptr<TrafficSource> m_source;
};

void IdentityTest::initTestCase()
{
    QVERIFY2(geteuid() == 0, "counting in the kernel needs root");
    // What is mounted here goes with this process.
    must(unshare(CLONE_NEWNS) == 0 && mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0, "unshare");
    must(prctl(PR_SET_CHILD_SUBREAPER, 1) == 0, "PR_SET_CHILD_SUBREAPER");
    mountTmpfs(QFile::encodeName(m_directory.path()));
    auto source = makeTrafficSource(qEnvironmentVariable("BWT_TEST_BACKEND", QStringLiteral("auto")));
    QVERIFY2(source, source ? "" : qPrintable(source.error().detail));
    m_source = std::move(*source);
}

void IdentityTest::cleanupTestCase()
{
    umount2(qPrintable(m_directory.path()), MNT_DETACH);
}

Reading IdentityTest::read() const
{
    const auto reading = m_source->read();
    if (!reading)
        qFatal("%s", qPrintable(reading.error().detail));
    return *reading;
}

ProcessInfo IdentityTest::senderTo(const QByteArray& remote) const
{
    return senderTo(remote, read());
}

ProcessInfo IdentityTest::senderTo(const QByteArray& remote, const Reading& reading)
{
    const Address wanted = address(QString::fromLatin1(remote));
    const auto flow = std::ranges::find_if(reading.flows,
        [&](const FlowCounter& each) { return each.key.remote == wanted && each.key.measure == Measure::Program; });
    if (flow == reading.flows.end())
        return {};
    const auto process = std::ranges::find(reading.processes, flow->key.process(), &ProcessInfo::id);
    return process == reading.processes.end() ? ProcessInfo() : *process;
}

Process IdentityTest::namedSenderTo(const QByteArray& remote) const
{
    const Reading reading = read();
    Collector collector(m_source->info(), bootTimeMs(reading), &readHostAddresses, AppResolver::ofMachine());
    const SnapshotPtr snapshot = collector.take(reading);
    return *std::ranges::find(snapshot->processes, senderTo(remote, reading).id, &Process::id);
}

QByteArray IdentityTest::folder()
{
    const QByteArray path = QFile::encodeName(m_directory.filePath(QString::number(++m_folders)));
    makeFolder(path);
    return path;
}

void IdentityTest::aProcessThatIsGoneIsKnown()
{
    const ControlGroup group;
    const QByteArray remote = freshAddress();
    Stepper stepper({steps, "user", "4242", "send", remote}, [&group] { group.enter(); });
    stepper.waitForEnd();
    const ProcessInfo process = senderTo(remote);
    QCOMPARE(process.id.pid, static_cast<std::uint32_t>(stepper.pid));
    QCOMPARE(process.exe.path, steps);
    QVERIFY(!process.exe.isTail);
    QVERIFY(!process.exe.isDeleted);
    QCOMPARE(process.name, QByteArray("bwt-steps"));
    QCOMPARE(process.uid, 4242U);
    QCOMPARE(process.cgroup, group.id());
    QCOMPARE(process.parent.pid, static_cast<std::uint32_t>(getpid()));
    QCOMPARE(process.parent.startNs / (1'000'000'000ULL / static_cast<quint64>(sysconf(_SC_CLK_TCK))),
        startTicks(getpid()));
    QVERIFY(process.exitNs > process.id.startNs);
}

void IdentityTest::theNewestExecutableOfOneThatIsGoneIsKnown()
{
    const QByteArray other = folder() + "/other";
    copyTo(other);
    const QByteArray first = freshAddress();
    const QByteArray second = freshAddress();
    Stepper stepper({steps, "send", first, "exec", other, "send", second});
    stepper.waitForEnd();
    QCOMPARE(senderTo(second).exe.path, other);
    QCOMPARE(senderTo(second).name, QByteArray("other"));
    QCOMPARE(senderTo(first).id, senderTo(second).id);
}

void IdentityTest::theFileIsTheOneThatIsMapped()
{
    const QByteArray remote = freshAddress();
    Stepper stepper({steps, "send", remote, "stop"});
    stepper.waitForStop();
    const QByteArrayList mapping = stepper.fileOf("maps").split('\n').value(0).split(' '); // proc_pid_maps(5)
    const QByteArrayList device = mapping.value(3).split(':');
    const Executable executable = senderTo(remote).exe;
    QCOMPARE(executable.inode, mapping.value(4).toULongLong());
    QCOMPARE(executable.device, makedev(device.value(0).toUInt(nullptr, 16), device.value(1).toUInt(nullptr, 16)));
}

void IdentityTest::whatWasDeletedIsMarked_data()
{
    QTest::addColumn<bool>("lives");
    QTest::addColumn<bool>("isReplaced");
    QTest::newRow("gone") << false << false;
    QTest::newRow("lives") << true << false;
    QTest::newRow("gone, and replaced by an upgrade") << false << true;
    QTest::newRow("lives, and is replaced by an upgrade") << true << true;
}

void IdentityTest::whatWasDeletedIsMarked()
{
    QFETCH(const bool, lives);
    QFETCH(const bool, isReplaced);
    const QByteArray path = folder() + "/program";
    const QByteArray remote = freshAddress();
    copyTo(path);
    Stepper stepper({path, "stop", "send", remote, "stop"});
    stepper.waitForStop();
    if (isReplaced) {
        copyTo(path + ".new");
        QCOMPARE(rename(QByteArray(path + ".new").constData(), path.constData()), 0);
    } else {
        QCOMPARE(unlink(path.constData()), 0);
    }
    stepper.goOn();
    stepper.waitForStop();
    if (!lives) {
        stepper.goOn();
        stepper.waitForEnd();
    }
    const ProcessInfo process = senderTo(remote);
    QCOMPARE(process.exe.path, path);
    QVERIFY(process.exe.isDeleted);
    QVERIFY(!process.exe.isTail);
    QCOMPARE(executableText(process.exe), QFile::decodeName(path) + QStringLiteral(" (deleted)"));
}

void IdentityTest::aFileInMemoryIsKnownAndMarked()
{
    const QByteArray remote = freshAddress();
    Stepper stepper({steps, "send", remote}, [&remote] {
        const int fd = memfd_create("hidden", MFD_CLOEXEC);
        QFile file(QFile::decodeName(steps));
        must(fd >= 0 && file.open(QIODevice::ReadOnly), "memfd_create");
        const QByteArray bytes = file.readAll();
        must(write(fd, bytes.constData(), static_cast<std::size_t>(bytes.size())) == bytes.size(), "write");
        QByteArrayList arguments{"hidden", "send", remote};
        std::array argv{arguments[0].data(), arguments[1].data(), arguments[2].data(), static_cast<char*>(nullptr)};
        fexecve(fd, argv.data(), environ);
        must(false, "fexecve");
    });
    stepper.waitForEnd();
    QCOMPARE(executableText(senderTo(remote).exe), QStringLiteral("/memfd:hidden (deleted)"));
}

void IdentityTest::theKernelAndProcTellTheSamePath_data()
{
    QTest::addColumn<QByteArray>("program"); // as the process calls it; the same for the host if `link` is empty
    QTest::addColumn<QByteArray>("link");
    QTest::addColumn<Setup>("setup"); // done by the process

    const QByteArray tmpfs = folder();
    mountTmpfs(tmpfs);
    copyTo(tmpfs + "/program");
    QTest::newRow("tmpfs") << tmpfs + "/program" << QByteArray() << Setup();

    const QByteArray nested = tmpfs + "/nested";
    mountTmpfs(nested);
    mountTmpfs(nested); // one upon the other
    copyTo(nested + "/program");
    QTest::newRow("mounts on mounts") << nested + "/program" << QByteArray() << Setup();

    const QByteArray bound = folder();
    must(mount(tmpfs.constData(), bound.constData(), nullptr, MS_BIND, nullptr) == 0, "bind");
    QTest::newRow("bind mount") << bound + "/program" << QByteArray() << Setup();

    const QByteArray layers = folder();
    mountTmpfs(layers);
    for (const char* name : {"/lower", "/upper", "/work", "/merged"})
        makeFolder(layers + name);
    copyTo(layers + "/lower/from-below");
    const QByteArray options
        = "lowerdir=" + layers + "/lower,upperdir=" + layers + "/upper,workdir=" + layers + "/work";
    must(mount("overlay", QByteArray(layers + "/merged").constData(), "overlay", 0, options.constData()) == 0,
        "overlay");
    copyTo(layers + "/merged/from-above");
    QTest::newRow("overlayfs, lower") << layers + "/merged/from-below" << QByteArray() << Setup();
    QTest::newRow("overlayfs, upper") << layers + "/merged/from-above" << QByteArray() << Setup();

    const QByteArray btrfs = folder();
    const QString image = m_directory.filePath(QStringLiteral("btrfs.image"));
    must(QFile(image).open(QIODevice::WriteOnly) && QFile::resize(image, 128 << 20), "a file of 128 MiB");
    run({QStringLiteral("mkfs.btrfs"), QStringLiteral("-q"), image});
    run({QStringLiteral("mount"), QStringLiteral("-o"), QStringLiteral("loop"), image, QFile::decodeName(btrfs)});
    copyTo(btrfs + "/program");
    QTest::newRow("btrfs") << btrfs + "/program" << QByteArray() << Setup();

    const QByteArray root = folder();
    mountTmpfs(root);
    makeFolder(root + "/bin");
    makeFolder(root + "/old");
    copyTo(root + "/bin/program");
    QTest::newRow("chroot") << QByteArray("/bin/program") << root + "/bin/program"
                            << Setup([root] { must(chroot(root.constData()) == 0 && chdir("/") == 0, "chroot"); });
    QTest::newRow("a root of its own, as containers have")
        << QByteArray("/bin/program") << QByteArray("/bin/program") << Setup([root] { makeRoot(root); });
    const QByteArray longName = folder() + '/' + QByteArray(200, 'n');
    copyTo(longName);
    QTest::newRow("a long name") << longName << QByteArray() << Setup();
}

void IdentityTest::theKernelAndProcTellTheSamePath()
{
    QFETCH(const QByteArray, program);
    QFETCH(const QByteArray, link);
    QFETCH(const Setup, setup);
    const QByteArray remote = freshAddress();
    Stepper stepper({program, "send", remote, "stop"}, setup);
    stepper.waitForStop();
    const QByteArray told = stepper.link();
    stepper.goOn();
    stepper.waitForEnd();
    QCOMPARE(told, link.isEmpty() ? program : link);
    QCOMPARE(executableText(senderTo(remote).exe), QFile::decodeName(told));
}

void IdentityTest::theEndOfALongPathIsMarked_data()
{
    QTest::addColumn<QByteArray>("name");
    QTest::addColumn<int>("depth");
    QTest::addColumn<QByteArray>("program");
    QTest::addColumn<int>("room"); // bytes that hold as many whole names as they can; 0 where depth is the limit
    QTest::newRow("more than 256 bytes") << QByteArray(100, 'f') << 3 << QByteArray("program") << BWT_PATH_LEN;
    QTest::newRow("more than 4096 bytes") << QByteArray(100, 'f') << 45 << QByteArray("program") << BWT_PATH_LEN;
    QTest::newRow("the longest name") << QByteArray("f") << 1 << QByteArray(NAME_MAX, 'p') << BWT_PATH_LEN;
    QTest::newRow("many short names") << QByteArray("f") << 60 << QByteArray("program") << 0;
}

void IdentityTest::theEndOfALongPathIsMarked()
{
    QFETCH(const QByteArray, name);
    QFETCH(const int, depth);
    QFETCH(const QByteArray, program);
    QFETCH(const int, room);
    const DeepFolder deep(folder(), name, depth);
    const QByteArray path = deep.add(program);
    const QByteArray remote = freshAddress();
    Stepper stepper({"./" + program, "send", remote}, [&deep] { deep.enter(); });
    stepper.waitForEnd();
    const Executable executable = senderTo(remote).exe;
    QVERIFY(executable.isTail);
    QVERIFY(executable.path.startsWith('/'));
    QVERIFY2(path.endsWith(executable.path), executable.path.constData());
    QCOMPARE(executableText(executable), QStringLiteral("…") + QFile::decodeName(executable.path));
    const qsizetype nextFolder = path.lastIndexOf('/', path.size() - executable.path.size() - 1);
    if (room > 0)
        QVERIFY(executable.path.size() <= room && path.size() - nextFolder > room);
    else
        QVERIFY(executable.path.count('/') > 30);
}

void IdentityTest::theWholeOfALongPathIsKnownOfOneThatLives()
{
    const DeepFolder deep(folder(), QByteArray(100, 'f'), 5);
    const DeepFolder deeper(folder(), QByteArray(100, 'f'), 15);
    const DeepFolder deepest(folder(), QByteArray(100, 'f'), 45); // too deep for /proc, too
    const auto executableIn = [this](const DeepFolder& place) {
        const QByteArray remote = freshAddress();
        Stepper stepper({"./program", "send", remote, "stop"}, [&place] { place.enter(); });
        stepper.waitForStop();
        return senderTo(remote).exe;
    };
    const QByteArray path = deep.add("program");
    QCOMPARE(executableIn(deep).path, path);
    const QByteArray longer = deeper.add("program");
    const Executable shortened = executableIn(deeper);
    QVERIFY(shortened.isTail);
    QVERIFY(shortened.path.startsWith('/'));
    QVERIFY(longer.endsWith(shortened.path));
    QVERIFY(shortened.path.size() <= longestPath && shortened.path.size() > longestPath - 101);
    const QByteArray longest = deepest.add("program");
    QVERIFY(executableIn(deepest).isTail);
    QVERIFY(longest.endsWith(executableIn(deepest).path));
}

void IdentityTest::anOrphanHasTheParentThatItHasThen()
{
    const QByteArray remote = freshAddress();
    Stepper stepper({steps, "orphan", "send", remote});
    stepper.waitForEnd();
    QVERIFY(waitpid(-1, nullptr, 0) > 0);
    QVERIFY(senderTo(remote).id.pid != static_cast<std::uint32_t>(stepper.pid));
    QCOMPARE(senderTo(remote).parent.pid, static_cast<std::uint32_t>(getpid()));
}

void IdentityTest::theFirstParentIsKept()
{
    const QByteArray first = freshAddress();
    const QByteArray second = freshAddress();
    Stepper stepper({steps, "orphan-after", first, "send", second});
    stepper.waitForEnd();
    QVERIFY(waitpid(-1, nullptr, 0) > 0);
    QCOMPARE(senderTo(first).id, senderTo(second).id);
    QCOMPARE(senderTo(second).parent.pid, static_cast<std::uint32_t>(stepper.pid));
}

void IdentityTest::hostileNamesAreEscapedAndBounded_data()
{
    QTest::addColumn<QByteArray>("name");
    QTest::addColumn<QString>("told");
    QTest::newRow("newline") << QByteArray("a\nb") << QStringLiteral("a\\x0ab");
    QTest::newRow("escape code") << QByteArray("\x1b]0;x\a") << QStringLiteral("\\x1b]0;x\\x07");
    QTest::newRow("8-bit escape code") << QByteArray("\xc2\x9b"
                                                     "2J")
                                       << QStringLiteral("\\xc2\\x9b2J");
    QTest::newRow("not UTF-8") << QByteArray("a\xff\xc3") << QStringLiteral("a\\xff\\xc3");
    QTest::newRow("right to left") << QByteArray("a\xe2\x80\xae"
                                                 "b")
                                   << QStringLiteral("a\\xe2\\x80\\xaeb");
    QTest::newRow("another script") << QByteArray("\xc3\xa4\xe6\xbc\xa2") << QStringLiteral("ä漢");
    QTest::newRow("no name but a mark") << QByteArray(" (deleted)") << QStringLiteral(" (deleted)");
}

void IdentityTest::hostileNamesAreEscapedAndBounded()
{
    QFETCH(const QByteArray, name);
    QFETCH(const QString, told);
    const QByteArray base = folder();
    const QByteArray path = base + '/' + name;
    copyTo(path);
    const DeepFolder deep(base, name.repeated(20), 60);
    QVERIFY(deep.add("program").size() > 4096 || name.size() < 4);
    const QByteArray remote = freshAddress();
    const QByteArray fromDeep = freshAddress();
    Stepper gone({path, "name", name, "send", remote});
    gone.waitForEnd();
    Stepper lives({"./program", "name", name.repeated(3), "send", fromDeep, "stop"}, [&deep] { deep.enter(); });
    lives.waitForStop();

    const Reading reading = read();
    Collector collector(m_source->info(), bootTimeMs(reading));
    const SnapshotPtr snapshot = collector.take(reading);
    const auto process = [&](const QByteArray& to) {
        return *std::ranges::find(snapshot->processes, senderTo(to, reading).id, &Process::id);
    };
    const QString directory = QString::fromUtf8(base) + QLatin1Char('/');
    QCOMPARE(process(remote).name, told);
    QCOMPARE(process(remote).exe, directory + told);
    QCOMPARE(process(remote).appName, told);
    const Process deepest = process(fromDeep);
    constexpr qsizetype escape = 4; // characters for a byte
    QVERIFY(deepest.exe.size() <= escape * longestPath + 1);
    QVERIFY(deepest.exe.startsWith(directory) || deepest.exe.startsWith(QStringLiteral("…/")));
    QVERIFY(deepest.exe.endsWith(told + QStringLiteral("/program")));
    QVERIFY(deepest.name.size() <= escape * BWT_NAME_LEN);
    for (const QString& text : {deepest.exe, deepest.appId, deepest.name})
        QVERIFY(std::ranges::all_of(text, [](QChar each) { return each.isPrint(); }));
}

void IdentityTest::whoIsGoneBelongsToTheAppOfItsGroup_data()
{
    QTest::addColumn<QByteArray>("group");
    QTest::addColumn<QString>("app");
    const QByteArray id = QByteArray("0123456789abcdef").repeated(4);
    QTest::newRow("container") << QByteArray("docker-" + id + ".scope") << QStringLiteral("docker:0123456789ab");
    QTest::newRow("user's container") << QByteArray("user@4242.service/user.slice/libpod-" + id + ".scope/container")
                                      << QStringLiteral("podman:0123456789ab");
    QTest::newRow("in a container") << QByteArray("docker-" + id + ".scope/system.slice/cron.service")
                                    << QStringLiteral("docker:0123456789ab");
    QTest::newRow("service") << QByteArray("bwt-test@a.service") << QStringLiteral("service:bwt-test@a");
    QTest::newRow("desktop") << QByteArray("user@4242.service/app.slice/app-gnome-org.example.Bwt\\x2dTest-7.scope")
                             << QStringLiteral("desktop:org.example.Bwt-Test");
    QTest::newRow("nobody's") << QByteArray("bwt-test") << QFile::decodeName(steps);
}

void IdentityTest::whoIsGoneBelongsToTheAppOfItsGroup()
{
    QFETCH(const QByteArray, group);
    const ControlGroup place(group);
    const QByteArray remote = freshAddress();
    const bool isContainer = group.contains("0123456789abcdef");
    Stepper stepper({steps, "send", remote}, [&] {
        place.enter();
        if (isContainer) // from within which its group is the root
            must(unshare(CLONE_NEWCGROUP | CLONE_NEWNS | CLONE_NEWIPC | CLONE_NEWUTS) == 0, "unshare");
    });
    stepper.waitForEnd();
    QTEST(namedSenderTo(remote).appId, "app");
}

void IdentityTest::aProgramInAnAppImageBelongsToIt()
{
    const QByteArray point = folder() + "/.mount_BwtTesAb12Cd";
    makeFolder(point);
    must(mount("Bwt Test-1.2-x86_64.AppImage", point.constData(), "tmpfs", 0, "mode=755") == 0, "mount");
    copyTo(point + "/program");
    const ControlGroup place;
    const QByteArray remote = freshAddress();
    Stepper stepper({point + "/program", "send", remote, "stop"}, [&place] { place.enter(); });
    stepper.waitForStop();
    const Process process = namedSenderTo(remote);
    QCOMPARE(process.appId, QStringLiteral("appimage:Bwt Test"));
    QCOMPARE(process.appName, QStringLiteral("Bwt Test"));
}

void IdentityTest::aProgramInAFolderOfLibrariesBelongsToWhoStartedIt()
{
    makeFolder("/usr/lib"); // which an initramfs may lack
    mountTmpfs("/usr/lib/bwt-test");
    copyTo("/usr/lib/bwt-test/method");
    const ControlGroup place;
    const QByteArray remote = freshAddress();
    {
        Stepper parent(
            {steps, "spawn", "/usr/lib/bwt-test/method", "send", remote, "stop"}, [&place] { place.enter(); });
        parent.waitForStop();
        const Process process = namedSenderTo(remote);
        QVERIFY(process.id.pid != static_cast<std::uint32_t>(parent.pid));
        QCOMPARE(process.exe, QStringLiteral("/usr/lib/bwt-test/method"));
        QCOMPARE(process.appId, QFile::decodeName(steps));
    }
    QVERIFY(waitpid(-1, nullptr, 0) > 0);
    umount2("/usr/lib/bwt-test", MNT_DETACH);
    rmdir("/usr/lib/bwt-test");
}

QTEST_GUILESS_MAIN(IdentityTest)
#include "tst_identity.moc"
