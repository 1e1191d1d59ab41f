// SPDX-License-Identifier: GPL-3.0-or-later
#include "helper/dns/knownnames.h"
#include "packet.h"
#include "tests/unit/heapbytes.h"

#include <QTest>

using namespace bwt;
using namespace bwt::test;
using dns::Basis;
using dns::KnownName;
using dns::KnownNames;

namespace {

constexpr std::uint64_t second = 1'000'000'000;
constexpr std::uint64_t noon = 43'200 * second;
constexpr std::uint32_t here = 4026531840;

constexpr ProcessId browser{100, 7};
constexpr ProcessId mailer{200, 8};
constexpr ProcessId resolver{50, 1};

NameAnswer told(const ProcessId& asker, std::uint64_t atNs, const Packet& packet, std::uint32_t netns = here)
{
    return {atNs, asker, netns, false, packet.bytes()};
}

std::optional<KnownName> known(const QByteArray& name, Basis basis, std::uint64_t ageNs)
{
    return KnownName{name, basis, ageNs};
}

} // namespace

class KnownNamesTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void aProcessKnowsTheNameThatItAskedFor();
    void twoNamesOfOneAddressAreKeptApartByProcess();
    void theNewestAnswerWins();
    void whatWasToldLaterIsNotKnownYet();
    void aResolversAnswerIsFreshForTenSeconds();
    void theHostsNameHoldsAsLongAsItsTtl();
    void noTtlHoldsLongerThanADay();
    void anAnswerWithoutAskerIsTheHosts();
    void anotherNetworkNamespaceHasOtherNames();
    void aReusedPidKnowsNothing();
    void aStreamsMessagesAreAllLearnt();
    void noiseTeachesNothing();
    void theSameNameAgainIsTheSameEntry();
    void anAddressKeepsItsNewestNames();
    void whatWasToldTheLongestAgoMakesRoom();
    void theBoundHoldsForWhatTheMemoryReallyTakes();
};

