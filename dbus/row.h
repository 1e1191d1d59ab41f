// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "dbus/book.h"
#include "dbus/checkreport.h"
#include "dbus/network.h"
#include "dbus/placesource.h"

#include <QDBusArgument>
#include <QList>
#include <QMetaType>
#include <QString>

#include <optional>

/// The values that leave the helper: what D-Bus carries, and what the app, bwtctl and REST show.
/// Unknown is never zero: a null QString or an empty optional.
namespace bwt {

/// What rows can be grouped by. The names are the contract's; `dimensionFromName` knows them.
enum class Dimension : quint32 {
    Process, ///< yields pid, startTimeMs, processName, exe, uid
    App, ///< yields appId, appName
    User, ///< yields uid, userName
    Protocol,
    Service,
    Remote, ///< yields remoteIp, remoteName, country, asn, asName
    Direction,
    Scope,
    Network,
    Country,
    Asn, ///< yields asn, asName
};

/// A set of dimensions; empty asks for one row in all.
class Dimensions {
public:
    constexpr Dimensions() = default;
    constexpr Dimensions(std::initializer_list<Dimension> all)
    {
        for (Dimension one : all)
            insert(one);
    }
    constexpr void insert(Dimension one) { m_bits |= bit(one); }
    [[nodiscard]] constexpr bool has(Dimension one) const { return (m_bits & bit(one)) != 0; }
    [[nodiscard]] constexpr bool isEmpty() const { return m_bits == 0; }
    friend constexpr bool operator==(Dimensions, Dimensions) = default;

private:
    static constexpr quint32 bit(Dimension one) { return 1U << static_cast<quint32>(one); }
    quint32 m_bits = 0;
};

[[nodiscard]] std::optional<Dimension> dimensionFromName(QStringView name);
[[nodiscard]] QString dimensionName(Dimension dimension);
/// Nothing when a name is unknown.
[[nodiscard]] std::optional<Dimensions> dimensionsFromNames(const QStringList& names);
[[nodiscard]] QStringList dimensionNames(Dimensions dimensions);

/// Bytes and calls at the socket, packets and bytes on the wire, and rates in bytes per second over the last tick.
struct Numbers {
    quint64 txBytes = 0;
    quint64 rxBytes = 0;
    quint64 txCalls = 0;
    quint64 rxCalls = 0;
    std::optional<quint64> txPackets;
    std::optional<quint64> rxPackets;
    std::optional<quint64> txWireBytes;
    std::optional<quint64> rxWireBytes;
    std::optional<quint64> txRate; ///< live rows only, and not in the first tick
    std::optional<quint64> rxRate;
    std::optional<qint64> firstSeenMs; ///< milliseconds since the epoch
    std::optional<qint64> lastSeenMs;

    friend bool operator==(const Numbers&, const Numbers&) = default;
};

/// Unknown stays unknown only where both are.
Numbers& operator+=(Numbers& sum, const Numbers& more);

/// Whose numbers a row holds. The values go over the bus.
enum class RowKind : quint8 {
    Named, ///< of what its keys name
    OtherUsers, ///< of everything that the caller may not see
    Rest, ///< of everything past the limit
};

/// One row of any answer: the keys that were asked for, and the numbers.
struct Row {
    /// A sum has no keys but its scope: there is at most one of its kind for each scope, where scope is asked for.
    RowKind kind = RowKind::Named;
    std::optional<quint32> pid;
    std::optional<qint64> startTimeMs;
    QString processName;
    QString exe;
    QString appId;
    QString appName;
    std::optional<quint32> uid;
    QString userName;
    QString protocol; ///< IANA keyword: "TCP", "UDP", …, "IP-253", "MPTCP", "PACKET"
    QString service; ///< "https", "quic", "ssh", …
    QString remoteIp;
    QString remoteName;
    QString direction; ///< "tx" or "rx"
    QString scope; ///< "loopback", "lan", "internet", "tunnel"
    QString network;
    QString country; ///< of the remote, two letters of ISO 3166-1; these three are told by today's files
    std::optional<quint32> asn; ///< of the remote's network's operator
    QString asName; ///< what that calls itself
    Numbers numbers;

    friend bool operator==(const Row&, const Row&) = default;
};

/// The rows of one answer with what they cover. Times are milliseconds since the epoch, half-open [since, until).
struct Frame {
    qint64 sinceMs = 0; ///< what was asked for
    qint64 untilMs = 0;
    qint64 coversFromMs = 0; ///< what the stored buckets widened it to
    qint64 coversToMs = 0;
    QString backend;
    QList<Row> rows;

    friend bool operator==(const Frame&, const Frame&) = default;
};

/// One step of a time series.
struct SeriesBucket {
    qint64 startMs = 0;
    qint64 endMs = 0;
    bool gap = false; ///< nothing was recorded in it, as against zero traffic
    QList<Row> rows;

    friend bool operator==(const SeriesBucket&, const SeriesBucket&) = default;
};

struct Series {
    qint64 sinceMs = 0;
    qint64 untilMs = 0;
    qint64 coversFromMs = 0;
    qint64 coversToMs = 0;
    QString backend;
    QList<SeriesBucket> buckets;

