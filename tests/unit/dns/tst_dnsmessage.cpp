// SPDX-License-Identifier: GPL-3.0-or-later
#include "packet.h"

#include <QTest>

using namespace bwt;
using namespace bwt::test;
using dns::Answer;

namespace {

const QByteArray host = QByteArrayLiteral("www.example.net");

std::vector<Answer> simply(const QByteArray& name, const char* of, std::uint32_t ttl = 60)
{
    return {{name, {{test::address(of), ttl}}}};
}

QByteArray hostName()
{
    return wireName(host);
}

Packet asked()
{
    return Packet().question(hostName());
}

std::size_t bytesIn(const std::vector<dns::Bytes>& messages)
{
    std::size_t bytes = 0;
    for (const dns::Bytes message : messages)
        bytes += message.size();
    return bytes;
}

dns::Bytes bytesOf(const QByteArray& bytes)
{
    return {reinterpret_cast<const std::uint8_t*>(bytes.constData()), std::size_t(bytes.size())};
}

} // namespace

class DnsMessageTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void anAnswerGivesItsNameEachAddressAndTtl();
    void aliasesLeadToTheNameAskedForInAnyOrder();
    void theLeastTtlOnTheWayCounts();
    void aTtlBeyondThirtyOneBitsIsNone();
    void eachOfSeveralQuestionsIsAnswered();
    void letterCaseMakesNoOtherName();
    void addressesOfOtherNamesAreNotTaken();
    void otherSectionsAndOptionsAreNotTaken();
    void otherClassesAndQuestionsAreNotTaken();
    void anAddressCountsOnce();
    void noBlockersAnswerIsAnAddress_data();
    void noBlockersAnswerIsAnAddress();
    void whatIsNoGoodAnswerIsNone_data();
    void whatIsNoGoodAnswerIsNone();
    void whatIsWholeOfACutMessageCounts();
    void noNameIsReadBackwardsInCircles_data();
    void noNameIsReadBackwardsInCircles();
    void aliasesInCirclesEnd();
    void longChainsEndAtTheirBound();
    void namesMayHave255BytesAndNoMore();
    void aLabelMayHave63Bytes();
    void lyingCountsAndLengthsReachNothing_data();
    void lyingCountsAndLengthsReachNothing();
    void namesShowNothingButPlainCharacters_data();
    void namesShowNothingButPlainCharacters();
    void theRootIsNoName();
    void recordsBeyondTheBoundAreLeftAlone();
    void aStreamIsCutWhereItsLengthsSay();
};

void DnsMessageTest::anAnswerGivesItsNameEachAddressAndTtl()
{
    QCOMPARE(readAll(simpleAnswer(host, "192.0.2.1").bytes()), simply(host, "192.0.2.1"));
    QCOMPARE(readAll(simpleAnswer(host, "2001:db8::1", 5).bytes()), simply(host, "2001:db8::1", 5));
    const Packet two = asked()
                           .answer(pointerTo(12), A, 60, wireAddress("192.0.2.1"))
                           .answer(hostName(), A, 30, wireAddress("192.0.2.2"));
    const std::vector<Answer> both{{host, {{test::address("192.0.2.1"), 60}, {test::address("192.0.2.2"), 30}}}};
    QCOMPARE(readAll(two.bytes()), both);
}

void DnsMessageTest::aliasesLeadToTheNameAskedForInAnyOrder()
{
    const QByteArray edge = wireName("edge.cdn.test");
    const QByteArray node = wireName("n7.cdn.test");
    const Packet forward = asked()
                               .answer(pointerTo(12), Cname, 60, edge)
                               .answer(edge, Cname, 60, node)
                               .answer(node, A, 60, wireAddress("192.0.2.9"));
    QCOMPARE(readAll(forward.bytes()), simply(host, "192.0.2.9"));
    const Packet backward = asked()
                                .answer(node, A, 60, wireAddress("192.0.2.9"))
                                .answer(edge, Cname, 60, node)
                                .answer(pointerTo(12), Cname, 60, edge);
    QCOMPARE(readAll(backward.bytes()), simply(host, "192.0.2.9"));
    // As servers do: the alias ends with a pointer to the question's "example.net".
    Packet packed = asked();
    packed.answer(pointerTo(12), Cname, 60, QByteArray("\3cdn") + pointerTo(16));
    const std::size_t target = packed.size() - 6;
    packed.answer(pointerTo(target), A, 60, wireAddress("192.0.2.9"));
    QCOMPARE(readAll(packed.bytes()), simply(host, "192.0.2.9"));
}

