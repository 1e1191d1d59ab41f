// SPDX-License-Identifier: GPL-3.0-or-later
#include "wiretap.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QProcess>
#include <QStandardPaths>

namespace {

// Before anything else looks at what comes, and after everything has looked at what goes. What neighbours ask each
// other is the kernel's affair.
constexpr auto rules = R"(
table inet bwt {
    chain come {
        type filter hook prerouting priority -300;
        icmpv6 type { nd-router-solicit, nd-neighbor-solicit, nd-neighbor-advert } accept
        ip saddr %1 counter comment "tx"
        ip6 saddr %2 counter comment "tx"
    }
    chain go {
        type filter hook postrouting priority 300;
        icmpv6 type { nd-router-solicit, nd-neighbor-solicit, nd-neighbor-advert } accept
        ip daddr %1 counter comment "rx"
        ip6 daddr %2 counter comment "rx"
    }
}
)";

QByteArray nft(const QString& netns, const QStringList& arguments, const QByteArray& input, QString& problem)
{
    static const QStringList sbin{QStringLiteral("/usr/sbin"), QStringLiteral("/sbin")};
    QProcess process;
    process.start(QStandardPaths::findExecutable(QStringLiteral("ip"), sbin),
        QStringList{QStringLiteral("netns"), QStringLiteral("exec"), netns,
            QStandardPaths::findExecutable(QStringLiteral("nft"), sbin)}
            + arguments);
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
    nft(netns, {QStringLiteral("-f"), QStringLiteral("-")}, QString::fromLatin1(rules).arg(near4, near6).toLatin1(),
        m_problem);
}

Passed Wiretap::passed() const
{
    QString problem;
    const QByteArray said = nft(m_netns,
        {QStringLiteral("-j"), QStringLiteral("list"), QStringLiteral("table"), QStringLiteral("inet"),
            QStringLiteral("bwt")},
        {}, problem);
    Passed passed;
    for (const auto& object : QJsonDocument::fromJson(said).object()[QStringLiteral("nftables")].toArray()) {
        const QJsonObject rule = object[QStringLiteral("rule")].toObject();
        const QString direction = rule[QStringLiteral("comment")].toString();
        if (direction.isEmpty())
            continue;
        const QJsonObject counter
            = rule[QStringLiteral("expr")].toArray().last()[QStringLiteral("counter")].toObject();
        const auto packets = static_cast<quint64>(counter[QStringLiteral("packets")].toInteger());
        const auto bytes = static_cast<quint64>(counter[QStringLiteral("bytes")].toInteger());
        const bool isTx = direction == QStringLiteral("tx");
        (isTx ? passed.txPackets : passed.rxPackets) += packets; // of both IPs
        (isTx ? passed.txBytes : passed.rxBytes) += bytes;
    }
    return passed;
}
