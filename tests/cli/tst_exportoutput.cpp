// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/exportprogress.h"
#include "app/cli/outputfile.h"

#include <QDir>
#include <QTemporaryDir>
#include <QTest>

#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

using namespace bwt;
using namespace bwt::cli;

namespace {

QByteArray contentOf(const QString& path)
{
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray("(none)");
}

} // namespace

/// Where an export goes, and what is told of it meanwhile.
class ExportOutputTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void init()
    {
        m_directory = std::make_unique<QTemporaryDir>();
        m_path = m_directory->filePath(QStringLiteral("history.csv"));
    }

    void theFileIsThereOnlyWhenItIsWhole()
    {
        for (const QByteArray& content : {QByteArray("first"), QByteArray("second")}) { // the second replaces it
            const QByteArray before = contentOf(m_path);
            auto file = OutputFile::open(m_path);
            QVERIFY(file);
            QVERIFY((*file)->write(content));
            QCOMPARE(contentOf(m_path), before);
            QVERIFY((*file)->putInPlace());
            file->reset();
            QCOMPARE(contentOf(m_path), content);
        }
        QCOMPARE(names(), QStringList(QStringLiteral("history.csv")));
    }

    void whatIsGivenUpLeavesNothing()
    {
        auto file = OutputFile::open(m_path);
        QVERIFY(file);
        QVERIFY((*file)->write("half"));
        QCOMPARE(names().size(), 1);
        file->reset();
        QVERIFY(names().isEmpty());
    }

    void aSignalThatEndsTheProgramLeavesNothing_data()
    {
        QTest::addColumn<int>("number");
        QTest::newRow("Ctrl-C") << SIGINT;
        QTest::newRow("kill") << SIGTERM;
        QTest::newRow("hang-up") << SIGHUP;
    }
    void aSignalThatEndsTheProgramLeavesNothing()
    {
        QFETCH(const int, number);
        const pid_t child = fork();
        if (child == 0) {
            const auto file = OutputFile::open(m_path);
            if (file && (*file)->write("half") && names().size() == 1)
                raise(number);
            _exit(1);
        }
        int status = 0;
        QCOMPARE(waitpid(child, &status, 0), child);
        QVERIFY(WIFSIGNALED(status));
        QCOMPARE(WTERMSIG(status), number);
        QVERIFY(names().isEmpty());
    }

    void nothingButAFileIsReplaced()
    {
        for (const QString& path : {QStringLiteral("/dev/null"), m_directory->path()}) {
            const auto file = OutputFile::open(path);
            QVERIFY(!file);
            QVERIFY(file.error().detail.contains(path));
        }
        QVERIFY(!OutputFile::open(m_path + QStringLiteral("/below/no/folder")));
    }

    void progressFollowsTheText_data()
    {
        QTest::addColumn<bool>("isJson");
        QTest::newRow("csv") << false;
        QTest::newRow("json") << true;
    }
    void progressFollowsTheText()
    {
        QFETCH(const bool, isJson);
        const auto row = [isJson](int moment) {
            return isJson
                ? QStringLiteral("{\"bucket_end_ms\":9,\"bucket_start_ms\":%1,\"pid\":5},\n").arg(moment).toLatin1()
                : QStringLiteral("%1,2026,\"a,b\",5\r\n").arg(moment).toLatin1();
        };
        ExportProgress progress(isJson ? ExportProgress::Format::Json : ExportProgress::Format::Csv, 1'000, 9'000);
        QCOMPARE(progress.percent(), 0);
        progress.pass(isJson ? "{\"since_ms\":1000,\"rows\":[\n" : "bucket_start_ms,bucket_start\r\n");
        QCOMPARE(progress.rows(), 0);
        progress.pass(row(5'000)); // the history begins in the middle of the range
        QCOMPARE(progress.rows(), 1);
        QCOMPARE(progress.percent(), 0);
        const QByteArray more = row(6'000) + row(7'000) + row(8'000);
        progress.pass(more.first(more.size() - 5)); // a line comes in pieces
        QCOMPARE(progress.rows(), 3);
        QCOMPARE(progress.percent(), 50);
        progress.pass(more.last(5));
        QCOMPARE(progress.rows(), 4);
        QCOMPARE(progress.percent(), 75);
        progress.pass(row(9'000));
        QCOMPARE(progress.percent(), 100);
        QVERIFY2(progress.text().startsWith(QStringLiteral("100 %, 5 rows, ")), qPrintable(progress.text()));
    }

private:
    [[nodiscard]] QStringList names() const
    {
        return QDir(m_directory->path()).entryList(QDir::Files | QDir::Hidden);
    }

    std::unique_ptr<QTemporaryDir> m_directory;
    QString m_path;
};

QTEST_GUILESS_MAIN(ExportOutputTest)
#include "tst_exportoutput.moc"