void DnsMessageTest::theLeastTtlOnTheWayCounts()
{
    const QByteArray edge = wireName("edge.test");
    for (const auto& [alias, own] : {std::pair(7U, 60U), std::pair(60U, 7U)}) {
        const Packet packet
            = asked().answer(pointerTo(12), Cname, alias, edge).answer(edge, A, own, wireAddress("192.0.2.1"));
        QCOMPARE(readAll(packet.bytes()), simply(host, "192.0.2.1", 7));
    }
}

void DnsMessageTest::aTtlBeyondThirtyOneBitsIsNone()
{
    QCOMPARE(readAll(simpleAnswer(host, "192.0.2.1", 0x80000000).bytes()), simply(host, "192.0.2.1", 0));
    QCOMPARE(readAll(simpleAnswer(host, "192.0.2.1", 0x7fffffff).bytes()), simply(host, "192.0.2.1", 0x7fffffff));
}

void DnsMessageTest::eachOfSeveralQuestionsIsAnswered()
{
    const QByteArray other = wireName("other.test");
    const Packet packet = asked()
                              .question(other, Aaaa)
                              .answer(other, Aaaa, 60, wireAddress("2001:db8::2"))
                              .answer(pointerTo(12), A, 60, wireAddress("192.0.2.1"));
    const std::vector<Answer> both{
        {host, {{test::address("192.0.2.1"), 60}}}, {"other.test", {{test::address("2001:db8::2"), 60}}}};
    QCOMPARE(readAll(packet.bytes()), both);
    Packet tooMany = asked();
    for (int i = 0; i < dns::mostQuestions; ++i)
        tooMany.question(other);
    QVERIFY(readAll(tooMany.answer(pointerTo(12), A, 60, wireAddress("192.0.2.1")).bytes()).empty());
}

void DnsMessageTest::letterCaseMakesNoOtherName()
{
    const Packet packet = Packet()
                              .question(wireName("wWw.eXample.NET"))
                              .answer(wireName("WWW.example.net"), A, 60, wireAddress("192.0.2.1"));
    QCOMPARE(readAll(packet.bytes()), simply(host, "192.0.2.1"));
}

void DnsMessageTest::addressesOfOtherNamesAreNotTaken()
{
    const Packet packet = asked()
                              .answer(wireName("bank.test"), A, 60, wireAddress("192.0.2.66"))
                              .answer(pointerTo(12), A, 60, wireAddress("192.0.2.1"))
                              .answer(wireName("www.example.net.test"), A, 60, wireAddress("192.0.2.67"));
    QCOMPARE(readAll(packet.bytes()), simply(host, "192.0.2.1"));
}

void DnsMessageTest::otherSectionsAndOptionsAreNotTaken()
{
    const Packet packet = asked()
                              .answer(pointerTo(12), A, 60, wireAddress("192.0.2.1"))
                              .additional(QByteArray(1, '\0'), Opt, 0, QByteArray("\0\12\0\10abcdefgh", 12), 1232)
                              .additional(hostName(), A, 60, wireAddress("192.0.2.66"));
    QCOMPARE(readAll(packet.bytes()), simply(host, "192.0.2.1"));
}

void DnsMessageTest::otherClassesAndQuestionsAreNotTaken()
{
    constexpr std::uint16_t chaos = 3;
    const QByteArray data = wireAddress("192.0.2.1");
    QVERIFY(readAll(Packet().question(hostName(), A, chaos).answer(pointerTo(12), A, 60, data).bytes()).empty());
    QVERIFY(readAll(asked().answer(pointerTo(12), A, 60, data, chaos).bytes()).empty());
    QVERIFY(readAll(Packet().question(hostName(), Mx).answer(pointerTo(12), A, 60, data).bytes()).empty());
    QCOMPARE(readAll(Packet().question(hostName(), Any).answer(pointerTo(12), A, 60, data).bytes()),
        simply(host, "192.0.2.1"));
}

