// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "helper/service/engine.h"
#include "helper/service/exportstream.h"
#include "helper/service/exporttext.h"

#include <QObject>

#include <memory>
#include <vector>

namespace bwt {

/// How many exports may be under way: 2 of one user, 4 in all. A place may be given back in any thread.
class ExportQuota {
public:
    using Place = std::shared_ptr<void>;

    ExportQuota();
    /// Null when there is none left.
    [[nodiscard]] Place take(quint32 uid);

private:
    struct Counts;
    std::shared_ptr<Counts> m_counts;
};

/// The history of a range, written to descriptors that callers hand in: a short part of the range is read, and
/// written, and then the next one, so that other questions go between and one part is held in memory at a time.
class Exporter : public QObject {
    Q_OBJECT
public:
    explicit Exporter(Engine& engine);
    ~Exporter() override;

    struct Wish {
        HistoryQuery query; ///< its limit does not matter
        Bucket bucket = Bucket::Minute;
        ExportFormat format = ExportFormat::Csv;
    };
    /// Answers at the end with the number of rows, also where that came early; never after the exporter is gone.
    void begin(quint32 uid, const Wish& wish, int fd, Engine::Reply<quint64> reply);

private:
    class Run;

    Engine& m_engine;
    ExportQuota m_quota;
    std::vector<std::unique_ptr<Run>> m_runs;
};

} // namespace bwt
