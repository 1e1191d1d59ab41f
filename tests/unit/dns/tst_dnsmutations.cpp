// SPDX-License-Identifier: GPL-3.0-or-later
// A million damaged messages, the same in every run. Sanitizers see what is read beside them.
#include "packet.h"

#include <QTest>

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>
#include <random>

using namespace bwt;
using namespace bwt::test;

namespace {

constexpr int rounds = 1'000'000;
constexpr std::size_t mostTextBytes = 4 * 255;

using Dice = std::minstd_rand; // said to the bit by the standard, as its distributions are not

std::size_t below(Dice& dice, std::size_t bound)
{
    return dice() % bound;
}

/// Messages of every kind that is read.
std::vector<QByteArray> originals()
{
    const QByteArray host = wireName("www.example.net");
    const QByteArray edge = wireName("e7.cdn.example.org");
    Packet chain = Packet().question(host).answer(pointerTo(12), Cname, 60, QByteArray("\3cdn") + pointerTo(16));
    const std::size_t target = chain.size() - 6;
    chain.answer(pointerTo(target), Cname, 60, edge).answer(edge, A, 60, wireAddress("192.0.2.1"));
    Packet crowd = Packet().question(host, Aaaa);
    for (int i = 0; i < 12; ++i)
        crowd.answer(pointerTo(12), Aaaa, 60, wireAddress("2001:db8::1").chopped(1) + char(i + 1));
    return {
        simpleAnswer("a.test", "192.0.2.1").bytes(),
        simpleAnswer("xn--bcher-kva.example", "2001:db8::1").bytes(),
        chain.bytes(),
        crowd.bytes(),
        Packet()
            .question(host)
            .question(edge, Aaaa)
            .answer(pointerTo(12), A, 5, wireAddress("192.0.2.1"))
            .answer(edge, Aaaa, 5, wireAddress("2001:db8::1"))
            .additional(QByteArray(1, '\0'), Opt, 0, QByteArray("\0\12\0\10abcdefgh", 12), 1232)
            .bytes(),
        simpleAnswer(QByteArray(63, 'a') + '.' + QByteArray(63, 'b') + '.' + QByteArray(63, 'c'), "192.0.2.1")
            .bytes(),
    };
}

/// Bytes that mean something in a message.
std::uint8_t interesting(Dice& dice)
{
    constexpr std::array<std::uint8_t, 12> bytes{0, 1, 2, 5, 12, 28, 63, 64, 0x80, 0xc0, 0xc1, 0xff};
    return below(dice, 2) == 0 ? bytes[below(dice, bytes.size())] : static_cast<std::uint8_t>(dice());
}

struct Message {
    std::array<std::uint8_t, 1024> bytes{};
    std::size_t size = 0;
};

void damage(Message& message, Dice& dice)
{
    const std::size_t at = below(dice, message.size);
    const std::size_t length = std::min(1 + below(dice, 24), message.size - at);
    std::uint8_t* const place = message.bytes.data() + at;
    switch (below(dice, 6)) {
    case 0:
        *place ^= static_cast<std::uint8_t>(1U << below(dice, 8));
        break;
    case 1:
        *place = interesting(dice);
        break;
    case 2: // a pointer, most of them back
        *place = 0xc0 | (below(dice, 8) == 0 ? interesting(dice) : 0);
        message.bytes[std::min(at + 1, message.size - 1)] = static_cast<std::uint8_t>(below(dice, message.size));
        break;
    case 3:
        message.size = std::max<std::size_t>(at, 1);
        break;
    case 4: // a piece once more, elsewhere
        std::memmove(message.bytes.data() + below(dice, message.size - length + 1), place, length);
        break;
    default: // a piece less
        std::memmove(place, place + length, message.size - at - length);
        message.size = std::max<std::size_t>(message.size - length, 1);
    }
}

bool isPlain(char byte)
{
    return ('a' <= byte && byte <= 'z') || ('0' <= byte && byte <= '9') || std::strchr("-_.\\", byte) != nullptr;
}

bool isFit(const dns::Answer& answer)
{
    return !answer.name.isEmpty() && std::size_t(answer.name.size()) <= mostTextBytes
        && std::ranges::all_of(answer.name, isPlain) && !answer.addresses.empty()
        && answer.addresses.size() <= std::size_t(dns::mostRecords)
        && std::ranges::none_of(answer.addresses, [](const auto& named) { return named.address == Address{}; });
}

} // namespace

class DnsMutationsTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void aMillionDamagedMessagesAreReadWithinTheirBounds()
    {
        const std::vector<QByteArray> whole = originals();
        for (const QByteArray& message : whole)
            QVERIFY(!readAll(message).empty());
        Dice dice(20'260'801);
        int taken = 0;
        for (int round = 0; round < rounds; ++round) {
            const QByteArray& original = whole[below(dice, whole.size())];
            Message message;
            message.size = std::size_t(original.size());
            std::ranges::copy(original, message.bytes.begin());
            for (std::size_t times = 1 + below(dice, 4); times > 0; --times)
                damage(message, dice);
            const std::unique_ptr<std::uint8_t[]> exact(new std::uint8_t[message.size]);
            std::copy_n(message.bytes.begin(), message.size, exact.get());
            const auto answers = dns::readAnswers({exact.get(), message.size});
            taken += answers.empty() ? 0 : 1;
            if (!std::ranges::all_of(answers, isFit) || answers.size() > std::size_t(dns::mostQuestions))
                QFAIL(qPrintable(QString::fromLatin1(
                    QByteArray(reinterpret_cast<const char*>(exact.get()), qsizetype(message.size)).toHex())));
            for (const dns::Bytes part : dns::messagesIn({exact.get(), message.size}))
                if (part.data() < exact.get() || part.data() + part.size() > exact.get() + message.size)
                    QFAIL("a piece of a stream is outside of it");
        }
        qInfo() << taken << "of" << rounds << "still hold an answer";
        QVERIFY(taken > rounds / 10); // or the damage would end all reading at the header
        QVERIFY(taken < rounds * 9 / 10);
    }
};

QTEST_GUILESS_MAIN(DnsMutationsTest)
#include "tst_dnsmutations.moc"
