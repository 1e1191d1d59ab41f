// SPDX-License-Identifier: GPL-3.0-or-later
#include "helper/store/memory.h"
#include "helper/store/store.h"
#include "tests/bench/atlas.h"
#include "tests/bench/flattable.h"
#include "tests/bench/questions.h"
#include "tests/bench/stopwatch.h"
#include "tests/bench/year.h"

#include <QCommandLineParser>
#include <QCoreApplication>
#include <QDir>
#include <QFile>
#include <QProcess>
#include <QSqlDatabase>
#include <QSqlError>
#include <QSqlQuery>
#include <QTemporaryDir>
#include <QTextStream>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <unistd.h>

/// A year of a desktop's traffic in the history: how large it is, and how long everything takes, held to limits;
/// beside it the plain design on the same data.
namespace {

using namespace bwt;
using namespace bwt::test;
using namespace std::chrono_literals;

constexpr std::int64_t minuteMs = 60'000;
constexpr std::int64_t hourMs = 60 * minuteMs;
constexpr std::int64_t dayMs = 24 * hourMs;
constexpr double bytesInMb = 1e6;
constexpr std::size_t leastRepetitions = 20;

[[noreturn]] void fail(const QString& what)
{
    std::fprintf(stderr, "\n%s\n", qPrintable(what));
    std::exit(EXIT_FAILURE);
}

template <typename T> T must(Result<T> result)
{
    if (!result)
        fail(result.error().detail);
    if constexpr (!std::is_void_v<T>)
        return std::move(*result);
}

/// Where one database lies, and whether it is whole.
class Folder {
public:
    Folder(const QString& directory, const QString& name, const QString& identity)
        : m_path(directory + QLatin1Char('/') + name)
        , m_identity(identity.toUtf8() + '\n')
    {
    }

    [[nodiscard]] const QString& path() const { return m_path; }
    /// What was said on completing it; nothing where it isn't, or is of another year.
    [[nodiscard]] std::optional<QString> completed() const
    {
        QFile file(markerPath());
        if (!file.open(QIODevice::ReadOnly))
            return {};
        const QByteArray text = file.readAll();
        return text.startsWith(m_identity) ? std::optional(QString::fromUtf8(text.mid(m_identity.size())))
                                           : std::nullopt;
    }
    void beginAnew() const
    {
        QDir(m_path).removeRecursively();
        if (!QDir().mkpath(m_path))
            fail(QStringLiteral("no directory ") + m_path);
    }
    void complete(const QString& words) const
    {
        QFile file(markerPath());
        if (!file.open(QIODevice::WriteOnly) || file.write(m_identity + words.toUtf8()) < 0)
            fail(file.errorString());
    }
    [[nodiscard]] double megabytes() const
    {
        qint64 bytes = 0;
        const QStringList names{QStringLiteral("*.db*")};
        for (const QFileInfo& file : QDir(m_path).entryInfoList(names, QDir::Files))
            bytes += file.size();
        return static_cast<double>(bytes) / bytesInMb;
    }

private:
    [[nodiscard]] QString markerPath() const { return m_path + QStringLiteral("/complete"); }