    friend bool operator==(const Series&, const Series&) = default;
};

/// Narrows an answer; an empty field narrows nothing. The kernel, whose pid is 0, has a name and a start time.
struct Filter {
    QString process = {}; ///< a process's name
    quint32 pid = 0; ///< any, where start_time_ms is 0, too
    qint64 startTimeMs = 0; ///< any
    QString app = {}; ///< an app id
    QString protocol = {};
    QString remote = {}; ///< an address
    QString scope = {};
    QString service = {}; ///< as in rows: "https", "ssh", …
    QString network = {}; ///< a connection's name, or an interface's
    std::optional<quint32> uid = {};
    QString country = {}; ///< two letters
    quint32 asn = 0; ///< any

    [[nodiscard]] bool isEmpty() const { return *this == Filter(); }
    /// Whether it asks for a pid, whatever name it has.
    [[nodiscard]] bool namesPid() const { return pid != 0 || startTimeMs != 0; }
    /// Whether an answer tells who sent something, or to whom.
    [[nodiscard]] bool identifies() const;
    friend bool operator==(const Filter&, const Filter&) = default;
};

/// A counter of something that went wrong, by its code; losses.h has the list.
struct Loss {
    QString code;
    quint64 count = 0;

    friend bool operator==(const Loss&, const Loss&) = default;
};

/// What the helper says about itself.
struct Status {
    QString version;
    QString kernel;
    QString backend; ///< empty when none works
    bool counting = false;
    bool paused = false;
    qint64 pausedSinceMs = 0; ///< 0 when it is not
    QString problem; ///< an ErrorCode's name, empty when all is well
    QString problemDetail;
    QStringList gaps; ///< codes of what the backend can't see; a closed list
    QList<BackendReport> backends; ///< that were tried, best first, until one was chosen; empty when none works
    QList<Loss> losses;
    qint64 countingSinceMs = 0;
    quint32 intervalMs = 0;
    quint64 databaseBytes = 0; ///< database and write-ahead log
    qint64 historySinceMs = 0; ///< start of the oldest stored bucket, 0 when there is none
    qint64 lastCommitMs = 0;
    quint64 cpuNs = 0; ///< the helper's own processor time since its start
    quint64 residentBytes = 0;
    quint32 flows = 0; ///< keys in the kernel's map now
    quint32 flowCapacity = 0; ///< 0 for no bound; grows when it is nearly reached
    bool outlives = false; ///< counting goes on while the helper is restarted, crashes or is upgraded
    quint32 subscribers = 0;
    std::optional<double> identified; ///< of all that the interfaces carried since counting began; none while unknown
    QList<Book> books; ///< one for each interface; none while the wire is not measured
    NetworkList networks; ///< by interface, as NetworkManager has them now; none where there is none
    PlaceSources placeSources; ///< those that the helper was given

    friend bool operator==(const Status&, const Status&) = default;
};

/// How much of a message these take, at most. A system bus throws out whoever sends one above 32 MiB.
[[nodiscard]] qint64 bytesOnBus(const Row& row);
[[nodiscard]] qint64 bytesOnBus(const Frame& frame);
[[nodiscard]] qint64 bytesOnBus(const Series& series);
inline constexpr qint64 mostBytesInAnswer = 28 * 1024 * 1024;

/// Call once before the first use of the bus.
void registerWireTypes();

QDBusArgument& operator<<(QDBusArgument& out, const Numbers& value);
const QDBusArgument& operator>>(const QDBusArgument& in, Numbers& value);
QDBusArgument& operator<<(QDBusArgument& out, const Row& value);
const QDBusArgument& operator>>(const QDBusArgument& in, Row& value);
QDBusArgument& operator<<(QDBusArgument& out, const Frame& value);
const QDBusArgument& operator>>(const QDBusArgument& in, Frame& value);
QDBusArgument& operator<<(QDBusArgument& out, const SeriesBucket& value);
const QDBusArgument& operator>>(const QDBusArgument& in, SeriesBucket& value);
QDBusArgument& operator<<(QDBusArgument& out, const Series& value);
const QDBusArgument& operator>>(const QDBusArgument& in, Series& value);
QDBusArgument& operator<<(QDBusArgument& out, const Filter& value);
const QDBusArgument& operator>>(const QDBusArgument& in, Filter& value);
QDBusArgument& operator<<(QDBusArgument& out, const Loss& value);
const QDBusArgument& operator>>(const QDBusArgument& in, Loss& value);
QDBusArgument& operator<<(QDBusArgument& out, const Status& value);
const QDBusArgument& operator>>(const QDBusArgument& in, Status& value);

} // namespace bwt

Q_DECLARE_METATYPE(bwt::Row)
Q_DECLARE_METATYPE(bwt::Frame)
Q_DECLARE_METATYPE(bwt::Series)
Q_DECLARE_METATYPE(bwt::Filter)
Q_DECLARE_METATYPE(bwt::Status)
