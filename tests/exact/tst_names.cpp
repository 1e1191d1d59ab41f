// SPDX-License-Identifier: GPL-3.0-or-later
// Programs ask a real name server (dnsmasq) by the C library's own resolver, and what they are told names the
// addresses. BWT_TEST_BACKEND names the backend ("auto" otherwise).
#include "asker.h"
#include "helper/dns/knownnames.h"
#include "helper/source/clocks.h"
#include "meter.h"
#include "nameserver.h"
#include "sums.h"
#include "veth.h"

#include <QTest>

#include <algorithm>
#include <cstring>
#include <optional>
#include <sys/stat.h>
#include <unistd.h>
#include <vector>

using namespace bwt;
using dns::Basis;
using dns::KnownName;

namespace {

constexpr std::uint32_t ttl = 77;

std::uint32_t networkNamespace()
{
    struct stat status{};
    if (stat("/proc/self/ns/net", &status) != 0)
        qFatal("ns/net: %s", std::strerror(errno));
    return static_cast<std::uint32_t>(status.st_ino);
}

/// Without its age.
std::optional<KnownName> known(const char* name, Basis basis)
{
    return KnownName{name, basis, 0};
}

} // namespace

class NamesTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void init();
    void cleanupTestCase();
    void whatAProgramAskedForNamesItsAddresses_data();
    void whatAProgramAskedForNamesItsAddresses();
    void aliasesAreFollowedToWhatWasAskedFor();
    void twoNamesOfOneAddressAreKeptApartByProcess();
    void anAnswerTooLongForADatagramIsTakenFromTheStream();
    void aLoopbackStubsAnswersAreTheAskersAndItsOwn();
    void aNameThatDoesNotExistNamesNothing();

private:
    /// Reads what was told, and remembers it.
    void listen();
    [[nodiscard]] std::optional<KnownName> nameOf(pid_t pid, const char* address) const;

    std::unique_ptr<TrafficSource> m_source;
    std::optional<Veth> m_cable;
    std::optional<NameServer> m_server;
    std::vector<NameAnswer> m_answers; ///< of this test, in this network namespace
    dns::KnownNames m_names;
    std::uint64_t m_nowNs = 0;
};

void NamesTest::initTestCase()
{
    auto source = makeTrafficSource(backendToTest());
    if (!source)
        qFatal("%s", qPrintable(source.error().detail));
    m_source = std::move(*source);
    m_cable.emplace();
    QCOMPARE(m_cable->problem(), QString());
    QStringList rules{
        QStringLiteral("--local=/bwt.test/"),
        QStringLiteral("--host-record=www.bwt.test,192.0.2.10,2001:db8::10,%1").arg(ttl),
        QStringLiteral("--host-record=video.bwt.test,192.0.2.20,2001:db8::20"),
        QStringLiteral("--host-record=mail.bwt.test,192.0.2.20,2001:db8::20"),
        QStringLiteral("--host-record=node7.cdn.bwt.test,192.0.2.30,2001:db8::30"),
        QStringLiteral("--cname=edge.cdn.bwt.test,node7.cdn.bwt.test"),
        QStringLiteral("--cname=shop.bwt.test,edge.cdn.bwt.test"),
    };
    for (int i = 1; i <= 100; ++i)
        rules << QStringLiteral("--host-record=crowd.bwt.test,198.51.100.%1").arg(i);
    m_server.emplace(m_cable->netns, QStringList{m_cable->far4, m_cable->far6}, rules);
}

void NamesTest::init()
{
    listen();
    m_answers.clear();
    m_names = dns::KnownNames();
}

void NamesTest::cleanupTestCase()
{
    m_server.reset();
    m_cable.reset();
}

void NamesTest::listen()
{
    const auto reading = m_source->read();
    QVERIFY(reading);
    m_nowNs = reading->bootNs;
    for (const NameAnswer& answer : reading->answers) {
        if (answer.netns != networkNamespace())
            continue;
        m_names.learn(answer);
        m_answers.push_back(answer);
    }
}

std::optional<KnownName> NamesTest::nameOf(pid_t pid, const char* text) const
{
    const auto nsPerTick = 1'000'000'000ULL / std::uint64_t(sysconf(_SC_CLK_TCK));
    const auto answer = std::ranges::find_if(m_answers, [&](const NameAnswer& one) {
        return one.asker.pid == std::uint32_t(pid) && one.asker.startNs / nsPerTick == startTicks(pid);
    });
    const ProcessId process = answer == m_answers.end() ? ProcessId{std::uint32_t(pid), 1} : answer->asker;
    auto name = m_names.nameOf(process, networkNamespace(), address(QString::fromLatin1(text)), m_nowNs);
    if (name)
        name->ageNs = 0;
    return name;
}

