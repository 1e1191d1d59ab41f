// SPDX-License-Identifier: GPL-3.0-or-later
#include "helper/service/exporter.h"

#include <QHash>
#include <QPointer>

#include <algorithm>
#include <mutex>
#include <optional>
#include <utility>

namespace bwt {

using namespace std::chrono_literals;

namespace {

constexpr int placesForOneUser = 2;
constexpr int placesInAll = 4;
constexpr std::chrono::milliseconds patience = 60s;

/// A part that has more rows is followed by a shorter one, and one that has few by a longer one.
constexpr qsizetype manyRows = 8'000;
constexpr qsizetype fewRows = 1'000;

/// How much of the range a part takes: from one bucket to as many as fit an answer with few rows.
struct Step {
    std::chrono::milliseconds least;
    std::chrono::milliseconds first;
    std::chrono::milliseconds most;
};

Step stepFor(Bucket bucket)
{
    switch (bucket.unit) {
    case Bucket::Minute:
        return {bucket.leastLength(), 10 * bucket.leastLength(), 24h * bucket.count};
    case Bucket::Hour:
        return {bucket.leastLength(), 4 * bucket.leastLength(), 24h * 31 * bucket.count};
    case Bucket::Day:
        return {24h, 24h * 7, 24h * 366};
    case Bucket::Month:
        break;
    }
    return {24h * 28, 24h * 31, 24h * 3660};
}

qsizetype rowsOf(const Series& series)
{
    qsizetype rows = 0;
    for (const SeriesBucket& bucket : series.buckets)
        rows += bucket.rows.size();
    return rows;
}

} // namespace

struct ExportQuota::Counts {
    std::mutex lock;
    QHash<quint32, int> byUser;
    int all = 0;
};

ExportQuota::ExportQuota()
    : m_counts(std::make_shared<Counts>())
{
}

ExportQuota::Place ExportQuota::take(quint32 uid)
{
    const std::scoped_lock held(m_counts->lock);
    if (m_counts->all >= placesInAll || m_counts->byUser.value(uid) >= placesForOneUser)
        return nullptr;
    ++m_counts->all;
    ++m_counts->byUser[uid];
    return {m_counts.get(), [counts = m_counts, uid](void*) {
                const std::scoped_lock held(counts->lock);
                --counts->all;
                if (--counts->byUser[uid] == 0)
                    counts->byUser.remove(uid);
            }};
}

/// One export under way.
class Exporter::Run : public QObject {
    Q_OBJECT
public:
    Run(Engine& engine, const Wish& wish, std::unique_ptr<ExportStream> stream, Engine::Reply<quint64> reply)
        : m_engine(engine)
        , m_wish(wish)
        , m_stream(std::move(stream))
        , m_text(std::make_shared<ExportText>(wish.format, wish.query.by))
        , m_reply(std::move(reply))
        , m_step(stepFor(wish.bucket).first)
    {
        m_wish.query.limit = 0;
        connect(m_stream.get(), &ExportStream::written, this, &Run::goOn);
        connect(m_stream.get(), &ExportStream::failed, this,
            [this](const Error& reason) { end(tl::unexpected(reason)); });
    }

    void start();

Q_SIGNALS:
    void ended();

private:
    /// What the next written() comes after.
    enum class Phase { Rows, End };

    void begin(const Series& last);
    void goOn();
    void take(Result<Series> part);
    void adapt(qsizetype rows);
    void end(const Result<quint64>& outcome);
    template <typename Then> void ask(const HistoryQuery& query, Then then);