void DnsMessageTest::anAddressCountsOnce()
{
    const Packet packet = asked()
                              .answer(pointerTo(12), A, 60, wireAddress("192.0.2.1"))
                              .answer(pointerTo(12), A, 20, wireAddress("192.0.2.1"));
    QCOMPARE(readAll(packet.bytes()), simply(host, "192.0.2.1", 20));
}

void DnsMessageTest::noBlockersAnswerIsAnAddress_data()
{
    QTest::addColumn<QByteArray>("address");
    for (const char* text : {"0.0.0.0", "127.0.0.1", "127.255.255.254", "::", "::1", "::ffff:127.0.0.1"})
        QTest::newRow(text) << QByteArray(text);
}

void DnsMessageTest::noBlockersAnswerIsAnAddress()
{
    QFETCH(const QByteArray, address);
    QVERIFY(readAll(simpleAnswer(host, address.constData()).bytes()).empty());
}

void DnsMessageTest::whatIsNoGoodAnswerIsNone_data()
{
    QTest::addColumn<std::uint16_t>("flags");
    QTest::addColumn<bool>("isTaken");
    const auto row
        = [](const char* name, int flags, bool isTaken) { QTest::newRow(name) << std::uint16_t(flags) << isTaken; };
    row("an answer", 0x8000, true);
    row("an authority's", 0x8400, true);
    row("cut short", 0x8380, true);
    row("a query", 0x0100, false);
    row("no such name", 0x8183, false);
    row("refused", 0x8185, false);
    row("an update's", 0xa800, false);
    row("a notice's", 0xa000, false);
}

void DnsMessageTest::whatIsNoGoodAnswerIsNone()
{
    QFETCH(const std::uint16_t, flags);
    QFETCH(const bool, isTaken);
    const Packet packet = Packet(flags).question(hostName()).answer(pointerTo(12), A, 60, wireAddress("192.0.2.1"));
    QCOMPARE(!readAll(packet.bytes()).empty(), isTaken);
}

void DnsMessageTest::whatIsWholeOfACutMessageCounts()
{
    const Packet first = asked().answer(pointerTo(12), A, 60, wireAddress("192.0.2.1"));
    const Packet both = Packet(first).answer(pointerTo(12), A, 60, wireAddress("192.0.2.2"));
    for (std::size_t size = 0; size < both.size(); ++size) {
        const auto found = readAll(both.bytes().first(qsizetype(size)));
        QCOMPARE(found, size < first.size() ? std::vector<Answer>() : simply(host, "192.0.2.1"));
    }
    QCOMPARE(readAll(both.bytes()).front().addresses.size(), 2U);
}

void DnsMessageTest::noNameIsReadBackwardsInCircles_data()
{
    QTest::addColumn<QByteArray>("name"); // of a question, at 12
    const auto row = [](const char* tag, const QByteArray& name) { QTest::newRow(tag) << name; };
    row("to itself", pointerTo(12));
    row("to its own label", QByteArray("\1a") + pointerTo(12));
    row("forward", pointerTo(14) + wireName("a"));
    row("to a pointer back", pointerTo(14) + pointerTo(12));
    row("beyond the end", pointerTo(0x3fff));
    row("to the end", pointerTo(18));
    row("half", QByteArray("\xc0"));
    row("reserved bits", QByteArray("\x40") + QByteArray(64, 'a') + '\0');
    row("reserved bits, others", QByteArray("\x80") + QByteArray(128, 'a') + '\0');
    row("none", QByteArray());
    row("a label that isn't there", QByteArray("\77abc"));
}

void DnsMessageTest::noNameIsReadBackwardsInCircles()
{
    QFETCH(const QByteArray, name);
    const Packet packet = Packet().question(name).answer(name, A, 60, wireAddress("192.0.2.1"));
    QVERIFY(readAll(packet.bytes()).empty());
    QVERIFY(readAll(Packet().question(name).bytes().first(12 + name.size())).empty());
    const Packet behind
        = asked().answer(pointerTo(12), A, 60, wireAddress("192.0.2.1")).answer(pointerTo(12), Cname, 60, name);
    QCOMPARE(readAll(behind.bytes()), simply(host, "192.0.2.1"));
}

