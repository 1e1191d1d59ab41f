// SPDX-License-Identifier: GPL-3.0-or-later
#include "dbus/row.h"

#include "dbus/appentry.h"
#include "dbus/event.h"
#include "dbus/settingentry.h"

#include <QDBusMetaType>

#include <algorithm>
#include <array>
#include <functional>
#include <limits>

namespace bwt {

namespace {

struct NamedDimension {
    Dimension dimension;
    QLatin1StringView name;
};

constexpr std::array namedDimensions{
    NamedDimension{Dimension::Process, QLatin1StringView("process")},
    NamedDimension{Dimension::App, QLatin1StringView("app")},
    NamedDimension{Dimension::User, QLatin1StringView("user")},
    NamedDimension{Dimension::Protocol, QLatin1StringView("protocol")},
    NamedDimension{Dimension::Service, QLatin1StringView("service")},
    NamedDimension{Dimension::Remote, QLatin1StringView("remote")},
    NamedDimension{Dimension::Direction, QLatin1StringView("direction")},
    NamedDimension{Dimension::Scope, QLatin1StringView("scope")},
    NamedDimension{Dimension::Network, QLatin1StringView("network")},
    NamedDimension{Dimension::Country, QLatin1StringView("country")},
    NamedDimension{Dimension::Asn, QLatin1StringView("asn")},
};

// D-Bus has no null. A struct that may hold unknown fields begins with a mask of the known ones, in the order of
// the fields; both sides walk that order, so that it is written down once, in visitKeys() and visitNumbers().

template <typename Numbers, typename Visitor> void visitNumbers(Numbers& numbers, Visitor&& visit)
{
    visit(numbers.txBytes);
    visit(numbers.rxBytes);
    visit(numbers.txCalls);
    visit(numbers.rxCalls);
    visit(numbers.txPackets);
    visit(numbers.rxPackets);
    visit(numbers.txWireBytes);
    visit(numbers.rxWireBytes);
    visit(numbers.txRate);
    visit(numbers.rxRate);
    visit(numbers.firstSeenMs);
    visit(numbers.lastSeenMs);
}

template <typename Row, typename Visitor> void visitKeys(Row& row, Visitor&& visit)
{
    visit(row.pid);
    visit(row.startTimeMs);
    visit(row.processName);
    visit(row.exe);
    visit(row.appId);
    visit(row.appName);
    visit(row.uid);
    visit(row.userName);
    visit(row.protocol);
    visit(row.service);
    visit(row.remoteIp);
    visit(row.remoteName);
    visit(row.direction);
    visit(row.scope);
    visit(row.network);
    visit(row.country);
    visit(row.asn);
    visit(row.asName);
}

bool isKnown(quint64)
{
    return true;
}
bool isKnown(const QString& text)
{
    return !text.isNull();
}
template <typename T> bool isKnown(const std::optional<T>& value)
{
    return value.has_value();
}

/// Collects the mask of known fields.
class MaskBuilder {
public:
    template <typename Field> void operator()(const Field& field)
    {
        if (isKnown(field))
            m_mask |= 1U << m_index;
        ++m_index;
    }
    [[nodiscard]] quint32 mask() const { return m_mask; }

private:
    quint32 m_mask = 0;
    quint32 m_index = 0;
};

constexpr qint64 mostPadding = 7;

/// At most: UTF-8 makes three bytes of a UTF-16 code unit, or fewer.
qint64 bytesOnBus(const QString& text)
{
    qint64 bytes = 4 + 1 + mostPadding; // its length, its end
    for (const QChar unit : text)
        bytes += unit.unicode() < 0x80 ? 1 : 3;
    return bytes;
}

/// Adds up fields; each number takes the room of the largest.
class SizeCounter {
public:
    template <typename Number> void operator()(const Number&) { m_bytes += 8; }
    void operator()(const QString& text) { m_bytes += bytesOnBus(text); }
    [[nodiscard]] qint64 bytes() const { return m_bytes; }

private:
    qint64 m_bytes = 0;
};

constexpr qint64 headBytes = 5 * 8 + mostPadding; // of a Frame or a Series, without the backend's name

class FieldWriter {
public:
    explicit FieldWriter(QDBusArgument& out)
        : m_out(out)
    {
    }
    void operator()(quint64 value) { m_out << qulonglong(value); }
    void operator()(const QString& text) { m_out << (text.isNull() ? QLatin1String("") : text); }
    void operator()(const std::optional<quint32>& value) { m_out << uint(value.value_or(0)); }
    void operator()(const std::optional<quint64>& value) { m_out << qulonglong(value.value_or(0)); }
    void operator()(const std::optional<qint64>& value) { m_out << qulonglong(value.value_or(0)); }

private:
    QDBusArgument& m_out;
};

class FieldReader {
public:
    FieldReader(const QDBusArgument& in, quint32 known)
        : m_in(in)
        , m_known(known)
    {
    }
    void operator()(quint64& value)
    {
        qulonglong wire = 0;
        m_in >> wire;
        value = wire;
        nextIsKnown();
    }
    void operator()(QString& text)
    {
        m_in >> text;
        if (!nextIsKnown())
            text = QString();
        else if (text.isNull())
            text = QLatin1String("");
    }
    template <typename T> void operator()(std::optional<T>& value)
    {
        std::conditional_t<sizeof(T) == 4, uint, qulonglong> wire = 0;
        m_in >> wire;
        value = nextIsKnown() ? std::optional<T>(static_cast<T>(wire)) : std::nullopt;
    }

private:
    bool nextIsKnown()
    {
        const bool known = (m_known & 1U) != 0;
        m_known >>= 1;
        return known;
    }

