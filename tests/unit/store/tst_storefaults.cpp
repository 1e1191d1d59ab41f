// SPDX-License-Identifier: GPL-3.0-or-later
#include "helper/store/store.h"
#include "tests/unit/store/traffic.h"

#include <QDir>
#include <QFile>
#include <QSqlDatabase>
#include <QSqlError>
#include <QSqlQuery>
#include <QTemporaryDir>
#include <QTest>

#include <cerrno>
#include <cstring>
#include <optional>

#include <sched.h>
#include <sys/mount.h>

using namespace bwt;
using namespace bwt::test;

namespace {

const Process firefox = makeProcess(100, QStringLiteral("firefox"));

/// A small file system of its own, gone with the object.
class SmallDisk {
public:
    explicit SmallDisk(const QString& path)
        : m_path(path.toLocal8Bit())
    {
        if (!QDir().mkpath(path) || mount("tmpfs", m_path.constData(), "tmpfs", 0, "size=2m") != 0)
            qFatal("mounting a tmpfs needs root: %s", strerror(errno));
    }
    ~SmallDisk() { umount2(m_path.constData(), MNT_DETACH); }
    SmallDisk(const SmallDisk&) = delete;
    SmallDisk& operator=(const SmallDisk&) = delete;

    void setReadOnly(bool readOnly) const
    {
        if (mount(nullptr, m_path.constData(), nullptr, (readOnly ? MS_RDONLY | MS_REMOUNT : MS_REMOUNT), "size=2m")
            != 0)
            qFatal("remounting: %s", strerror(errno));
    }
    void fill() const
    {
        QFile filler(fillerPath());
        if (!filler.open(QIODevice::WriteOnly | QIODevice::Unbuffered))
            qFatal("%s", qPrintable(filler.errorString()));
        for (const qsizetype size : {4096, 1}) {
            while (filler.write(QByteArray(size, 'x')) == size) { }
        }
    }
    void empty() const { QFile::remove(fillerPath()); }

private:
    [[nodiscard]] QString fillerPath() const { return QString::fromLocal8Bit(m_path) + QStringLiteral("/filler"); }
    QByteArray m_path;
};

/// Another program's connection to the history.
class Client {
public:
    explicit Client(const QString& stateDir)
        : m_connection(QSqlDatabase::addDatabase(QStringLiteral("QSQLITE"), QStringLiteral("client")))
    {
        m_connection.setDatabaseName(stateDir + QStringLiteral("/history.db"));
        if (!m_connection.open())
            qFatal("%s", qPrintable(m_connection.lastError().text()));
    }
    ~Client()
    {
        m_connection = {};
        QSqlDatabase::removeDatabase(QStringLiteral("client"));
    }
    Client(const Client&) = delete;
    Client& operator=(const Client&) = delete;

    void run(const char* sql) const { static_cast<void>(executed(sql)); }
    [[nodiscard]] qint64 number(const QByteArray& sql) const
    {
        QSqlQuery query = executed(sql);
        if (!query.next())
            qFatal("%s: no row", sql.constData());
        return query.value(0).toLongLong();
    }

private:
    [[nodiscard]] QSqlQuery executed(const QByteArray& sql) const
    {
        QSqlQuery query(m_connection);
        if (!query.exec(QString::fromLatin1(sql)))
            qFatal("%s", qPrintable(query.lastError().text()));
        return query;
    }

