// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/bench/year.h"

#include <QSqlDatabase>
#include <QString>

#include <memory>

class QSqlQuery;

namespace bwt::test {

/// The plain design, to compare with: one table with one row for each {interval, process, protocol, remote}, an index
/// on the time, and sums by SQL. Ends the program where SQLite fails, since then there is nothing to compare.
class FlatTable {
public:
    /// `path` is made where there is none.
    explicit FlatTable(const QString& path);
    ~FlatTable();
    FlatTable(const FlatTable&) = delete;
    FlatTable& operator=(const FlatTable&) = delete;

    /// Adds what a step brought, under the beginning of its minute or hour. Until commit() it is one transaction.
    void add(const Snapshot& snapshot, const std::vector<Year::Growth>& growth, std::int64_t bucketMs);
    void commit();

    /// The columns that rows are grouped by, and a condition; both are SQL. Reads all rows, and keeps none.
    void top(std::int64_t sinceMs, std::int64_t untilMs, const QString& by, const QString& where, quint32 limit);
    void series(
        std::int64_t sinceMs, std::int64_t untilMs, std::int64_t bucketMs, const QString& by, const QString& where);
    /// So many new rows in one transaction.
    void writeRows(int count, std::int64_t atMs);
    void removeFrom(std::int64_t atMs);

private:
    void run(const QString& sql);
    void read(QSqlQuery& query, std::int64_t sinceMs, std::int64_t untilMs);
    void insert(std::int64_t second, const Process& process, const FlowKey& key, const Exchange& moved);

    QString m_name;
    QSqlDatabase m_database;
    std::unique_ptr<QSqlQuery> m_insert;
    bool m_isOpen = false; ///< a transaction
};

} // namespace bwt::test
