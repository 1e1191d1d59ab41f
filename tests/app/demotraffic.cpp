// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/app/demotraffic.h"

#include "dbus/bucket.h"

#include <QDateTime>
#include <QFile>
#include <QHash>
#include <QJsonDocument>
#include <QJsonObject>

#include <algorithm>
#include <array>
#include <cmath>

namespace bwt::test {

namespace {

const QString internet = QStringLiteral("internet");
const QString lan = QStringLiteral("lan");
const QString tcp = QStringLiteral("TCP");
const QString udp = QStringLiteral("UDP");
const QString https = QStringLiteral("https");

enum Activity { Browsing, Game, Updates, Chat, Backup, Names, Mail, Sync, Shell };

/// 0 to 1, another for each number, the same in every run.
double hashed(quint64 number)
{
    number = (number ^ (number >> 30)) * 0xbf58476d1ce4e5b9ULL;
    number = (number ^ (number >> 27)) * 0x94d049bb133111ebULL;
    return static_cast<double>((number ^ (number >> 31)) >> 11) / 9007199254740992.0;
}

double noise(double time, quint64 seed)
{
    const double whole = std::floor(time);
    const auto step = static_cast<quint64>(static_cast<qint64>(whole) + 1'000'000);
    const double part = time - whole;
    const double smooth = part * part * (3 - 2 * part);
    const double left = hashed(step * 1'000 + seed);
    const double right = hashed((step + 1) * 1'000 + seed);
    return left + (right - left) * smooth;
}

/// Rises at `from`, falls at `to`, both in a moment.
double window(double time, double from, double to)
{
    constexpr double slope = 3;
    return std::clamp((time - from) / slope, 0.0, 1.0) * std::clamp((to - time) / slope, 0.0, 1.0);
}

double course(int activity, double time)
{
    const double turn = std::fmod(time, 300);
    switch (activity) {
    case Browsing:
        return 0.55 + 0.75 * window(turn, 165, 244) + 0.15 * std::sin(turn / 31);
    case Game:
        return 0.06 + window(turn, 78, 252) * 0.8;
    case Updates:
        return 0.03 + window(turn, 10, 132);
    case Backup:
        return 0.4 + 0.6 * window(turn, 120, 290);
    default:
        return 0.6;
    }
}

bool isOff(qint64 ms)
{
    const int hour = QDateTime::fromMSecsSinceEpoch(ms).time().hour();
    return hour >= 1 && hour < 7;
}

bool holds(const DemoFlow& flow, const Filter& filter)
{
    return (filter.app.isEmpty() || filter.app == flow.exe)
        && (filter.process.isEmpty() || filter.process == flow.name) && (filter.pid == 0 || filter.pid == flow.pid)
        && (filter.protocol.isEmpty() || filter.protocol == flow.protocol)
        && (filter.remote.isEmpty() || filter.remote == flow.remoteIp)
        && (filter.scope.isEmpty() || filter.scope == flow.scope);
}

Row keysOf(const DemoFlow& flow, Dimensions by)
{
    Row row;
    if (by.has(Dimension::App)) {
        row.appId = flow.exe;
        row.appName = flow.exe.section(u'/', -1);
    }
    if (by.has(Dimension::Process)) {
        row.pid = flow.pid;
        row.startTimeMs = 1'800'000'000'000 + flow.pid;
        row.processName = flow.name;
        row.exe = flow.exe;
        row.uid = flow.uid;
    }
    if (by.has(Dimension::Protocol))
        row.protocol = flow.protocol;
    if (by.has(Dimension::Remote))
        row.remoteIp = flow.remoteIp;
    if (by.has(Dimension::Scope))
        row.scope = flow.scope;
    return row;
}

/// Bytes of every flow in one bucket, summed by the dimensions.
QList<Row> rowsOf(qint64 sinceMs, qint64 untilMs, Dimensions by, const Filter& filter)
{
    QList<Row> rows;
    if (isOff(sinceMs))
        return rows;
    const double seconds = static_cast<double>(untilMs - sinceMs) / 1000;
    const double time = static_cast<double>(sinceMs) / 1000;
    for (const DemoFlow& flow : demoFlows()) {
        if (!holds(flow, filter))
            continue;
        const double bytes = seconds * demoActivity(flow, time, 240) * 0.2;
        Row row = keysOf(flow, by);
        const auto same = std::ranges::find_if(rows, [&](Row known) {
            known.numbers = {};
            return known == row;
        });
        Row& sum = same != rows.end() ? *same : rows.emplaceBack(row);
        sum.numbers.rxBytes += static_cast<quint64>(bytes * flow.rxRate);
        sum.numbers.txBytes += static_cast<quint64>(bytes * flow.txRate);
    }
    return rows;
}

qint64 lengthOf(const QString& bucket)
{
    return bucketFromName(bucket).value_or(Bucket::Day).leastLength().count();
}

} // namespace

const QList<DemoFlow>& demoFlows()
{
    static const QString firefox = QStringLiteral("/usr/lib/firefox/firefox");
    static const QString steam = QStringLiteral("/home/ana/.steam/ubuntu12_32/steam");
    static const QString signal = QStringLiteral("/opt/Signal/signal-desktop");
    static const auto ip = [](const char* text) { return QString::fromLatin1(text); };
    static const QList<DemoFlow> flows{
        {4312, 1000, ip("firefox"), firefox, udp, https, ip("203.0.113.20"), internet, 9.4e6, 1.6e5, Browsing},
        {4312, 1000, ip("firefox"), firefox, tcp, https, ip("2001:db8:40::15"), internet, 2.1e6, 7.0e4, Browsing},
        {4312, 1000, ip("firefox"), firefox, tcp, https, ip("198.51.100.44"), internet, 8.0e5, 4.0e4, Browsing},
        {4377, 1000, ip("Web Content"), firefox, tcp, https, ip("203.0.113.77"), internet, 3.1e5, 2.2e4, Browsing},
        {4377, 1000, ip("Web Content"), firefox, tcp, https, ip("203.0.113.81"), internet, 1.4e5, 1.1e4, Browsing},
        {4377, 1000, ip("Web Content"), firefox, tcp, https, ip("2001:db8:7::2"), internet, 6.0e4, 9.0e3, Browsing},
        {5120, 1000, ip("steam"), steam, tcp, https, ip("198.51.100.120"), internet, 9.0e6, 6.2e4, Game},
        {5120, 1000, ip("steam"), steam, tcp, https, ip("198.51.100.121"), internet, 4.2e6, 3.0e4, Game},
        {6033, 0, ip("packagekitd"), ip("/usr/libexec/packagekitd"), tcp, https, ip("198.51.100.80"), internet, 5.6e6,
            4.1e4, Updates},
        {7210, 1000, ip("signal-desktop"), signal, tcp, https, ip("203.0.113.140"), internet, 3.1e5, 2.9e5, Chat},
        {7211, 1000, ip("signal-desktop"), signal, udp, https, ip("203.0.113.141"), internet, 1.2e5, 1.1e5, Chat},
        {8450, 0, ip("restic"), ip("/usr/bin/restic"), tcp, https, ip("2001:db8:beef::9"), internet, 9.0e3, 1.7e6,
            Backup},
        {612, 101, ip("systemd-resolve"), ip("/usr/lib/systemd/systemd-resolved"), udp, ip("domain"),
            ip("203.0.113.53"), internet, 1.1e3, 8.0e2, Names},
        {9034, 1000, ip("thunderbird"), ip("/usr/lib/thunderbird/thunderbird"), tcp, ip("imaps"), ip("198.51.100.9"),
            internet, 4.4e4, 6.0e3, Mail},
        {3308, 1000, ip("syncthing"), ip("/usr/bin/syncthing"), tcp, ip(""), ip("192.168.1.31"), lan, 7.1e5, 2.4e6,
            Sync},
        {9800, 1000, ip("ssh"), ip("/usr/bin/ssh"), tcp, ip("ssh"), ip("192.168.1.20"), lan, 2.1e4, 4.0e3, Shell},
        {540, 104, ip("avahi-daemon"), ip("/usr/sbin/avahi-daemon"), udp, ip("mdns"), ip("224.0.0.251"), lan, 4.0e2,
            3.0e2, Names},
    };
    return flows;
}

double demoActivity(const DemoFlow& flow, double seconds, double scaleSeconds)
{
    const double time = seconds / scaleSeconds;
    const quint64 seed = qHash(flow.remoteIp, 0) % 997;
    const double wobble = 0.55 + 0.5 * noise(time / 14, seed) + 0.25 * noise(time / 3, seed + 1);
    return std::max(0.0, course(flow.activity, time) * wobble);
}

bool writeDemoRecording(const QString& path, int seconds)
{
    QFile file(path);
    if (!file.open(QIODevice::WriteOnly))
        return false;
    for (int second = 0; second < seconds; ++second) {
        for (const DemoFlow& flow : demoFlows()) {
            const double activity = demoActivity(flow, second, 1);
            const QJsonObject line{
                {QStringLiteral("t_ms"), second * 1000},
                {QStringLiteral("pid"), static_cast<int>(flow.pid)},
                {QStringLiteral("start_time_ms"), 1'800'000'000'000.0 + flow.pid},
                {QStringLiteral("uid"), static_cast<int>(flow.uid)},
                {QStringLiteral("process_name"), flow.name},
                {QStringLiteral("exe"), flow.exe},
                {QStringLiteral("protocol"), flow.protocol},
                {QStringLiteral("service"), flow.service.isEmpty() ? QJsonValue() : QJsonValue(flow.service)},
                {QStringLiteral("remote_ip"), flow.remoteIp},
                {QStringLiteral("tx_bytes"), std::floor(flow.txRate * activity)},
                {QStringLiteral("rx_bytes"), std::floor(flow.rxRate * activity)},
            };
            file.write(QJsonDocument(line).toJson(QJsonDocument::Compact) + '\n');
        }
    }
    const QJsonObject end{{QStringLiteral("t_ms"), seconds * 1000}, {QStringLiteral("event"), QStringLiteral("end")}};
    return file.write(QJsonDocument(end).toJson(QJsonDocument::Compact) + '\n') > 0;
}

Series demoSeries(qint64 sinceMs, qint64 untilMs, const QString& bucket, Dimensions by, const Filter& filter)
{
    Series series;
    series.sinceMs = sinceMs;
    series.untilMs = untilMs;
    const qint64 length = lengthOf(bucket);
    for (qint64 start = sinceMs / length * length; start < untilMs; start += length)
        series.buckets.append(
            {start, start + length, isOff(start), rowsOf(start, std::min(start + length, untilMs), by, filter)});
    return series;
}

Frame demoBreakdown(qint64 sinceMs, qint64 untilMs, Dimensions by, const Filter& filter)
{
    constexpr qint64 stepMs = 900'000;
    Frame frame;
    frame.sinceMs = sinceMs;
    frame.untilMs = untilMs;
    QHash<QString, qsizetype> known;
    for (qint64 start = sinceMs; start < untilMs; start += stepMs) {
        for (const Row& row : rowsOf(start, std::min(untilMs, start + stepMs), by, filter)) {
            const QString key = row.appId % QString::number(row.pid.value_or(0)) % row.protocol % row.remoteIp;
            if (!known.contains(key)) {
                known.insert(key, frame.rows.size());
                frame.rows.append(row);
                frame.rows.last().numbers.firstSeenMs = start;
            } else {
                frame.rows[known.value(key)].numbers.rxBytes += row.numbers.rxBytes;
                frame.rows[known.value(key)].numbers.txBytes += row.numbers.txBytes;
            }
            frame.rows[known.value(key)].numbers.lastSeenMs = start + stepMs;
        }
    }
    std::ranges::stable_sort(
        frame.rows, std::ranges::greater(), [](const Row& row) { return row.numbers.rxBytes + row.numbers.txBytes; });
    return frame;
}

} // namespace bwt::test
