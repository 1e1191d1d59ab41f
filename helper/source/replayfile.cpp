// SPDX-License-Identifier: GPL-3.0-or-later
#include "helper/source/replayfile.h"

#include "helper/proc/executable.h"

#include <QFile>
#include <QJsonDocument>
#include <QJsonObject>

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <limits>
#include <netdb.h>
#include <netinet/in.h>

namespace bwt {

namespace {

constexpr std::int64_t nsPerMs = 1'000'000;

/// A line's fields. The first wrong or missing one is remembered.
class Fields {
public:
    explicit Fields(QJsonObject object)
        : m_object(std::move(object))
    {
    }

    [[nodiscard]] bool has(const char* name) const { return !value(name).isNull() && !value(name).isUndefined(); }

    template <typename Integer> Integer number(const char* name)
    {
        return static_cast<Integer>(
            numberUpTo(std::min<quint64>(std::numeric_limits<Integer>::max(), 1ULL << 62), name));
    }
    template <typename Integer> Integer number(const char* name, Integer otherwise)
    {
        return has(name) ? number<Integer>(name) : otherwise;
    }

    /// Milliseconds that nanoseconds can hold.
    std::int64_t time(const char* name)
    {
        return numberUpTo(std::numeric_limits<std::int64_t>::max() / nsPerMs, name);
    }

    /// Forth or back.
    std::int64_t shift(const char* name)
    {
        constexpr qint64 limit = std::numeric_limits<std::int64_t>::max() / nsPerMs;
        const qint64 read = value(name).toInteger(limit + 1); // which is too much
        if (read < -limit || read > limit)
            complain(name, QStringLiteral("a whole number of milliseconds"));
        return read;
    }

    QString text(const char* name)
    {
        if (!value(name).isString())
            complain(name, QStringLiteral("a text"));
        return value(name).toString();
    }
    QString textOrNull(const char* name) { return has(name) ? text(name) : QString(); }

    void complain(const char* name, const QString& wanted)
    {
        if (m_complaint.isNull())
            m_complaint = QStringLiteral("%1 has to be %2").arg(QString::fromLatin1(name), wanted);
    }
    [[nodiscard]] QString complaint() const { return m_complaint; }
    [[nodiscard]] QJsonValue value(const char* name) const { return m_object.value(QLatin1StringView(name)); }

private:
    qint64 numberUpTo(qint64 limit, const char* name)
    {
        const qint64 read = value(name).toInteger(-1); // -1 also for fractions and for what is no number
        if (read < 0 || read > limit)
            complain(name, QStringLiteral("a whole number from 0 to %1").arg(limit));
        return read;
    }