    QString m_path;
    QByteArray m_identity;
};

/// Tells people at a terminal how far a long work is.
class Progress {
public:
    Progress(const char* what, const YearOptions& options)
        : m_what(what)
        , m_options(options)
    {
    }
    ~Progress()
    {
        if (m_isSeen)
            std::fprintf(stderr, "\r\033[K");
    }
    void day(std::int64_t untilMs) const
    {
        if (m_isSeen)
            std::fprintf(stderr, "\r%s: day %lld of %d", m_what,
                static_cast<long long>((untilMs - m_options.sinceMs) / dayMs), m_options.days);
    }
    [[nodiscard]] QString took() const
    {
        return QStringLiteral("%1 s of processor time, %2 s")
            .arg((processorMs() - m_processorMs) / 1e3, 0, 'f', 1)
            .arg((wallMs() - m_wallMs) / 1e3, 0, 'f', 1);
    }

private:
    const char* m_what;
    const YearOptions& m_options;
    const bool m_isSeen = isatty(STDERR_FILENO) == 1;
    const double m_processorMs = processorMs();
    const double m_wallMs = wallMs();
};

/// As the helper does after each commit; where an hour comes at once there is more to do.
void rollUp(Store& store)
{
    while (must(store.rollUp(20ms))) { }
}

/// Records the year as the helper would.
QString build(const Folder& place, const YearOptions& options)
{
    place.beginAnew();
    const Progress progress("history", options);
    const auto store = must(Store::open(place.path(), Store::Mode::Writer));
    Year year(options);
    Timings minutes;
    QString bootId;
    while (const Snapshot* snapshot = year.next()) {
        if (bootId != snapshot->set.bootId) {
            bootId = snapshot->set.bootId;
            must(store->bootTimeMs(bootId, year.bootMs()));
        }
        const auto record = [&] {
            must(store->insert(*snapshot));
            rollUp(*store);
        };
        if (snapshot->untilMs - snapshot->sinceMs == minuteMs)
            minutes.time({}, record);
        else
            record();
        if (snapshot->untilMs % dayMs == 0) {
            must(store->cleanup(Retention(), snapshot->untilMs));
            progress.day(snapshot->untilMs);
        }
    }
    return QStringLiteral("%1; of that each minute with its roll-up %2 ms median, %3 ms p95")
        .arg(progress.took())
        .arg(minutes.median(), 0, 'f', 1)
        .arg(minutes.p95(), 0, 'f', 1);
}

/// The same year, with minutes for as long as the history has them with remotes.
QString buildFlat(const Folder& place, YearOptions options)
{
    place.beginAnew();
    options.minuteDays = static_cast<int>(Retention().minutes.count());
    const Progress progress("flat table", options);
    FlatTable table(place.path() + QStringLiteral("/flat.db"));
    Year year(options);
    while (const Snapshot* snapshot = year.next()) {
        const bool isHour = snapshot->untilMs <= year.untilMs() - options.minuteDays * dayMs;
        table.add(*snapshot, year.growth(), isHour ? hourMs : minuteMs);
        if (snapshot->untilMs % dayMs == 0) {
            table.commit();
            progress.day(snapshot->untilMs);
        }
    }
    return progress.took();
}

/// Into the kernel's page cache.
void warm(const Folder& place)
{
    for (const QFileInfo& info : QDir(place.path()).entryInfoList({QStringLiteral("*.db")}, QDir::Files)) {
        QFile file(info.filePath());
        if (!file.open(QIODevice::ReadOnly))
            fail(file.errorString());
        constexpr qint64 piece = 1 << 20;
        while (!file.read(piece).isEmpty()) { }
    }
}

/// How long a set's questions took, in all and by what they ask for.
struct Answers {
    Timings all;
    std::vector<std::pair<QString, Timings>> parts{}; ///< in the order in which they first come

    void take(const QString& part, const Timings& one)
    {
        all.add(one);
        const auto found = std::ranges::find(parts, part, &std::pair<QString, Timings>::first);
        (found != parts.end() ? found->second : parts.emplace_back(part, Timings()).second).add(one);
    }
    /// Empty where nothing of it was asked.
    [[nodiscard]] Timings of(const QString& part) const
    {
        const auto found = std::ranges::find(parts, part, &std::pair<QString, Timings>::first);
        return found != parts.end() ? found->second : Timings();
    }
};

enum class Detail : std::uint8_t { Usual, Verbose };

/// The table that is printed: what something takes, beside the flat table's and the limit.
class Report {
public:
    explicit Report(Detail detail)
        : m_detail(detail)
    {
        std::printf("%-28s | %9s %9s %9s | %9s %9s | %8s |\n", "", "ours", "p95", "p95 wall", "flat", "p95", "limit");
    }
    void times(const QString& what, const Answers& ours, const Answers& flat, double limitMs)
    {
        times(what, ours.all, flat.all, limitMs);
        if (m_detail == Detail::Usual)
            return;
        for (const auto& [name, timings] : ours.parts) {
            const Timings beside = flat.of(name);
            cells(QStringLiteral("  ") + name,
                {ms(timings, timings.median()), ms(timings, timings.p95()), ms(timings, timings.wallP95())},
                {ms(beside, beside.median()), ms(beside, beside.p95())}, {}, {});
        }
    }
    void times(const QString& what, const Timings& ours, const Timings& flat, double limitMs)
    {
        const QString slowest = ours.slowest().isEmpty() ? QString() : QStringLiteral(" slowest: ") + ours.slowest();
        line(what, {ms(ours, ours.median()), ms(ours, ours.p95()), ms(ours, ours.wallP95())},
            {ms(flat, flat.median()), ms(flat, flat.p95())}, QStringLiteral("%1 ms").arg(limitMs),
            !ours.isEmpty() && ours.p95() <= limitMs, slowest);
    }
    void size(const QString& what, double ours, std::optional<double> flat, double limit)
    {
        line(what, {mb(ours), {}, {}}, {flat ? mb(*flat) : QString(), {}}, QStringLiteral("%1 MB").arg(limit),
            ours <= limit, {});
    }
    [[nodiscard]] bool isMet() const { return m_isMet; }

private:
    static QString ms(const Timings& timings, double value)
    {
        return timings.isEmpty() ? QStringLiteral("-") : QStringLiteral("%1 ms").arg(value, 0, 'f', 1);
    }
    static QString mb(double value) { return QStringLiteral("%1 MB").arg(value, 0, 'f', 1); }
    void line(const QString& what, const std::array<QString, 3>& ours, const std::array<QString, 2>& flat,
        const QString& limit, bool isMet, const QString& note)
    {
        m_isMet = m_isMet && isMet;
        cells(what, ours, flat, limit, (isMet ? QStringLiteral("met") : QStringLiteral("NOT MET")) + note);
    }
    static void cells(const QString& what, const std::array<QString, 3>& ours, const std::array<QString, 2>& flat,
        const QString& limit, const QString& note)
    {
        std::printf("%-28s | %9s %9s %9s | %9s %9s | %8s | %s\n", qPrintable(what), qPrintable(ours[0]),
            qPrintable(ours[1]), qPrintable(ours[2]), qPrintable(flat[0]), qPrintable(flat[1]), qPrintable(limit),
            qPrintable(note));
    }