    const QDBusArgument& m_in;
    quint32 m_known;
};

void writeTime(QDBusArgument& out, qint64 ms)
{
    out << qulonglong(ms);
}

void readTime(const QDBusArgument& in, qint64& ms)
{
    qulonglong wire = 0;
    in >> wire;
    ms = static_cast<qint64>(wire);
}

void readCount(const QDBusArgument& in, quint64& count)
{
    qulonglong wire = 0;
    in >> wire;
    count = wire;
}

template <typename T, typename Combine>
void combine(std::optional<T>& sum, const std::optional<T>& more, const Combine& how)
{
    if (more)
        sum = sum ? how(*sum, *more) : *more;
}

/// A sum of a kind that only a newer helper knows is no row to look into.
RowKind kindFrom(uchar wire)
{
    return wire <= uchar(RowKind::Rest) ? RowKind(wire) : RowKind::Rest;
}

constexpr qlonglong anyUid = -1;

/// A number that is no uid narrows to one that nobody has: a filter that is wrong must not show more.
std::optional<quint32> uidFrom(qlonglong wire)
{
    if (wire == anyUid)
        return std::nullopt;
    constexpr auto nobodys = std::numeric_limits<quint32>::max();
    return wire >= 0 && wire < nobodys ? static_cast<quint32>(wire) : nobodys;
}

/// What Frame and Series begin with.
template <typename Answer> void writeHead(QDBusArgument& out, const Answer& answer)
{
    writeTime(out, answer.sinceMs);
    writeTime(out, answer.untilMs);
    writeTime(out, answer.coversFromMs);
    writeTime(out, answer.coversToMs);
    out << answer.backend;
}

template <typename Answer> void readHead(const QDBusArgument& in, Answer& answer)
{
    readTime(in, answer.sinceMs);
    readTime(in, answer.untilMs);
    readTime(in, answer.coversFromMs);
    readTime(in, answer.coversToMs);
    in >> answer.backend;
}

} // namespace

Numbers& operator+=(Numbers& sum, const Numbers& more)
{
    sum.txBytes += more.txBytes;
    sum.rxBytes += more.rxBytes;
    sum.txCalls += more.txCalls;
    sum.rxCalls += more.rxCalls;
    combine(sum.txPackets, more.txPackets, std::plus());
    combine(sum.rxPackets, more.rxPackets, std::plus());
    combine(sum.txWireBytes, more.txWireBytes, std::plus());
    combine(sum.rxWireBytes, more.rxWireBytes, std::plus());
    combine(sum.txRate, more.txRate, std::plus());
    combine(sum.rxRate, more.rxRate, std::plus());
    combine(sum.firstSeenMs, more.firstSeenMs, std::ranges::min);
    combine(sum.lastSeenMs, more.lastSeenMs, std::ranges::max);
    return sum;
}

std::optional<Dimension> dimensionFromName(QStringView name)
{
    const auto* found
        = std::ranges::find_if(namedDimensions, [&](const NamedDimension& named) { return named.name == name; });
    if (found == namedDimensions.end())
        return std::nullopt;
    return found->dimension;
}

QString dimensionName(Dimension dimension)
{
    return namedDimensions.at(static_cast<std::size_t>(dimension)).name;
}

std::optional<Dimensions> dimensionsFromNames(const QStringList& names)
{
    Dimensions dimensions;
    for (const QString& name : names) {
        const auto dimension = dimensionFromName(name);
        if (!dimension)
            return std::nullopt;
        dimensions.insert(*dimension);
    }
    return dimensions;
}

QStringList dimensionNames(Dimensions dimensions)
{
    QStringList names;
    for (const NamedDimension& named : namedDimensions) {
        if (dimensions.has(named.dimension))
            names.append(named.name);
    }
    return names;
}

bool Filter::identifies() const
{
    return !process.isEmpty() || namesPid() || !app.isEmpty() || !remote.isEmpty() || uid.has_value()
        || !country.isEmpty() || asn != 0;
}

qint64 bytesOnBus(const Row& row)
{
    constexpr qint64 masksBytes = 3 * 8; // with the kind
    SizeCounter counter;
    visitKeys(row, counter);
    visitNumbers(row.numbers, counter);
    return mostPadding + masksBytes + counter.bytes();
}

qint64 bytesOnBus(const Frame& frame)
{
    qint64 bytes = headBytes + bytesOnBus(frame.backend);
    for (const Row& row : frame.rows)
        bytes += bytesOnBus(row);
    return bytes;
}

qint64 bytesOnBus(const Series& series)
{
    constexpr qint64 bucketBytes = 4 * 8;
    qint64 bytes = headBytes + bytesOnBus(series.backend);
    for (const SeriesBucket& bucket : series.buckets) {
        bytes += bucketBytes;
        for (const Row& row : bucket.rows)
            bytes += bytesOnBus(row);
    }
    return bytes;
}

void registerWireTypes()
{
    qDBusRegisterMetaType<Numbers>();
    qDBusRegisterMetaType<Row>();
    qDBusRegisterMetaType<QList<Row>>();
    qDBusRegisterMetaType<Frame>();
    qDBusRegisterMetaType<SeriesBucket>();
    qDBusRegisterMetaType<QList<SeriesBucket>>();
    qDBusRegisterMetaType<Series>();
    qDBusRegisterMetaType<Filter>();
    qDBusRegisterMetaType<HookReport>();
    qDBusRegisterMetaType<QList<HookReport>>();
    qDBusRegisterMetaType<BackendReport>();
    qDBusRegisterMetaType<QList<BackendReport>>();
    qDBusRegisterMetaType<Loss>();
    qDBusRegisterMetaType<QList<Loss>>();
    qDBusRegisterMetaType<BookSide>();
    qDBusRegisterMetaType<Book>();
    qDBusRegisterMetaType<QList<Book>>();
    qDBusRegisterMetaType<Network>();
    qDBusRegisterMetaType<NetworkList>();
    qDBusRegisterMetaType<PlaceSource>();
    qDBusRegisterMetaType<PlaceSources>();
    qDBusRegisterMetaType<Status>();
    qDBusRegisterMetaType<Event>();
    qDBusRegisterMetaType<AppEntry>();
    qDBusRegisterMetaType<AppList>();
    QMetaType::registerNormalizedTypedef("bwt::AppList", QMetaType::fromType<AppList>());
    qDBusRegisterMetaType<EventList>();
    qDBusRegisterMetaType<SettingEntry>();
    qDBusRegisterMetaType<SettingList>();
    QMetaType::registerNormalizedTypedef("bwt::SettingList", QMetaType::fromType<SettingList>());
    QMetaType::registerNormalizedTypedef("bwt::EventList", QMetaType::fromType<EventList>());
}

QDBusArgument& operator<<(QDBusArgument& out, const Numbers& value)
{
    MaskBuilder builder;
    visitNumbers(value, builder);
    out.beginStructure();
    out << builder.mask();
    visitNumbers(value, FieldWriter(out));
    out.endStructure();
    return out;
}

const QDBusArgument& operator>>(const QDBusArgument& in, Numbers& value)
{
    quint32 known = 0;
    in.beginStructure();
    in >> known;
    visitNumbers(value, FieldReader(in, known));
    in.endStructure();
    return in;
}

QDBusArgument& operator<<(QDBusArgument& out, const Row& value)
{
    MaskBuilder builder;
    visitKeys(value, builder);
    out.beginStructure();
    out << uchar(value.kind) << builder.mask();
    visitKeys(value, FieldWriter(out));
    out << value.numbers;
    out.endStructure();
    return out;
}

const QDBusArgument& operator>>(const QDBusArgument& in, Row& value)
{
    quint32 known = 0;
    in.beginStructure();
    uchar kind = 0;
    in >> kind >> known;
    value.kind = kindFrom(kind);
    visitKeys(value, FieldReader(in, known));
    in >> value.numbers;
    in.endStructure();
    return in;
}

QDBusArgument& operator<<(QDBusArgument& out, const Frame& value)
{
    out.beginStructure();
    writeHead(out, value);
    out << value.rows;
    out.endStructure();
    return out;
}

const QDBusArgument& operator>>(const QDBusArgument& in, Frame& value)
{
    in.beginStructure();
    readHead(in, value);
    in >> value.rows;
    in.endStructure();
    return in;
}

QDBusArgument& operator<<(QDBusArgument& out, const SeriesBucket& value)
{
    out.beginStructure();
    writeTime(out, value.startMs);
    writeTime(out, value.endMs);
    out << value.gap << value.rows;
    out.endStructure();
    return out;
}

const QDBusArgument& operator>>(const QDBusArgument& in, SeriesBucket& value)
{
    in.beginStructure();
    readTime(in, value.startMs);
    readTime(in, value.endMs);
    in >> value.gap >> value.rows;
    in.endStructure();
    return in;
}

QDBusArgument& operator<<(QDBusArgument& out, const Series& value)
{
    out.beginStructure();
    writeHead(out, value);
    out << value.buckets;
    out.endStructure();
    return out;
}

const QDBusArgument& operator>>(const QDBusArgument& in, Series& value)
{
    in.beginStructure();
    readHead(in, value);
    in >> value.buckets;
    in.endStructure();
    return in;
}

QDBusArgument& operator<<(QDBusArgument& out, const Filter& value)
{
    out.beginStructure();
    out << value.process << value.pid;
    writeTime(out, value.startTimeMs);
    out << value.app << value.protocol << value.remote << value.scope << value.service << value.network
        << (value.uid ? qlonglong(*value.uid) : anyUid) << value.country << value.asn;
    out.endStructure();
    return out;
}

const QDBusArgument& operator>>(const QDBusArgument& in, Filter& value)
{
    in.beginStructure();
    in >> value.process >> value.pid;
    readTime(in, value.startTimeMs);
    qlonglong uid = anyUid;
    in >> value.app >> value.protocol >> value.remote >> value.scope >> value.service >> value.network >> uid
        >> value.country >> value.asn;
    value.uid = uidFrom(uid);
    in.endStructure();
    return in;
}

QDBusArgument& operator<<(QDBusArgument& out, const Loss& value)
{
    out.beginStructure();
    out << value.code << qulonglong(value.count);
    out.endStructure();
    return out;
}

const QDBusArgument& operator>>(const QDBusArgument& in, Loss& value)
{
    in.beginStructure();
    in >> value.code;
    readCount(in, value.count);
    in.endStructure();
    return in;
}

QDBusArgument& operator<<(QDBusArgument& out, const Status& value)
{
    out.beginStructure();
    out << value.version << value.kernel << value.backend << value.counting << value.paused;
    writeTime(out, value.pausedSinceMs);
    out << value.problem << value.problemDetail << value.gaps << value.backends << value.losses;
    writeTime(out, value.countingSinceMs);
    out << value.intervalMs << qulonglong(value.databaseBytes);
    writeTime(out, value.historySinceMs);
    writeTime(out, value.lastCommitMs);
    out << qulonglong(value.cpuNs) << qulonglong(value.residentBytes) << value.flows << value.flowCapacity
        << value.outlives << value.subscribers << quint32(value.identified.has_value())
        << value.identified.value_or(0) << value.books << value.networks << value.placeSources;
    out.endStructure();
    return out;
}

const QDBusArgument& operator>>(const QDBusArgument& in, Status& value)
{
    in.beginStructure();
    in >> value.version >> value.kernel >> value.backend >> value.counting >> value.paused;
    readTime(in, value.pausedSinceMs);
    in >> value.problem >> value.problemDetail >> value.gaps >> value.backends >> value.losses;
    readTime(in, value.countingSinceMs);
    in >> value.intervalMs;
    readCount(in, value.databaseBytes);
    readTime(in, value.historySinceMs);
    readTime(in, value.lastCommitMs);
    readCount(in, value.cpuNs);
    readCount(in, value.residentBytes);
    quint32 known = 0;
    double identified = 0;
    in >> value.flows >> value.flowCapacity >> value.outlives >> value.subscribers >> known >> identified
        >> value.books >> value.networks >> value.placeSources;
    value.identified = known != 0 ? std::optional(identified) : std::nullopt;
    in.endStructure();
    return in;
}

} // namespace bwt