void KnownNamesTest::aProcessKnowsTheNameThatItAskedFor()
{
    KnownNames names;
    names.learn(told(browser, noon, simpleAnswer("www.example.net", "192.0.2.1", 1)));
    names.learn(told(browser, noon, simpleAnswer("www.example.net", "2001:db8::1", 1)));
    for (const char* text : {"192.0.2.1", "2001:db8::1"}) {
        // Connections and programs' own caches outlast any TTL.
        for (const std::uint64_t age : {0 * second, 3'600 * second})
            QCOMPARE(names.nameOf(browser, here, test::address(text), noon + age),
                known("www.example.net", Basis::Asked, age));
    }
    QCOMPARE(names.nameOf(browser, here, test::address("192.0.2.2"), noon), std::nullopt);
    QCOMPARE(names.nameOf(browser, here, Address{}, noon), std::nullopt);
}

void KnownNamesTest::twoNamesOfOneAddressAreKeptApartByProcess()
{
    KnownNames names;
    const Address shared = test::address("192.0.2.1");
    names.learn(told(browser, noon, simpleAnswer("video.test", "192.0.2.1")));
    names.learn(told(mailer, noon + second, simpleAnswer("mail.test", "192.0.2.1")));
    const std::uint64_t later = noon + 30 * second;
    QCOMPARE(names.nameOf(browser, here, shared, later), known("video.test", Basis::Asked, 30 * second));
    QCOMPARE(names.nameOf(mailer, here, shared, later), known("mail.test", Basis::Asked, 29 * second));
    QCOMPARE(names.nameOf({300, 9}, here, shared, later), known("mail.test", Basis::Host, 29 * second));
}

void KnownNamesTest::theNewestAnswerWins()
{
    KnownNames names;
    const Address address = test::address("192.0.2.1");
    names.learn(told(browser, noon, simpleAnswer("a.test", "192.0.2.1")));
    names.learn(told(browser, noon + second, simpleAnswer("b.test", "192.0.2.1")));
    QCOMPARE(names.nameOf(browser, here, address, noon + 2 * second), known("b.test", Basis::Asked, second));
    names.learn(told(browser, noon + 2 * second, simpleAnswer("a.test", "192.0.2.1")));
    QCOMPARE(names.nameOf(browser, here, address, noon + 2 * second), known("a.test", Basis::Asked, 0));
}

void KnownNamesTest::whatWasToldLaterIsNotKnownYet()
{
    KnownNames names;
    const Address address = test::address("192.0.2.1");
    names.learn(told(browser, noon, simpleAnswer("a.test", "192.0.2.1")));
    names.learn(told(browser, noon + 5 * second, simpleAnswer("b.test", "192.0.2.1")));
    QCOMPARE(names.nameOf(browser, here, address, noon - 1), std::nullopt);
    QCOMPARE(names.nameOf(browser, here, address, noon + second), known("a.test", Basis::Asked, second));
    QCOMPARE(names.nameOf(mailer, here, address, noon + second), known("a.test", Basis::Fresh, second));
}

void KnownNamesTest::aResolversAnswerIsFreshForTenSeconds()
{
    KnownNames names;
    const Address address = test::address("192.0.2.1");
    names.learn(told(resolver, noon, simpleAnswer("a.test", "192.0.2.1", 300)));
    QCOMPARE(names.nameOf(browser, here, address, noon + 10 * second), known("a.test", Basis::Fresh, 10 * second));
    QCOMPARE(
        names.nameOf(browser, here, address, noon + 10 * second + 1), known("a.test", Basis::Host, 10 * second + 1));
}

void KnownNamesTest::theHostsNameHoldsAsLongAsItsTtl()
{
    KnownNames names;
    const Address address = test::address("192.0.2.1");
    names.learn(told(resolver, noon, simpleAnswer("a.test", "192.0.2.1", 60)));
    QCOMPARE(names.nameOf(browser, here, address, noon + 60 * second), known("a.test", Basis::Host, 60 * second));
    QCOMPARE(names.nameOf(browser, here, address, noon + 60 * second + 1), std::nullopt);
}

void KnownNamesTest::noTtlHoldsLongerThanADay()
{
    KnownNames names;
    const Address address = test::address("192.0.2.1");
    names.learn(told(resolver, noon, simpleAnswer("a.test", "192.0.2.1", 0x7fffffff)));
    const std::uint64_t day = 86'400 * second;
    QCOMPARE(names.nameOf(browser, here, address, noon + day), known("a.test", Basis::Host, day));
    QCOMPARE(names.nameOf(browser, here, address, noon + day + 1), std::nullopt);
}

void KnownNamesTest::anAnswerWithoutAskerIsTheHosts()
{
    KnownNames names;
    const Address address = test::address("192.0.2.1");
    names.learn(told({}, noon, simpleAnswer("a.test", "192.0.2.1")));
    QCOMPARE(names.nameOf({}, here, address, noon), known("a.test", Basis::Fresh, 0));
    QCOMPARE(names.nameOf(browser, here, address, noon), known("a.test", Basis::Fresh, 0));
}

void KnownNamesTest::anotherNetworkNamespaceHasOtherNames()
{
    KnownNames names;
    const Address address = test::address("10.0.0.1");
    names.learn(told(browser, noon, simpleAnswer("a.test", "10.0.0.1"), here));
    names.learn(told(mailer, noon, simpleAnswer("b.test", "10.0.0.1"), here + 1));
    QCOMPARE(names.nameOf(resolver, here, address, noon), known("a.test", Basis::Fresh, 0));
    QCOMPARE(names.nameOf(resolver, here + 1, address, noon), known("b.test", Basis::Fresh, 0));
    QCOMPARE(names.nameOf(resolver, here + 2, address, noon), std::nullopt);
}

void KnownNamesTest::aReusedPidKnowsNothing()
{
    KnownNames names;
    names.learn(told(browser, noon, simpleAnswer("a.test", "192.0.2.1")));
    const ProcessId next{browser.pid, browser.startNs + 1};
    QCOMPARE(names.nameOf(next, here, test::address("192.0.2.1"), noon), known("a.test", Basis::Fresh, 0));
}

void KnownNamesTest::aStreamsMessagesAreAllLearnt()
{
    const QByteArray one = simpleAnswer("one.test", "192.0.2.1").bytes();
    const QByteArray two = simpleAnswer("two.test", "2001:db8::2").bytes();
    const auto framed
        = [](const QByteArray& bytes) -> QByteArray { return QByteArray(1, '\0') + char(bytes.size()) + bytes; };
    KnownNames names;
    names.learn({noon, browser, here, true, framed(one) + framed(two)});
    QVERIFY(names.nameOf(browser, here, test::address("192.0.2.1"), noon));
    QVERIFY(names.nameOf(browser, here, test::address("2001:db8::2"), noon));
}

void KnownNamesTest::noiseTeachesNothing()
{
    KnownNames names;
    for (const bool isStream : {false, true})
        for (const QByteArray& bytes : {QByteArray(), QByteArray(1, '\0'), QByteArray(600, '\xff')})
            names.learn({noon, browser, here, isStream, bytes});
    QCOMPARE(names.bytes(), 0U);
}

void KnownNamesTest::theSameNameAgainIsTheSameEntry()
{
    KnownNames names;
    names.learn(told(browser, noon, simpleAnswer("a.test", "192.0.2.1")));
    const std::size_t once = names.bytes();
    QVERIFY(once > 0);
    for (int i = 1; i < 100; ++i)
        names.learn(told(browser, noon + i * second, simpleAnswer("A.test", "192.0.2.1")));
    QCOMPARE(names.bytes(), once);
}

void KnownNamesTest::anAddressKeepsItsNewestNames()
{
    KnownNames names;
    const auto nameOf = [](std::size_t i) -> QByteArray { return QByteArray::number(qulonglong(i)) + ".test"; };
    const std::size_t many = KnownNames::mostNames + 2;
    for (std::size_t i = 0; i < many; ++i)
        names.learn(told(browser, noon + i * second, simpleAnswer(nameOf(i), "192.0.2.1")));
    for (std::size_t i = 0; i < many; ++i)
        QCOMPARE(names.nameOf(browser, here, test::address("192.0.2.1"), noon + i * second).has_value(), i >= 2);
}

void KnownNamesTest::whatWasToldTheLongestAgoMakesRoom()
{
    KnownNames once;
    once.learn(told(browser, noon, simpleAnswer("a.test", "192.0.2.1")));
    KnownNames names(3 * once.bytes()); // for three addresses
    const char* const addresses[]{"192.0.2.1", "192.0.2.2", "192.0.2.3", "192.0.2.4"};
    const auto isKnown
        = [&](const char* text) { return names.nameOf(browser, here, test::address(text), noon).has_value(); };
    for (int i = 0; i < 3; ++i)
        names.learn(told(browser, noon, simpleAnswer("a.test", addresses[i])));
    names.learn(told(browser, noon, simpleAnswer("a.test", addresses[0]))); // told again, so no longer the oldest
    names.learn(told(browser, noon, simpleAnswer("a.test", addresses[3])));
    QVERIFY(isKnown(addresses[0]));
    QVERIFY(!isKnown(addresses[1]));
    QVERIFY(isKnown(addresses[2]));
    QVERIFY(isKnown(addresses[3]));
}

void KnownNamesTest::theBoundHoldsForWhatTheMemoryReallyTakes()
{
    KnownNames names;
    const std::size_t before = heapBytes();
    for (std::uint32_t i = 0; i < 50'000; ++i) {
        const QByteArray last = QByteArray::number(i);
        const QByteArray address = "10." + QByteArray::number(i >> 16) + '.' + QByteArray::number(i >> 8 & 255) + '.'
            + QByteArray::number(i & 255);
        names.learn(told({i % 1'000 + 1, 1}, noon, simpleAnswer(QByteArray(i % 60, 'x') + last + ".test", address)));
    }
    QVERIFY(names.bytes() <= KnownNames::defaultBytes);
    QVERIFY(names.bytes() > KnownNames::defaultBytes - 2'000);
    const std::size_t taken = heapBytes() - before;
    qInfo() << taken << "bytes taken";
    QVERIFY(taken <= KnownNames::defaultBytes);
    QVERIFY(taken > KnownNames::defaultBytes / 2); // what is counted is not much more than what is taken
}

QTEST_GUILESS_MAIN(KnownNamesTest)
#include "tst_knownnames.moc"