    Detail m_detail;
    bool m_isMet = true;
};

/// Each question to a reader of its own, which nothing has asked before.
Answers ask(const Folder& place, const QuestionSet& set, const PlaceFiles& places)
{
    Answers answers;
    for (const Question& question : set.questions) {
        const auto store = must(Store::open(place.path(), Store::Mode::Reader));
        store->setPlaces(places);
        Timings one;
        one.time(question.name, [&] { must(question.ask(*store)); });
        answers.take(question.part, one);
    }
    return answers;
}

/// As often as fits into some seconds, since it may take minutes.
Answers ask(FlatTable* flat, const QuestionSet& set)
{
    constexpr double mostMs = 20'000;
    Answers answers;
    for (const Question& question : set.questions) {
        if (flat == nullptr || !question.askFlat || answers.all.spentMs() >= mostMs)
            continue;
        Timings one;
        one.time(question.name, [&] { question.askFlat(*flat); });
        answers.take(question.part, one);
    }
    return answers;
}

/// The year's last snapshot; by hours, since all counters are then the same as by minutes.
Snapshot lastSnapshot(YearOptions options)
{
    options.minuteDays = 0;
    Year year(options);
    Snapshot last;
    for (const Snapshot* snapshot = year.next(); snapshot != nullptr; snapshot = year.next()) {
        if (snapshot->untilMs == year.untilMs())
            last = *snapshot;
    }
    last.events.clear();
    return last;
}

bool areOfOneRow(const Flow& one, const Flow& other)
{
    return one.key.process() == other.key.process() && one.key.remote == other.key.remote
        && one.key.protocol == other.key.protocol && one.key.service == other.key.service;
}

/// Where each {process, remote, protocol, service} begins; sums are none, since they grow no more.
std::vector<std::size_t> rowsOf(const Snapshot& snapshot)
{
    const std::vector<Flow>& flows = snapshot.flows;
    std::vector<std::size_t> rows;
    for (std::size_t i = 0; i < flows.size(); ++i) {
        if (flows[i].key.folded == 0 && (i == 0 || !areOfOneRow(flows[i - 1], flows[i])))
            rows.push_back(i);
    }
    return rows;
}

void passMinute(Snapshot& snapshot)
{
    snapshot.sinceMs = snapshot.untilMs;
    snapshot.untilMs += minuteMs;
    snapshot.bootNs += static_cast<std::uint64_t>(minuteMs) * 1'000'000;
}

/// Another minute, in which a program for sharing files meets so many hosts that there are as many rows as wanted:
/// the desktop itself has some hundreds in a minute.
void addRows(Snapshot& snapshot, std::size_t wanted)
{
    constexpr std::uint32_t firstStranger = 2'000'000; // past what anybody else meets
    const auto peer = std::ranges::find(snapshot.processes, QStringLiteral("transmission-gtk"), &Process::name);
    if (peer == snapshot.processes.end())
        fail(QStringLiteral("nobody shares files"));
    const std::size_t there = rowsOf(snapshot).size();
    Flow flow;
    flow.key.pid = peer->id.pid;
    flow.key.startNs = peer->id.startNs;
    flow.key.netns = snapshot.netns;
    flow.key.protocol = ip::tcp;
    flow.bytes = flow.calls = 1;
    flow.process = static_cast<std::uint32_t>(peer - snapshot.processes.begin());
    for (std::size_t i = there; i < wanted; ++i) {
        flow.key.remote = hostOf(static_cast<std::uint32_t>(firstStranger + i)).address;
        for (const Direction direction : {Direction::Tx, Direction::Rx}) {
            flow.key.direction = direction;
            for (const Measure measure : {Measure::Program, Measure::Wire}) {
                flow.key.measure = measure;
                flow.key.ifindex = measure == Measure::Wire ? snapshot.books.front().index : 0;
                snapshot.flows.push_back(flow);
            }
        }
    }
    std::ranges::sort(snapshot.flows, {}, &Flow::key);
    passMinute(snapshot);
}

/// Another minute, in which some rows grow, with all their counters.
void growRows(Snapshot& snapshot, Dice& dice, std::size_t count)
{
    constexpr std::uint64_t bytes = 10'000;
    constexpr std::uint64_t calls = 9;
    std::vector<std::size_t> rows = rowsOf(snapshot);
    for (std::size_t i = 0; i < count; ++i)
        std::swap(rows[i], rows[i + dice.below(static_cast<std::uint32_t>(rows.size() - i))]);
    for (std::size_t i = 0; i < count; ++i) {
        for (std::size_t at = rows[i]; at < snapshot.flows.size(); ++at) {
            if (at > rows[i] && !areOfOneRow(snapshot.flows[at - 1], snapshot.flows[at]))
                break;
            snapshot.flows[at].bytes += bytes + dice.below(bytes);
            snapshot.flows[at].calls += calls;
        }
    }
    passMinute(snapshot);
}

constexpr std::size_t changedRows = 10'000;

/// On a copy: it would grow from run to run.
Timings write(const Folder& place, const QString& directory, Snapshot snapshot)
{
    const Folder copy(directory, QStringLiteral("copy"), {});
    copy.beginAnew();
    if (!QFile::copy(place.path() + QStringLiteral("/history.db"), copy.path() + QStringLiteral("/history.db")))
        fail(QStringLiteral("no copy in ") + copy.path());
    Timings timings;
    {
        const auto store = must(Store::open(copy.path(), Store::Mode::Writer));
        addRows(snapshot, changedRows);
        must(store->insert(snapshot));
        rollUp(*store);
        Dice dice(1);
        for (std::size_t i = 0; i < 2 * leastRepetitions; ++i) {
            growRows(snapshot, dice, changedRows);
            timings.time({}, [&] { must(store->insert(snapshot)); });
            rollUp(*store);
        }
    }
    QDir(copy.path()).removeRecursively();
    return timings;
}

Timings writeFlat(FlatTable* flat, std::int64_t endMs)
{
    Timings timings;
    for (std::size_t i = 0; flat != nullptr && i < leastRepetitions; ++i)
        timings.time({}, [&] { flat->writeRows(changedRows, endMs + static_cast<std::int64_t>(i) * minuteMs); });
    if (flat != nullptr)
        flat->removeFrom(endMs);
    return timings;
}

HistoryQuery lastDay(std::int64_t endMs)
{
    HistoryQuery query;
    query.sinceMs = endMs - dayMs;
    query.untilMs = endMs;
    query.by = {Dimension::App};
    query.limit = 50;
    return query;
}

Timings start(const Folder& place, const CounterSet& set, std::int64_t endMs)
{
    Timings timings;
    for (std::size_t i = 0; i < leastRepetitions; ++i) {
        timings.time({}, [&] {
            const auto store = must(Store::open(place.path(), Store::Mode::Writer));
            if (!must(store->past(set)))
                fail(QStringLiteral("the history doesn't know its last set of counters"));
            must(store->top(lastDay(endMs)));
        });
    }
    return timings;
}

Timings startFlat(const Folder& place, bool isThere, std::int64_t endMs)
{
    Timings timings;
    for (std::size_t i = 0; isThere && i < leastRepetitions; ++i) {
        timings.time({}, [&] {
            FlatTable flat(place.path() + QStringLiteral("/flat.db"));
            flat.top(endMs - dayMs, endMs, QStringLiteral("exe"), QStringLiteral("1"), 50);
        });
    }
    return timings;
}

/// A number of kB out of /proc/self/status, in MB.
double memoryMb(const QByteArray& field)
{
    QFile file(QStringLiteral("/proc/self/status"));
    if (!file.open(QIODevice::ReadOnly))
        fail(file.errorString());
    for (const QByteArray& line : file.readAll().split('\n')) {
        if (line.startsWith(field))
            return line.mid(field.size()).trimmed().split(' ').front().toDouble() * 1024 / bytesInMb;
    }
    fail(QStringLiteral("no memory is told"));
}

struct MemoryGrowth {
    double resident = 0;
    double peak = 0;
};

/// Gives an empty history the counters of another one.
void copyCounters(const QString& from, const QString& to)
{
    const QString name = QStringLiteral("counters");
    {
        QSqlDatabase database = QSqlDatabase::addDatabase(QStringLiteral("QSQLITE"), name);
        database.setDatabaseName(to + QStringLiteral("/history.db"));
        if (!database.open())
            fail(database.lastError().text());
        for (const QString& sql : {QStringLiteral("ATTACH '%1/history.db' AS year").arg(from),
                 QStringLiteral("INSERT INTO counter_set SELECT * FROM year.counter_set"),
                 QStringLiteral("INSERT INTO baseline SELECT * FROM year.baseline")}) {
            if (QSqlQuery query(database); !query.exec(sql))
                fail(query.lastError().text());
        }
    }
    QSqlDatabase::removeDatabase(name);
}

/// A helper that has begun.
std::unique_ptr<Store> begun(const QString& directory, const CounterSet& set)
{
    auto writer = must(Store::open(directory, Store::Mode::Writer));
    must(writer->past(set));
    return writer;
}

/// What the year and all questions about it make of a process that had an empty history and the same counters.
MemoryGrowth growMemory(const Folder& place, std::int64_t beginMs, std::int64_t endMs, const CounterSet& set)
{
    const std::vector<QuestionSet> sets = openings(beginMs, endMs); // these are ours, not a helper's
    const QTemporaryDir empty;
    const PlaceFiles atlas = must(makeAtlas(empty.path()));
    must(Store::open(empty.path(), Store::Mode::Writer));
    copyCounters(place.path(), empty.path());
    auto writer = begun(empty.path(), set);
    must(must(Store::open(empty.path(), Store::Mode::Reader))->top(lastDay(endMs)));
    const double resident = memoryMb("VmRSS:");
    const double peak = memoryMb("VmHWM:");

    writer.reset();
    writer = begun(place.path(), set);
    const auto reader = must(Store::open(place.path(), Store::Mode::Reader));
    reader->setPlaces(atlas);
    const auto askAll = [&reader](const std::vector<QuestionSet>& all) {
        for (const QuestionSet& one : all) {
            for (const Question& question : one.questions)
                must(question.ask(*reader));
        }
    };
    askAll(sets);
    askAll(placings(beginMs, endMs));
    askAll(must(filters(*reader, beginMs, endMs)));
    return {memoryMb("VmRSS:") - resident, memoryMb("VmHWM:") - peak};
}

/// In a process of its own.
MemoryGrowth measureMemory(const QStringList& arguments, const CounterSet& set)
{
    QProcess process;
    process.setProcessChannelMode(QProcess::ForwardedErrorChannel);
    process.start(QCoreApplication::applicationFilePath(),
        arguments + QStringList{QStringLiteral("--memory"), set.bootId + QLatin1Char('/') + set.id});
    if (!process.waitForFinished(-1) || process.exitStatus() != QProcess::NormalExit || process.exitCode() != 0)
        fail(QStringLiteral("memory was not measured"));
    const QList<QByteArray> numbers = process.readAllStandardOutput().trimmed().split(' ');
    if (numbers.size() != 2)
        fail(QStringLiteral("memory was not measured"));
    return {numbers[0].toDouble(), numbers[1].toDouble()};
}

struct Arguments {
    YearOptions year;
    QString directory; ///< empty for a temporary one
    bool hasFlat = false;
    bool checks = false;
    Detail detail = Detail::Usual;
    std::optional<CounterSet> memoryOf; ///< this process only measures its memory
};

Arguments readArguments(const QCoreApplication& application)
{
    QCommandLineParser parser;
    const QCommandLineOption directory(QStringLiteral("dir"),
        QStringLiteral(
            "Keep the databases in DIR, and use those that are complete there. Delete it when the store has "
            "changed."),
        QStringLiteral("DIR"));
    const QCommandLineOption days(
        QStringLiteral("days"), QStringLiteral("So many days instead of 365."), QStringLiteral("N"));
    const QCommandLineOption minuteDays(QStringLiteral("minute-days"),
        QStringLiteral("So many of them by minutes instead of 31: quicker, and less than the history holds."),
        QStringLiteral("N"));
    const QCommandLineOption flat(
        QStringLiteral("flat"), QStringLiteral("Measure the plain design, too: one flat table."));
    const QCommandLineOption check(QStringLiteral("check"), QStringLiteral("Exit with 1 where a limit is not met."));
    const QCommandLineOption verbose(QStringLiteral("verbose"),
        QStringLiteral("Print the file's size by table, and each set of questions by what they ask for, too."));
    QCommandLineOption memory(QStringLiteral("memory"), {}, QStringLiteral("BOOT/SET"));
    memory.setFlags(QCommandLineOption::HiddenFromHelp);
    parser.addHelpOption();
    parser.addOptions({directory, days, minuteDays, flat, check, verbose, memory});
    parser.process(application);

    Arguments arguments;
    arguments.directory = parser.value(directory);
    arguments.hasFlat = parser.isSet(flat);
    arguments.checks = parser.isSet(check);
    arguments.detail = parser.isSet(verbose) ? Detail::Verbose : Detail::Usual;
    YearOptions& year = arguments.year;
    const int count = parser.isSet(days) ? parser.value(days).toInt() : year.days;
    if (count < 2 || count > year.days)
        fail(QStringLiteral("--days takes 2 to %1").arg(year.days));
    year.sinceMs += (year.days - count) * dayMs; // the same end
    year.days = count;
    if (parser.isSet(minuteDays))
        year.minuteDays = parser.value(minuteDays).toInt();
    if (parser.isSet(memory)) {
        const QString set = parser.value(memory);
        arguments.memoryOf = CounterSet{set.section(QLatin1Char('/'), 0, 0), set.section(QLatin1Char('/'), 1)};
    }
    return arguments;
}

struct TableSize {
    QString table;
    double megabytes = 0;
    double indexes = 0; ///< of those
};

/// What of the file each table takes. Nothing where SQLite was not built to tell.
QList<TableSize> tableSizes(const Folder& place)
{
    QList<TableSize> sizes;
    const QString name = QStringLiteral("tables");
    {
        QSqlDatabase database = QSqlDatabase::addDatabase(QStringLiteral("QSQLITE"), name);
        database.setConnectOptions(QStringLiteral("QSQLITE_OPEN_READONLY"));
        database.setDatabaseName(place.path() + QStringLiteral("/history.db"));
        if (!database.open())
            fail(database.lastError().text());
        QSqlQuery query(database);
        const bool isTold = query.exec(QStringLiteral("SELECT tbl_name, sum(pgsize) AS bytes, sum(iif(type = "
                                                      "'index', pgsize, 0)) FROM dbstat JOIN sqlite_master "
                                                      "USING (name) GROUP BY tbl_name ORDER BY bytes DESC"));
        while (isTold && query.next())
            sizes.append({query.value(0).toString(), query.value(1).toDouble() / bytesInMb,
                query.value(2).toDouble() / bytesInMb});
    }
    QSqlDatabase::removeDatabase(name);
    return sizes;
}

/// What name servers said comes on top of what was counted.
double megabytesOfNames(const QList<TableSize>& sizes)
{
    double megabytes = 0;
    for (const TableSize& size : sizes)
        megabytes += size.table == QLatin1StringView("name") || size.table == QLatin1StringView("naming")
            ? size.megabytes
            : 0;
    return megabytes;
}

void print(const QList<TableSize>& sizes)
{
    for (const TableSize& size : sizes)
        std::printf("%-28s | %6.1f MB, indexes %6.1f MB\n", qPrintable(size.table), size.megabytes, size.indexes);
    std::printf("\n");
}

QString completed(const Folder& place, const std::function<QString()>& build)
{
    if (const auto before = place.completed())
        return *before + QStringLiteral(" (built before)");
    const QString took = build();
    place.complete(took);
    return took;
}

} // namespace

