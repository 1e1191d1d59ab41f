// SPDX-License-Identifier: GPL-3.0-or-later
// Apps in the history, and how they are called.
#include "tests/unit/store/testkit.h"

#include <QTemporaryDir>
#include <QTest>

using namespace bwt;
using namespace bwt::test;

namespace {

const QString host = QStringLiteral("203.0.113.7");

HistoryQuery whole(Dimensions by, const QString& app = {})
{
    HistoryQuery query;
    query.sinceMs = noonMs - 60 * dayMs;
    query.untilMs = noonMs + dayMs;
    query.by = by;
    query.filter.app = app;
    return query;
}

} // namespace

class StoreAppsTest : public QObject {
    Q_OBJECT

private:
    std::unique_ptr<QTemporaryDir> m_directory;
    std::unique_ptr<Store> m_store;
    Counters m_counters;
    std::int64_t m_atMs = noonMs;

    [[nodiscard]] QString path() const { return m_directory->path(); }

    void record()
    {
        valueOf(m_store->insert(m_counters.snapshot(m_atMs, m_atMs + 1000)));
        m_atMs += 1000;
    }

private Q_SLOTS:
    void init()
    {
        setZone("UTC");
        m_directory = std::make_unique<QTemporaryDir>();
        m_counters = Counters();
        m_atMs = noonMs;
        m_store = openStore(path());
    }

    void anAppHasTheNameThatItsNewestProcessTells()
    {
        Process older = makeProcess(401, QStringLiteral("maps"));
        Process newer = makeProcess(402, QStringLiteral("maps"));
        const QString id = older.appId = newer.appId = QStringLiteral("flatpak:org.gnome.Maps");
        older.appName = QStringLiteral("Maps");
        newer.appName = QStringLiteral("GNOME Maps");
        const auto nameAfter = [&](const Process& mover) {
            m_counters.add(mover, makeKey(mover, host, Direction::Tx), 10);
            record();
            const QList<Row> rows = valueOf(m_store->top(whole({Dimension::App}, id))).rows;
            return rows.size() == 1 ? rows[0].appName : QStringLiteral("%1 rows").arg(rows.size());
        };
        QCOMPARE(nameAfter(older), QStringLiteral("Maps"));
        QCOMPARE(nameAfter(newer), QStringLiteral("GNOME Maps"));
        older.exe = QStringLiteral("/usr/bin/sh"); // it is looked up anew, and still the older one
        QCOMPARE(nameAfter(older), QStringLiteral("GNOME Maps"));
    }
};

QTEST_GUILESS_MAIN(StoreAppsTest)
#include "tst_storeapps.moc"
