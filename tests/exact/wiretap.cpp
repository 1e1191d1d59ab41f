// SPDX-License-Identifier: GPL-3.0-or-later
#include "wiretap.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QProcess>

namespace {

// Before anything else looks at what comes, and after everything has looked at what goes. What neighbours ask each
// other is the kernel's affair.
constexpr auto rules = R"(
table inet bwt {
    counter tx {}
    counter rx {}
    chain come {
        type filter hook prerouting priority -300;
        icmpv6 type { nd-router-solicit, nd-neighbor-solicit, nd-neighbor-advert } accept
        ip saddr %1 counter name tx
        ip6 saddr %2 counter name tx
    }
    chain go {
        type filter hook postrouting priority 300;
        icmpv6 type { nd-router-solicit, nd-neighbor-solicit, nd-neighbor-advert } accept
        ip daddr %1 counter name rx
        ip6 daddr %2 counter name rx
    }
}
)";

QByteArray inNamespace(const QString& netns, const QStringList& command, const QByteArray& input, QString& problem)
{
    QProcess process;
    process.start(
        QStringLiteral("ip"), QStringList{QStringLiteral("netns"), QStringLiteral("exec"), netns} + command);
    process.write(input);
    process.closeWriteChannel();
    if (!process.waitForFinished() || process.exitCode() != 0)
        problem += QString::fromLocal8Bit(process.readAllStandardError()) + process.errorString();
    return process.readAllStandardOutput();
}

} // namespace

Passed operator-(const Passed& one, const Passed& other)
{
    return {one.txBytes - other.txBytes, one.txPackets - other.txPackets, one.rxBytes - other.rxBytes,
        one.rxPackets - other.rxPackets};
}

QString text(const Passed& passed)
{
    return QStringLiteral("%1 bytes in %2 packets sent, %3 in %4 received")
        .arg(passed.txBytes)
        .arg(passed.txPackets)
        .arg(passed.rxBytes)
        .arg(passed.rxPackets);
}

Wiretap::Wiretap(const QString& netns, const QString& near4, const QString& near6)
    : m_netns(netns)
{
    inNamespace(netns, {QStringLiteral("nft"), QStringLiteral("-f"), QStringLiteral("-")},
        QString::fromLatin1(rules).arg(near4, near6).toLatin1(), m_problem);
}

Passed Wiretap::passed() const
{
    QString problem;
    const QByteArray said = inNamespace(m_netns,
        {QStringLiteral("nft"), QStringLiteral("-j"), QStringLiteral("list"), QStringLiteral("counters")}, {},
        problem);
    Passed passed;
    const QJsonArray objects = QJsonDocument::fromJson(said).object()[QStringLiteral("nftables")].toArray();
    for (const auto& object : objects) {
        const QJsonObject counter = object[QStringLiteral("counter")].toObject();
        const auto number
            = [&](const char* name) { return static_cast<quint64>(counter[QLatin1StringView(name)].toInteger()); };
        if (counter[QStringLiteral("name")] == QStringLiteral("tx")) {
            passed.txBytes = number("bytes");
            passed.txPackets = number("packets");
        } else if (counter[QStringLiteral("name")] == QStringLiteral("rx")) {
            passed.rxBytes = number("bytes");
            passed.rxPackets = number("packets");
        }
    }
    return passed;
}