void NamesTest::whatAProgramAskedForNamesItsAddresses_data()
{
    QTest::addColumn<bool>("is6");
    QTest::addColumn<bool>("isStream");
    QTest::newRow("IPv4, UDP") << false << false;
    QTest::newRow("IPv4, TCP") << false << true;
    QTest::newRow("IPv6, UDP") << true << false;
    QTest::newRow("IPv6, TCP") << true << true;
}

void NamesTest::whatAProgramAskedForNamesItsAddresses()
{
    QFETCH(const bool, is6);
    QFETCH(const bool, isStream);
    const Asker asker("www.bwt.test", is6 ? m_cable->far6 : m_cable->far4, isStream ? "use-vc" : "edns0");
    QCOMPARE(asker.addresses(), 2);
    listen();
    QCOMPARE(nameOf(asker.pid(), "192.0.2.10"), known("www.bwt.test", Basis::Asked));
    QCOMPARE(nameOf(asker.pid(), "2001:db8::10"), known("www.bwt.test", Basis::Asked));
    QCOMPARE(nameOf(getpid(), "192.0.2.10"), known("www.bwt.test", Basis::Fresh));
    QVERIFY(std::ranges::all_of(m_answers, [&](const NameAnswer& one) { return one.isStream == isStream; }));
    // The host's part holds for as long as the server has said.
    const std::uint64_t told = m_answers.back().atNs;
    const auto after = [&](std::uint64_t seconds) {
        return m_names
            .nameOf({}, networkNamespace(), address(QStringLiteral("192.0.2.10")), told + seconds * 1'000'000'000)
            .has_value();
    };
    QVERIFY(after(ttl - 5));
    QVERIFY(!after(ttl + 1));
}

void NamesTest::aliasesAreFollowedToWhatWasAskedFor()
{
    const Asker asker("shop.bwt.test", m_cable->far4);
    QCOMPARE(asker.addresses(), 2);
    listen();
    QCOMPARE(nameOf(asker.pid(), "192.0.2.30"), known("shop.bwt.test", Basis::Asked));
    QCOMPARE(nameOf(asker.pid(), "2001:db8::30"), known("shop.bwt.test", Basis::Asked));
}

void NamesTest::twoNamesOfOneAddressAreKeptApartByProcess()
{
    const Asker video("video.bwt.test", m_cable->far4);
    const Asker mail("mail.bwt.test", m_cable->far6);
    listen();
    for (const char* address : {"192.0.2.20", "2001:db8::20"}) {
        QCOMPARE(nameOf(video.pid(), address), known("video.bwt.test", Basis::Asked));
        QCOMPARE(nameOf(mail.pid(), address), known("mail.bwt.test", Basis::Asked));
        QCOMPARE(nameOf(getpid(), address), known("mail.bwt.test", Basis::Fresh));
    }
}

void NamesTest::anAnswerTooLongForADatagramIsTakenFromTheStream()
{
    const Asker asker("crowd.bwt.test", m_cable->far4);
    QCOMPARE(asker.addresses(), 100);
    listen();
    QVERIFY(std::ranges::any_of(m_answers, &NameAnswer::isStream));
    int named = 0;
    for (int i = 1; i <= 100; ++i)
        named += nameOf(asker.pid(), qPrintable(QStringLiteral("198.51.100.%1").arg(i))).has_value() ? 1 : 0;
    QVERIFY2(named >= 70, qPrintable(QString::number(named))); // the beginning, which is 1,232 bytes of it
}

void NamesTest::aLoopbackStubsAnswersAreTheAskersAndItsOwn()
{
    const QString here = QStringLiteral("127.53.%1.%2").arg(getpid() >> 8 & 0xff).arg(getpid() & 0xff);
    const NameServer stub(QString(), {here}, {QStringLiteral("--server=") + m_cable->far4});
    const Asker asker("www.bwt.test", here);
    QCOMPARE(asker.addresses(), 2);
    listen();
    for (const char* address : {"192.0.2.10", "2001:db8::10"}) {
        QCOMPARE(nameOf(asker.pid(), address), known("www.bwt.test", Basis::Asked));
        QCOMPARE(nameOf(stub.pid(), address), known("www.bwt.test", Basis::Asked));
        QCOMPARE(nameOf(getpid(), address), known("www.bwt.test", Basis::Fresh));
    }
}

void NamesTest::aNameThatDoesNotExistNamesNothing()
{
    const Asker asker("nobody.bwt.test", m_cable->far4);
    QCOMPARE(asker.addresses(), 0);
    listen();
    QVERIFY(!m_answers.empty());
    QCOMPARE(m_names.bytes(), 0U);
}

QTEST_GUILESS_MAIN(NamesTest)
#include "tst_names.moc"