    QJsonObject m_object;
    QString m_complaint;
};

struct Keyword {
    QLatin1StringView name;
    std::uint16_t number;
};

/// What socket calls can carry; anything else is written "IP-n".
constexpr std::array keywords{
    Keyword{QLatin1StringView("TCP"), IPPROTO_TCP},
    Keyword{QLatin1StringView("UDP"), IPPROTO_UDP},
    Keyword{QLatin1StringView("ICMP"), IPPROTO_ICMP},
    Keyword{QLatin1StringView("IPv6-ICMP"), IPPROTO_ICMPV6},
    Keyword{QLatin1StringView("SCTP"), IPPROTO_SCTP},
    Keyword{QLatin1StringView("UDPLite"), IPPROTO_UDPLITE},
    Keyword{QLatin1StringView("DCCP"), IPPROTO_DCCP},
    Keyword{QLatin1StringView("MPTCP"), IPPROTO_MPTCP},
    Keyword{QLatin1StringView("PACKET"), protocol::packetSocket},
};

std::uint16_t protocolIn(Fields& fields)
{
    const QString name = fields.text("protocol");
    const auto* const found = std::ranges::find(keywords, name, &Keyword::name);
    if (found != keywords.end())
        return found->number;
    bool isNumber = false;
    const auto prefix = QStringLiteral("IP-");
    const int number = name.startsWith(prefix) ? name.mid(prefix.size()).toInt(&isNumber) : -1;
    if (!isNumber || number < 0 || number > 255)
        fields.complain(
            "protocol", QStringLiteral("TCP, UDP, ICMP, another IANA keyword of sockets, or IP-0 to IP-255"));
    return static_cast<std::uint16_t>(number);
}

std::uint16_t serviceIn(Fields& fields)
{
    if (!fields.value("service").isString())
        return fields.number<std::uint16_t>("service", 0);
    const servent* known = getservbyname(fields.text("service").toLatin1().constData(), nullptr);
    if (!known)
        fields.complain("service", QStringLiteral("a port or a name in /etc/services"));
    return known ? ntohs(static_cast<std::uint16_t>(known->s_port)) : 0;
}

Address remoteIn(Fields& fields)
{
    Address address{};
    const QByteArray text = fields.textOrNull("remote_ip").toLatin1();
    if (text.isEmpty() || inet_pton(AF_INET6, text.constData(), address.data()) == 1)
        return address;
    if (inet_pton(AF_INET, text.constData(), address.data() + 12) == 1)
        address[10] = address[11] = 0xff;
    else
        fields.complain("remote_ip", QStringLiteral("an IPv4 or IPv6 address"));
    return address;
}

ProcessId processIn(Fields& fields)
{
    const auto pid = fields.number<std::uint32_t>("pid");
    return {pid, static_cast<std::uint64_t>(fields.time("start_time_ms")) * nsPerMs};
}

ReplayTraffic trafficIn(Fields& fields, const ProcessId& id)
{
    ReplayTraffic traffic;
    traffic.txBytes = fields.number<std::uint64_t>("tx_bytes", 0);
    traffic.rxBytes = fields.number<std::uint64_t>("rx_bytes", 0);
    traffic.txCalls = fields.number<std::uint64_t>("tx_calls", traffic.txBytes > 0 ? 1 : 0);
    traffic.rxCalls = fields.number<std::uint64_t>("rx_calls", traffic.rxBytes > 0 ? 1 : 0);
    traffic.txPackets = fields.number<std::uint64_t>("tx_packets", 0);
    traffic.rxPackets = fields.number<std::uint64_t>("rx_packets", 0);
    traffic.txWireBytes = fields.number<std::uint64_t>("tx_wire_bytes", 0);
    traffic.rxWireBytes = fields.number<std::uint64_t>("rx_wire_bytes", 0);
    traffic.key.pid = id.pid;
    traffic.key.startNs = id.startNs;
    traffic.key.remote = remoteIn(fields);
    traffic.key.protocol = protocolIn(fields);
    traffic.key.service = serviceIn(fields);
    traffic.process.id = id;
    traffic.process.uid = fields.number<std::uint32_t>("uid", unknownUid);
    traffic.process.name = fields.text("process_name").toUtf8();
    traffic.process.exe = executableFromLink(fields.textOrNull("exe").toUtf8());
    return traffic;
}

ReplaySleep sleepIn(Fields& fields, std::int64_t atMs)
{
    const std::int64_t untilMs = fields.time("until_t_ms");
    if (untilMs < atMs)
        fields.complain("until_t_ms", QStringLiteral("t_ms or more"));
    return {untilMs - atMs};
}

/// What an event other than "end" says.
decltype(ReplayStep::what) happeningIn(Fields& fields, const QString& event, std::int64_t atMs)
{
    if (event == QStringLiteral("exit"))
        return ReplayExit{processIn(fields)};
    const auto kind = eventKindFromName(event);
    if (kind == EventKind::Sleep)
        return sleepIn(fields, atMs);
    if (kind == EventKind::Clock)
        return ReplayClockSet{fields.shift("by_ms")};
    if (!kind || kind == EventKind::Alert)
        fields.complain("event", QStringLiteral("exit, end, sleep, clock, network, boot or restart"));
    return ReplayEvent{kind.value_or(EventKind::Boot), fields.textOrNull("detail")};
}

void addLine(Fields& fields, Recording& recording)
{
    const std::int64_t atMs = fields.time("t_ms");
    const QString event = fields.textOrNull("event");
    recording.lengthMs = std::max(recording.lengthMs, atMs);
    recording.hasPackets = recording.hasPackets || fields.has("tx_packets") || fields.has("rx_packets")
        || fields.has("tx_wire_bytes") || fields.has("rx_wire_bytes");
    if (event == QStringLiteral("end"))
        return;
    ReplayStep step{atMs, {}};
    if (event.isNull())
        step.what = trafficIn(fields, processIn(fields));
    else
        step.what = happeningIn(fields, event, atMs);
    if (const auto* sleep = std::get_if<ReplaySleep>(&step.what))
        recording.lengthMs = std::max(recording.lengthMs, atMs + sleep->lengthMs);
    recording.steps.push_back(std::move(step));
}

/// What is wrong with the line; null when nothing is.
QString addLine(const QByteArray& line, Recording& recording)
{
    QJsonParseError error;
    const QJsonDocument document = QJsonDocument::fromJson(line, &error);
    if (error.error != QJsonParseError::NoError)
        return error.errorString();
    if (!document.isObject())
        return QStringLiteral("a line has to be one JSON object");
    Fields fields(document.object());
    addLine(fields, recording);
    return fields.complaint();
}

} // namespace

Result<Recording> readRecording(const QString& path)
{
    QFile file(path);
    if (!file.open(QIODevice::ReadOnly))
        return failure(ErrorCode::Io, path + QStringLiteral(": ") + file.errorString());
    Recording recording;
    for (int number = 1; !file.atEnd(); ++number) {
        const QByteArray line = file.readLine().trimmed();
        if (line.isEmpty())
            continue;
        if (const QString complaint = addLine(line, recording); !complaint.isNull())
            return failure(ErrorCode::InvalidArgument,
                QStringLiteral("%1, line %2: %3").arg(path, QString::number(number), complaint));
    }
    std::ranges::stable_sort(recording.steps, {}, &ReplayStep::atMs);
    recording.awakeMs = recording.lengthMs;
    for (const ReplayStep& step : recording.steps)
        if (const auto* sleep = std::get_if<ReplaySleep>(&step.what))
            recording.awakeMs -= sleep->lengthMs;
    return recording;
}

} // namespace bwt