int main(int argc, char** argv)
{
    std::setvbuf(stdout, nullptr, _IOLBF, 0); // it takes minutes
    // Days are the store's and the window's local ones, here as everywhere.
    qputenv("TZ", "UTC");
    store::returnLargeMemory(); // as the helper does
    const QCoreApplication application(argc, argv);
    const Arguments arguments = readArguments(application);
    const QTemporaryDir temporary;
    const QString directory = arguments.directory.isEmpty() ? temporary.path() : arguments.directory;
    const YearOptions& options = arguments.year;
    const std::int64_t beginMs = options.sinceMs;
    const std::int64_t endMs = beginMs + options.days * dayMs;
    const QString identity = QStringLiteral("%1 days, %2 of them by minutes, of seed %3")
                                 .arg(options.days)
                                 .arg(options.minuteDays)
                                 .arg(options.seed);
    const Folder ours(directory, QStringLiteral("ours"), identity);
    const Folder flatPlace(directory, QStringLiteral("flat"), identity);
    if (arguments.memoryOf) {
        const MemoryGrowth growth = growMemory(ours, beginMs, endMs, *arguments.memoryOf);
        std::printf("%.1f %.1f\n", growth.resident, growth.peak);
        return EXIT_SUCCESS;
    }

    std::printf("%s\n", qPrintable(identity));
    std::printf("history built in %s\n", qPrintable(completed(ours, [&] { return build(ours, options); })));
    std::optional<FlatTable> flatTable;
    if (arguments.hasFlat) {
        std::printf("flat table built in %s\n",
            qPrintable(completed(flatPlace, [&] { return buildFlat(flatPlace, options); })));
        warm(flatPlace);
        flatTable.emplace(flatPlace.path() + QStringLiteral("/flat.db"));
    }
    FlatTable* flat = flatTable ? &*flatTable : nullptr;
    warm(ours);
    std::printf("Limits are held to the 95th percentile of processor time, which other programs don't change; files "
                "are in the page cache.\n\n");

    const QList<TableSize> sizes = tableSizes(ours);
    if (arguments.detail == Detail::Verbose)
        print(sizes);
    const double names = megabytesOfNames(sizes);
    Report report(arguments.detail);
    report.size(QStringLiteral("file, without names"), ours.megabytes() - names,
        flat != nullptr ? std::optional(flatPlace.megabytes()) : std::nullopt, 200);
    report.size(QStringLiteral("names of remotes"), names, {}, 10);
    const PlaceFiles places = must(makeAtlas(temporary.path()));
    for (const QuestionSet& set : openings(beginMs, endMs))
        report.times(set.name, ask(ours, set, places), ask(flat, set), set.limitMs);
    for (const QuestionSet& set : placings(beginMs, endMs))
        report.times(set.name, ask(ours, set, places), Answers(), set.limitMs);
    for (const QuestionSet& set : must(filters(*must(Store::open(ours.path(), Store::Mode::Reader)), beginMs, endMs)))
        report.times(set.name, ask(ours, set, places), ask(flat, set), set.limitMs);
    const Snapshot last = lastSnapshot(options);
    report.times(QStringLiteral("a minute of 10,000 rows"), write(ours, directory, last), writeFlat(flat, endMs), 50);
    report.times(
        QStringLiteral("start-up"), start(ours, last.set, endMs), startFlat(flatPlace, flat != nullptr, endMs), 200);
    QStringList same = application.arguments().mid(1);
    same.removeAll(QStringLiteral("--flat"));
    if (arguments.directory.isEmpty())
        same += {QStringLiteral("--dir"), directory};
    const MemoryGrowth growth = measureMemory(same, last.set);
    report.size(QStringLiteral("memory"), growth.resident, {}, 10);
    report.size(QStringLiteral("memory, at its peak"), growth.peak, {}, 10);
    return arguments.checks && !report.isMet() ? EXIT_FAILURE : EXIT_SUCCESS;
}
