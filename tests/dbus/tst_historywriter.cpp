// SPDX-License-Identifier: GPL-3.0-or-later
// What happens to time while the history can't be written.
#include "helper/collector/networks.h"
#include "helper/service/historywriter.h"
#include "tests/unit/store/traffic.h"

#include <QDir>
#include <QTemporaryDir>
#include <QTest>

#include <algorithm>

using namespace bwt;
using namespace bwt::test;

namespace {

const Process curl = makeProcess(100, QStringLiteral("curl"));

/// Counters that grow by 1 byte in the first minute, 2 in the second, 4 in the third, and so on.
class Minutes {
public:
    /// The next minute, looked at twice.
    [[nodiscard]] Result<Commit> commitTo(HistoryWriter& writer)
    {
        const std::int64_t sinceMs = noonMs + m_minute * minuteMs;
        m_counters.add(curl, makeKey(curl, QStringLiteral("192.0.2.1"), Direction::Tx), 1ULL << m_minute++);
        static_cast<void>(writer.commit(look(sinceMs, sinceMs + 20'000)));
        return writer.commit(look(sinceMs + 20'000, sinceMs + minuteMs));
    }

private:
    [[nodiscard]] SnapshotPtr look(std::int64_t sinceMs, std::int64_t untilMs) const
    {
        return std::make_shared<Snapshot>(m_counters.snapshot(sinceMs, untilMs));
    }

    Counters m_counters;
    int m_minute = 0;
};

/// What each minute sent.
QList<quint64> sentByMinute(const QString& stateDir, int minutes)
{
    const auto reader = Store::open(stateDir, Store::Mode::Reader);
    HistoryQuery query;
    query.sinceMs = noonMs;
    query.untilMs = noonMs + minutes * minuteMs;
    QList<quint64> sent;
    const auto series = (*reader)->history(query, Bucket::Minute);
    for (const SeriesBucket& bucket : series->buckets)
        sent.append(bucket.rows.isEmpty() ? 0 : bucket.rows[0].numbers.txBytes);
    return sent;
}

} // namespace

class HistoryWriterTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void whatCouldNotBeWrittenKeepsItsTime()
    {
        const QTemporaryDir directory;
        const QString file = directory.filePath(QStringLiteral("history.db"));
        const QString away = directory.filePath(QStringLiteral("away.db"));
        HistoryWriter writer(directory.path());
        Minutes minutes;
        QVERIFY(minutes.commitTo(writer));
        QVERIFY(QFile::rename(file, away));
        QVERIFY(QDir().mkdir(file)); // no file can be opened or made there
        for (int i = 0; i < 5; ++i)
            QCOMPARE(minutes.commitTo(writer).error().code, ErrorCode::StoreUnavailable);
        QVERIFY(QDir().rmdir(file));
        QVERIFY(QFile::rename(away, file));
        QVERIFY(minutes.commitTo(writer));
        QCOMPARE(sentByMinute(directory.path(), 7), QList<quint64>({1, 2, 4, 8, 16, 32, 64}));
        QCOMPARE(writer.state().mergedMinutes, 0U);
    }

    void theBacklogIsBoundedAndKeepsTheNewest()
    {
        Counters counters;
        constexpr std::uint32_t flows = 1'000;
        for (std::uint32_t i = 0; i < flows; ++i)
            counters.add(curl, makeKey(curl, QStringLiteral("2001:db8::%1").arg(i, 0, 16), Direction::Rx), 1);
        Backlog backlog;
        constexpr int minutes = 1'000;
        for (int i = 0; i < minutes; ++i)
            backlog.push(std::make_shared<Snapshot>(
                counters.snapshot(noonMs + i * minuteMs, noonMs + i * minuteMs + minuteMs / 2)));
        QList<std::int64_t> kept;
        for (; !backlog.isEmpty(); backlog.pop())
            kept.append(backlog.front().untilMs);
        const std::size_t held = static_cast<std::size_t>(kept.size()) * flows;
        QVERIFY2(held <= Backlog::mostFlows && held > Backlog::mostFlows / 4, qPrintable(QString::number(held)));
        QVERIFY(std::ranges::is_sorted(kept));
        QCOMPARE(kept.last(), noonMs + (minutes - 1) * minuteMs + minuteMs / 2);
        QCOMPARE(backlog.mergedMinutes(), quint64(minutes - kept.size()));
    }

    void theBacklogMergesNoMinuteInWhichTheNetworkChanged()
    {
        Backlog backlog;
        std::int64_t untilMs = noonMs;
        const auto push = [&](std::vector<NetworkName> networks) {
            Snapshot snapshot = Counters().snapshot(noonMs, ++untilMs);
            snapshot.networks = std::move(networks);
            backlog.push(std::make_shared<Snapshot>(std::move(snapshot)));
        };
        const NetworkName cable{2, QStringLiteral("eth0")};
        push({cable, {3, QStringLiteral("Home")}});
        push({cable, {3, QStringLiteral("Home")}, {4, QStringLiteral("veth0")}});
        push({cable, {3, QStringLiteral("Phone")}});
        push({{3, QStringLiteral("Phone")}});
        QStringList kept;
        for (; !backlog.isEmpty(); backlog.pop())
            kept.append(networkName(backlog.front(), 3));
        QCOMPARE(kept, (QStringList{QStringLiteral("Home"), QStringLiteral("Phone")}));
    }
};

QTEST_GUILESS_MAIN(HistoryWriterTest)
#include "tst_historywriter.moc"