    Engine& m_engine;
    Wish m_wish;
    std::unique_ptr<ExportStream> m_stream;
    std::shared_ptr<ExportText> m_text; ///< used in the stream's thread until that has written
    Engine::Reply<quint64> m_reply;
    std::chrono::milliseconds m_step;
    std::int64_t m_doneMs = 0; ///< what is before this has been written
    std::optional<Series> m_head; ///< until it is written, with the first part
    Phase m_phase = Phase::Rows;
};

template <typename Then> void Exporter::Run::ask(const HistoryQuery& query, Then then)
{
    m_engine.series(query, m_wish.bucket, [self = QPointer(this), then](Result<Series> answer) {
        if (self)
            then(std::move(answer));
    });
}

/// The end of the range first: what was counted until now is stored for it, and it tells how far the range is widened
/// there, which a text with its head on top has to know.
void Exporter::Run::start()
{
    HistoryQuery last = m_wish.query;
    last.sinceMs = last.untilMs - 1;
    last.by = {};
    ask(last, [this](const Result<Series>& answer) {
        if (answer)
            begin(*answer);
        else
            end(tl::unexpected(answer.error()));
    });
}

void Exporter::Run::begin(const Series& last)
{
    const qint64 historySinceMs = m_engine.status().historySinceMs;
    const HistoryQuery& query = m_wish.query;
    m_doneMs = historySinceMs == 0 ? query.untilMs : std::max<std::int64_t>(query.sinceMs, historySinceMs);
    Series head;
    head.sinceMs = query.sinceMs;
    head.untilMs = query.untilMs;
    head.backend = last.backend;
    head.coversFromMs = head.coversToMs = last.coversToMs;
    m_head = head;
    goOn();
}

void Exporter::Run::goOn()
{
    if (m_phase == Phase::End) {
        end(m_text->count());
        return;
    }
    if (m_doneMs >= m_wish.query.untilMs) {
        m_phase = Phase::End;
        m_stream->write([text = m_text, head = std::exchange(m_head, std::nullopt)]() -> QByteArray {
            return (head ? text->begin(*head) : QByteArray()) + text->end();
        });
        return;
    }
    HistoryQuery part = m_wish.query;
    part.sinceMs = m_doneMs;
    part.untilMs = std::min<std::int64_t>(m_doneMs + m_step.count(), part.untilMs);
    ask(part, [this](Result<Series> answer) { take(std::move(answer)); });
}

void Exporter::Run::take(Result<Series> part)
{
    if (!part) {
        const bool isTooLarge = part.error().code == ErrorCode::LimitExceeded;
        if (!isTooLarge || m_step <= stepFor(m_wish.bucket).least) {
            end(tl::unexpected(part.error()));
            return;
        }
        adapt(manyRows + 1);
        goOn();
        return;
    }
    adapt(rowsOf(*part));
    if (m_head)
        m_head->coversFromMs = part->coversFromMs;
    else // minutes that became hours meanwhile reach back to what has been written
        part->buckets.removeIf([this](const SeriesBucket& bucket) { return bucket.startMs < m_doneMs; });
    m_doneMs = part->coversToMs;
    m_stream->write(
        [text = m_text, head = std::exchange(m_head, std::nullopt), part = std::move(*part)]() -> QByteArray {
            return (head ? text->begin(*head) : QByteArray()) + text->rows(part);
        });
}

void Exporter::Run::adapt(qsizetype rows)
{
    const Step step = stepFor(m_wish.bucket);
    if (rows > manyRows)
        m_step = std::max(m_step / 2, step.least);
    else if (rows < fewRows)
        m_step = std::min(m_step * 2, step.most);
}

void Exporter::Run::end(const Result<quint64>& outcome)
{
    m_reply(outcome);
    Q_EMIT ended();
}

Exporter::Exporter(Engine& engine)
    : m_engine(engine)
{
}

Exporter::~Exporter() = default;

void Exporter::begin(quint32 uid, const Wish& wish, int fd, Engine::Reply<quint64> reply)
{
    auto place = m_quota.take(uid);
    if (!place) {
        reply(failure(ErrorCode::LimitExceeded, QStringLiteral("too many exports at once")));
        return;
    }
    auto stream = ExportStream::open(fd, patience, std::move(place));
    if (!stream) {
        reply(tl::unexpected(stream.error()));
        return;
    }
    Run* const run
        = m_runs.emplace_back(std::make_unique<Run>(m_engine, wish, std::move(*stream), std::move(reply))).get();
    const auto forget = [this, run] { std::erase_if(m_runs, [run](const auto& one) { return one.get() == run; }); };
    connect(run, &Run::ended, this, forget, Qt::QueuedConnection); // not from within what it has just called
    run->start();
}

} // namespace bwt

#include "exporter.moc"