void DnsMessageTest::aliasesInCirclesEnd()
{
    const QByteArray other = wireName("other.test");
    const Packet packet = asked()
                              .answer(pointerTo(12), Cname, 60, other)
                              .answer(other, Cname, 60, hostName())
                              .answer(other, A, 60, wireAddress("192.0.2.1"));
    QCOMPARE(readAll(packet.bytes()), simply(host, "192.0.2.1"));
    const Packet itself = asked()
                              .answer(pointerTo(12), Cname, 60, pointerTo(12))
                              .answer(pointerTo(12), A, 60, wireAddress("192.0.2.1"));
    QCOMPARE(readAll(itself.bytes()), simply(host, "192.0.2.1"));
}

void DnsMessageTest::longChainsEndAtTheirBound()
{
    const auto chainOf = [](int aliases) {
        Packet packet = Packet().question(wireName("0.test"));
        for (int i = 0; i < aliases; ++i)
            packet.answer(
                wireName(QByteArray::number(i) + ".test"), Cname, 60, wireName(QByteArray::number(i + 1) + ".test"));
        return packet.answer(wireName(QByteArray::number(aliases) + ".test"), A, 60, wireAddress("192.0.2.1"));
    };
    QCOMPARE(readAll(chainOf(dns::mostAliases).bytes()), simply("0.test", "192.0.2.1"));
    QVERIFY(readAll(chainOf(dns::mostAliases + 1).bytes()).empty());
}

void DnsMessageTest::namesMayHave255BytesAndNoMore()
{
    const QByteArray label(63, 'a');
    const QByteArray longest = label + '.' + label + '.' + label + '.' + QByteArray(61, 'b');
    QCOMPARE(wireName(longest).size(), 255);
    QCOMPARE(readAll(simpleAnswer(longest, "192.0.2.1").bytes()), simply(longest, "192.0.2.1"));
    QVERIFY(readAll(simpleAnswer(longest + 'b', "192.0.2.1").bytes()).empty());
    QVERIFY(readAll(simpleAnswer(longest + ".b", "192.0.2.1").bytes()).empty());
    // The same length put together by a pointer.
    const Packet tooLong = Packet()
                               .question(wireName(longest))
                               .answer(pointerTo(12), A, 60, wireAddress("192.0.2.1"))
                               .answer(QByteArray("\1x") + pointerTo(12), A, 60, wireAddress("192.0.2.2"))
                               .answer(pointerTo(12), A, 60, wireAddress("192.0.2.3"));
    QCOMPARE(readAll(tooLong.bytes()), simply(longest, "192.0.2.1"));
}

void DnsMessageTest::aLabelMayHave63Bytes()
{
    const QByteArray name = QByteArray(63, 'x') + ".test";
    QCOMPARE(readAll(simpleAnswer(name, "192.0.2.1").bytes()), simply(name, "192.0.2.1"));
}

