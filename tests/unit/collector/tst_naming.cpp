// SPDX-License-Identifier: GPL-3.0-or-later
#include "helper/collector/naming.h"

#include <QTest>

using namespace bwt;

class NamingTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void protocolsReadAsTheirIanaKeyword_data()
    {
        QTest::addColumn<int>("number");
        QTest::addColumn<QString>("name");
        const auto row
            = [](int number, const char* name) { QTest::newRow(name) << number << QString::fromLatin1(name); };
        row(0, "HOPOPT");
        row(1, "ICMP");
        row(2, "IGMP");
        row(6, "TCP");
        row(17, "UDP");
        row(33, "DCCP");
        row(41, "IPv6");
        row(47, "GRE");
        row(50, "ESP");
        row(51, "AH");
        row(58, "IPv6-ICMP");
        row(61, "IP-61");
        row(89, "OSPFIGP");
        row(103, "PIM");
        row(112, "VRRP");
        row(115, "L2TP");
        row(132, "SCTP");
        row(136, "UDPLite");
        row(137, "MPLS-in-IP");
        row(142, "ROHC");
        row(143, "Ethernet");
        row(253, "IP-253");
        row(255, "IP-255");
        row(262, "MPTCP");
        row(0xffff, "PACKET");
    }
    void protocolsReadAsTheirIanaKeyword()
    {
        QFETCH(int, number);
        QFETCH(QString, name);
        const auto protocol = static_cast<std::uint16_t>(number);
        QCOMPARE(protocolName(protocol), name);
        QCOMPARE(protocolFromName(name), std::optional(protocol));
        QCOMPARE(protocolFromName(name.toLower()), std::optional(protocol));
    }

    void noTwoProtocolsShareAName()
    {
        QSet<QString> names;
        for (std::uint16_t number = 0; number < 256; ++number)
            names.insert(protocolName(number).toLower());
        QCOMPARE(names.size(), 256);
        QVERIFY(!protocolFromName(QStringLiteral("no such protocol")));
        QVERIFY(!protocolFromName(QString()));
    }

    void wellKnownPortsReadByWhatRunsThere()
    {
        QCOMPARE(serviceName(6, 443), QStringLiteral("https"));
        QCOMPARE(serviceName(262, 443), QStringLiteral("https"));
        QCOMPARE(serviceName(17, 443), QStringLiteral("quic"));
        QCOMPARE(serviceName(6, 80), QStringLiteral("http"));
        QCOMPARE(serviceName(6, 22), QStringLiteral("ssh"));
        QCOMPARE(serviceName(17, 53), QStringLiteral("dns"));
        QCOMPARE(serviceName(17, 123), QStringLiteral("ntp"));
        QCOMPARE(serviceName(6, 999), QStringLiteral("999"));
        QCOMPARE(serviceName(1, 443), QStringLiteral("443"));
        QVERIFY(serviceName(6, 0).isNull());
    }

    void addressesReadInTheirStandardForm()
    {
        for (const char* text : {"192.0.2.1", "2001:db8::1", "::1", "fe80::1"}) {
            const auto address = addressFromText(QString::fromLatin1(text));
            QVERIFY(address);
            QCOMPARE(addressText(*address), QString::fromLatin1(text));
        }
        QCOMPARE(addressFromText(QStringLiteral("::ffff:192.0.2.1")), addressFromText(QStringLiteral("192.0.2.1")));
        QVERIFY(addressText({}).isNull());
        QVERIFY(!addressFromText(QStringLiteral("example.org")));
        QVERIFY(!addressFromText(QStringLiteral("192.0.2")));
    }

    void bytesThatAreNotPrintableTextAreSpelledOut_data()
    {
        QTest::addColumn<QByteArray>("bytes");
        QTest::addColumn<QString>("text");
        const auto row = [](const char* name, const char* bytes, const char* text) {
            QTest::newRow(name) << QByteArray(bytes) << QString::fromUtf8(text);
        };
        row("plain", "Web Content", "Web Content");
        row("empty", "", "");
        row("UTF-8", "caf\xc3\xa9 \xf0\x9f\x98\x80", "caf\u00e9 \U0001F600");
        row("newline", "a\nb", "a\\x0ab");
        row("escape sequence", "\x1b[31m", "\\x1b[31m");
        row("Latin-1", "caf\xe9", "caf\\xe9");
        row("cut off", "abc\xe2\x82", "abc\\xe2\\x82");
        row("overlong", "\xc0\xaf", "\\xc0\\xaf");
        row("surrogate", "\xed\xa0\x80", "\\xed\\xa0\\x80");
        row("C1 control", "\xc2\x85", "\\xc2\\x85");
        row("text turned round",
            "\xe2\x80\xae"
            "abc",
            "\\xe2\\x80\\xae"
            "abc");
        row("line separator", "\xe2\x80\xa8", "\\xe2\\x80\\xa8");
        row("byte order mark", "\xef\xbb\xbfx", "\\xef\\xbb\\xbfx");
    }
    void bytesThatAreNotPrintableTextAreSpelledOut()
    {
        QFETCH(QByteArray, bytes);
        QFETCH(QString, text);
        QCOMPARE(printable(bytes), text);
    }

    void usersReadByTheirAccount()
    {
        QCOMPARE(userName(0), QStringLiteral("root"));
        QCOMPARE(userName(3'999'999'999), QStringLiteral("3999999999"));
        QVERIFY(userName(unknownUid).isNull());
    }
};

QTEST_GUILESS_MAIN(NamingTest)
#include "tst_naming.moc"