    QSqlDatabase m_connection;
};

qint64 rootPage(const QString& stateDir, const char* table)
{
    return Client(stateDir).number("SELECT rootpage FROM sqlite_schema WHERE name = '" + QByteArray(table) + '\'');
}

QByteArray contentOf(const QString& path)
{
    QFile file(path);
    if (!file.open(QIODevice::ReadOnly))
        qFatal("%s: %s", qPrintable(path), qPrintable(file.errorString()));
    return file.readAll();
}

void overwrite(const QString& path, qint64 from, qint64 bytes)
{
    QFile file(path);
    if (!file.open(QIODevice::ReadWrite) || !file.seek(from) || file.write(QByteArray(bytes, '\xa5')) != bytes)
        qFatal("%s: %s", qPrintable(path), qPrintable(file.errorString()));
}

std::unique_ptr<Store> openStore(const QString& directory, Store::Mode mode = Store::Mode::Writer)
{
    auto store = Store::open(directory, mode);
    if (!store)
        qFatal("%s", qPrintable(store.error().detail));
    return std::move(*store);
}

quint64 txBytes(Store& store)
{
    HistoryQuery query;
    query.sinceMs = noonMs - 30 * dayMs;
    query.untilMs = noonMs + 30 * dayMs;
    const auto frame = store.top(query);
    if (!frame)
        qFatal("%s", qPrintable(frame.error().detail));
    return frame->rows.isEmpty() ? 0 : frame->rows[0].numbers.txBytes;
}

} // namespace

class StoreFaultsTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase()
    {
        QVERIFY2(unshare(CLONE_NEWNS) == 0, "needs root");
        QVERIFY(mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0);
    }

    void init()
    {
        m_directory = std::make_unique<QTemporaryDir>();
        m_path = m_directory->path() + QStringLiteral("/state");
        m_file = m_path + QStringLiteral("/history.db");
        m_counters = Counters();
        m_nowMs = noonMs;
        m_sent = 0;
    }

    void aFullDiskLosesNothingAndEndsByItself()
    {
        const SmallDisk disk(m_path);
        const auto store = openStore(m_path);
        QVERIFY(grow(*store, 100));
        disk.fill();
        std::optional<Error> error;
        for (int i = 0; i < 2'000 && !error; ++i) {
            const auto commit = grow(*store, 1, i);
            if (!commit)
                error = commit.error();
        }
        QVERIFY2(error, "the disk never ran full");
        QCOMPARE(error->code, ErrorCode::StoreUnavailable);
        QVERIFY2(error->detail.startsWith(m_file + QStringLiteral(": ")), qPrintable(error->detail));
        const quint64 kept = txBytes(*store);
        QVERIFY(kept >= 100 && kept < m_sent);
        QVERIFY(!grow(*store, 1));
        QCOMPARE(txBytes(*store), kept);

        disk.empty();
        QVERIFY(grow(*store, 1));
        QCOMPARE(txBytes(*store), m_sent);
    }

    void whatWasRolledBackIsNotTakenForStored()
    {
        const auto store = openStore(m_path);
        // Fails after the names and rows of a new flow were written.
        Client(m_path).run("CREATE TRIGGER refuse BEFORE INSERT ON coverage BEGIN SELECT RAISE(ABORT, 'no'); END");
        QVERIFY(!grow(*store, 100));
        Client(m_path).run("DROP TRIGGER refuse");
        QVERIFY(grow(*store, 11));
        QCOMPARE(txBytes(*store), 111U);
    }

    void aReadOnlyDiskIsSaidAndRecoveredFrom()
    {
        const SmallDisk disk(m_path);
        QVERIFY(grow(*openStore(m_path), 100));
        disk.setReadOnly(true);
        const auto refused = Store::open(m_path, Store::Mode::Writer);
        QVERIFY(!refused);
        QCOMPARE(refused.error().code, ErrorCode::StoreUnavailable);
        QVERIFY2(refused.error().detail.contains(m_path), qPrintable(refused.error().detail));
        disk.setReadOnly(false);
        const auto store = openStore(m_path);
        QVERIFY(grow(*store, 11));
        QCOMPARE(txBytes(*store), 111U);
    }

    void aDirectoryThatCannotBeMadeIsSaid()
    {
        QFile file(m_path);
        QVERIFY(file.open(QIODevice::WriteOnly));
        const auto refused = Store::open(m_path, Store::Mode::Writer);
        QVERIFY(!refused);
        QCOMPARE(refused.error().code, ErrorCode::StoreUnavailable);
    }

    void aDamagedFileIsSetAsideWhole_data()
    {
        QTest::addColumn<qint64>("from");
        QTest::addColumn<qint64>("bytes");
        QTest::newRow("header") << qint64{0} << qint64{100};
        QTest::newRow("schema") << qint64{100} << qint64{3000};
        QTest::newRow("pages in the middle") << qint64{3 * 4096} << qint64{8 * 4096};
    }
    void aDamagedFileIsSetAsideWhole()
    {
        QFETCH(qint64, from);
        QFETCH(qint64, bytes);
        QStringList aside;
        for (int i = 0; i < 2; ++i) { // twice, within the second that the name is made of
            QVERIFY(grow(*openStore(m_path), 100));
            overwrite(m_file, from, bytes);
            const QByteArray damaged = contentOf(m_file);
            const auto store = openStore(m_path);
            QVERIFY(!store->setAside().isNull());
            QVERIFY(!aside.contains(store->setAside()));
            aside.append(store->setAside());
            QCOMPARE(contentOf(store->setAside()), damaged);
            m_counters = Counters(QStringLiteral("set-%1").arg(i + 2));
            m_sent = 0;
            QVERIFY(grow(*store, 5));
            QCOMPARE(txBytes(*store), 5U);
            QFile::remove(m_file);
            m_counters = Counters();
        }
        QVERIFY(QFile::exists(aside[0]) && QFile::exists(aside[1]));
    }

    void damageThatIsMetWhileRunningIsSetAsideToo()
    {
        const auto store = openStore(m_path);
        QVERIFY(grow(*store, 100));
        {
            const Client client(m_path); // its commit makes the writer read the file again
            client.run("UPDATE tier SET kept_from = kept_from");
            client.run("PRAGMA wal_checkpoint(TRUNCATE)");
        }
        overwrite(m_file, 0, QFile(m_file).size());
        const auto commit = grow(*store, 11);
        QVERIFY2(commit.has_value(), commit ? "" : qPrintable(commit.error().detail));
        QVERIFY(!store->setAside().isNull());
        QCOMPARE(txBytes(*store), 11U); // what the damaged file had is in there, not doubled here
    }

    void damageThatOnlyAReaderMeetsIsSetAsideByVerifying()
    {
        constexpr qint64 pageBytes = 4096;
        QVERIFY(grow(*openStore(m_path), 100));
        {
            const Client client(m_path); // larger than what is checked on opening
            client.run("CREATE TABLE filler AS SELECT zeroblob(70000000)");
        }
        overwrite(m_file, pageBytes * (rootPage(m_path, "remote") - 1), pageBytes);
        const auto store = openStore(m_path);
        QVERIFY(grow(*store, 11)); // finds its remote in the index
        const auto reader = openStore(m_path, Store::Mode::Reader);
        HistoryQuery query;
        query.sinceMs = noonMs;
        query.untilMs = noonMs + hourMs;
        query.by = {Dimension::Remote};
        QCOMPARE(reader->top(query).error().code, ErrorCode::StoreCorrupt);
        QVERIFY(store->setAside().isNull());

        QVERIFY(store->verify());
        QVERIFY(!store->setAside().isNull());
        QVERIFY(QFile(store->setAside()).size() > 70'000'000);
        QVERIFY(grow(*store, 5));
        QVERIFY(reader->top(query));
        QCOMPARE(txBytes(*reader), 5U);
    }

    void anUndamagedFileIsVerifiedAndStays()
    {
        const auto store = openStore(m_path);
        QVERIFY(grow(*store, 100));
        QVERIFY(store->verify());
        QVERIFY(store->setAside().isNull());
        QCOMPARE(txBytes(*store), 100U);
    }

    void aNewerVersionsFileIsRefusedUntouched()
    {
        QVERIFY(grow(*openStore(m_path), 100));
        Client(m_path).run("PRAGMA user_version = 1000");
        const QByteArray before = contentOf(m_file);
        for (const Store::Mode mode : {Store::Mode::Writer, Store::Mode::Reader}) {
            const auto refused = Store::open(m_path, mode);
            QVERIFY(!refused);
            QCOMPARE(refused.error().code, ErrorCode::StoreTooNew);
            QVERIFY2(refused.error().detail.contains(QStringLiteral("1000")), qPrintable(refused.error().detail));
        }
        QCOMPARE(contentOf(m_file), before);
        QVERIFY(!QFile::exists(m_file + QStringLiteral("-wal")));
    }

    void aSecondWriterIsRefusedWhileTheFirstLives()
    {
        auto first = openStore(m_path);
        const auto second = Store::open(m_path, Store::Mode::Writer);
        QVERIFY(!second);
        QCOMPARE(second.error().code, ErrorCode::NameTaken);
        first.reset();
        QVERIFY(Store::open(m_path, Store::Mode::Writer));
    }

    void aDeletedFileIsBegunAnewWithoutDoublingAByte()
    {
        const auto store = openStore(m_path);
        const auto reader = openStore(m_path, Store::Mode::Reader);
        QVERIFY(grow(*store, 100));
        QCOMPARE(txBytes(*reader), 100U);
        QVERIFY(QFile::remove(m_file));
        QCOMPARE(reader->info().error().code, ErrorCode::StoreUnavailable);
        QVERIFY(grow(*store, 11));
        QCOMPARE(txBytes(*store), 11U);
        QCOMPARE(txBytes(*reader), 11U);
        QVERIFY(store->setAside().isNull());
    }

    void aRestoredOlderFileGetsWhatItLacks()
    {
        const auto store = openStore(m_path);
        QVERIFY(grow(*store, 100));
        Client(m_path).run("PRAGMA wal_checkpoint(TRUNCATE)");
        const QString backup = m_directory->path() + QStringLiteral("/backup");
        QVERIFY(QFile::copy(m_file, backup));
        QVERIFY(grow(*store, 11));
        for (const char* suffix : {"", "-wal", "-shm"})
            QFile::remove(m_file + QLatin1StringView(suffix));
        QVERIFY(QFile::rename(backup, m_file));
        QVERIFY(grow(*store, 1));
        QCOMPARE(txBytes(*store), 112U);
    }

    void aLockHeldByAnotherProgramOnlyDelays()
    {
        const auto store = openStore(m_path);
        QVERIFY(grow(*store, 100));
        {
            const Client client(m_path);
            client.run("BEGIN IMMEDIATE");
            const auto refused = grow(*store, 11);
            QVERIFY(!refused);
            QCOMPARE(refused.error().code, ErrorCode::StoreUnavailable);
            QCOMPARE(txBytes(*store), 100U);
        }
        QVERIFY(grow(*store, 1));
        QCOMPARE(txBytes(*store), 112U);
    }

private:
    /// The counters grow, whatever becomes of the insert.
    Result<Commit> grow(Store& store, std::uint64_t bytes, int flow = 0)
    {
        const QString remote = QStringLiteral("2001:db8::%1").arg(flow + 1);
        m_counters.add(firefox, makeKey(firefox, remote, Direction::Tx), bytes);
        m_sent += bytes;
        const std::int64_t sinceMs = m_nowMs;
        m_nowMs += 1000;
        return store.insert(m_counters.snapshot(sinceMs, m_nowMs));
    }

    std::unique_ptr<QTemporaryDir> m_directory;
    QString m_path;
    QString m_file;
    Counters m_counters;
    std::int64_t m_nowMs = noonMs;
    quint64 m_sent = 0;
};

QTEST_GUILESS_MAIN(StoreFaultsTest)
#include "tst_storefaults.moc"