void DnsMessageTest::lyingCountsAndLengthsReachNothing_data()
{
    QTest::addColumn<QByteArray>("bytes");
    QTest::addColumn<bool>("isTaken");
    const auto row
        = [](const char* tag, const QByteArray& bytes, bool isTaken) { QTest::newRow(tag) << bytes << isTaken; };
    const Packet good = simpleAnswer(host, "192.0.2.1");
    row("more answers than there are", Packet(good).claim(1, 65'535).bytes(), true);
    row("no answers", Packet(good).claim(1, 0).bytes(), false);
    row("no questions", Packet(good).claim(0, 1).bytes(), false);
    row("more questions than there are", Packet(good).claim(2, 1).bytes(), false);
    row("as many questions as can be said", Packet(good).claim(65'535, 65'535).bytes(), false);
    const auto withLength = [&good](const char* length) {
        return QByteArray(good.bytes()).replace(good.bytes().size() - 6, 2, QByteArray(length, 2));
    };
    row("data beyond the end", withLength("\0\5"), false);
    row("data far beyond the end", withLength("\xff\xff"), false);
    row("too little data", withLength("\0\3"), false);
    row("no data", withLength("\0\0"), false);
    row("an alias longer than its data",
        asked()
            .answer(pointerTo(12), Cname, 60, wireName("a.test").chopped(1))
            .answer(wireName("a.test"), A, 60, wireAddress("192.0.2.1"))
            .bytes(),
        false);
    row("an alias shorter than its data",
        asked()
            .answer(pointerTo(12), Cname, 60, wireName("a.test") + 'x')
            .answer(wireName("a.test"), A, 60, wireAddress("192.0.2.1"))
            .bytes(),
        false);
    row("nothing", QByteArray(), false);
    row("a header's beginning", good.bytes().first(11), false);
    row("a header alone", good.bytes().first(12), false);
}

void DnsMessageTest::lyingCountsAndLengthsReachNothing()
{
    QFETCH(const QByteArray, bytes);
    QFETCH(const bool, isTaken);
    QCOMPARE(readAll(bytes), isTaken ? simply(host, "192.0.2.1") : std::vector<Answer>());
}

void DnsMessageTest::namesShowNothingButPlainCharacters_data()
{
    QTest::addColumn<QByteArray>("label");
    QTest::addColumn<QByteArray>("text");
    const auto row = [](const char* tag, const QByteArray& label, const char* text) {
        QTest::newRow(tag) << label << QByteArray(text);
    };
    row("as hosts are called", "a-b_9", "a-b_9");
    row("punycode stays", "xn--bcher-kva", "xn--bcher-kva");
    row("a dot within a label", "a.b", R"(a\x2eb)");
    row("a backslash", R"(a\x2eb)", R"(a\x5cx2eb)");
    row("a blank", "a b", R"(a\x20b)");
    row("control characters", "\x1b[2J\n", R"(\x1b\x5b2j\x0a)");
    row("zero", QByteArray("a\0b", 3), R"(a\x00b)");
    row("UTF-8", "b\xc3\xbc", R"(b\xc3\xbc)");
    row("markup", "<b>&", R"(\x3cb\x3e\x26)");
    row("what spreadsheets run", "=1", R"(\x3d1)");
}

void DnsMessageTest::namesShowNothingButPlainCharacters()
{
    QFETCH(const QByteArray, label);
    QFETCH(const QByteArray, text);
    const QByteArray name = char(label.size()) + label + wireName("test");
    const Packet packet = Packet().question(name).answer(pointerTo(12), A, 60, wireAddress("192.0.2.1"));
    QCOMPARE(readAll(packet.bytes()), simply(text + ".test", "192.0.2.1"));
}

void DnsMessageTest::theRootIsNoName()
{
    QVERIFY(readAll(simpleAnswer("", "192.0.2.1").bytes()).empty());
}

void DnsMessageTest::recordsBeyondTheBoundAreLeftAlone()
{
    Packet packet = asked();
    for (int i = 0; i < dns::mostRecords + 10; ++i)
        packet.answer(pointerTo(12), A, 60, QByteArray("\x0a\0\1", 3) + char(i));
    packet.claim(1, dns::mostRecords + 10);
    QCOMPARE(readAll(packet.bytes()).front().addresses.size(), std::size_t(dns::mostRecords));
}

void DnsMessageTest::aStreamIsCutWhereItsLengthsSay()
{
    const QByteArray one = simpleAnswer("one.test", "192.0.2.1").bytes();
    const QByteArray two = simpleAnswer("two.test", "2001:db8::2").bytes();
    const auto framed
        = [](const QByteArray& bytes) -> QByteArray { return QByteArray(1, '\0') + char(bytes.size()) + bytes; };
    const QByteArray stream = framed(one) + framed(two);
    const auto messages = dns::messagesIn(bytesOf(stream));
    QCOMPARE(messages.size(), 2U);
    QCOMPARE(dns::readAnswers(messages[0]), simply("one.test", "192.0.2.1"));
    QCOMPARE(dns::readAnswers(messages[1]), simply("two.test", "2001:db8::2"));
    for (qsizetype size = 0; size < stream.size(); ++size)
        QVERIFY(bytesIn(dns::messagesIn(bytesOf(stream.first(size)))) <= std::size_t(size));
    QCOMPARE(dns::messagesIn(bytesOf(QByteArray(1000, '\0'))).size(), 499U); // lengths of 0, but for the last
}

QTEST_GUILESS_MAIN(DnsMessageTest)
#include "tst_dnsmessage.moc"
