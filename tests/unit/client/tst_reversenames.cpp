// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/client/reversenames.h"

#include <QSemaphore>
#include <QTest>

#include <memory>
#include <optional>

using namespace bwt;
using namespace std::chrono_literals;

namespace {

QString numbered(const QString& address)
{
    return address == QStringLiteral("none") ? QString() : QStringLiteral("host-") + address;
}

} // namespace

class ReverseNamesTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void whatIsFoundIsAnsweredAtOnce()
    {
        ReverseNames names(1h, &numbered);
        QStringList addresses{QStringLiteral("none")};
        for (int i = 0; i < 100; ++i)
            addresses.append(QString::number(i));
        std::optional<ReverseNames::Names> answer;
        names.lookUp(addresses, this, [&](const ReverseNames::Names& found) { answer = found; });
        QVERIFY(!answer);
        QTRY_VERIFY(answer);
        QCOMPARE(answer->size(), 100);
        QCOMPARE(answer->value(QStringLiteral("42")), QStringLiteral("host-42"));
    }

    void nothingToAskForIsAnsweredToo()
    {
        ReverseNames names(1h, &numbered);
        bool isAnswered = false;
        names.lookUp({}, this, [&](const ReverseNames::Names&) { isAnswered = true; });
        QTRY_VERIFY(isAnswered);
    }

    void whoIsSlowIsLeftBehind()
    {
        const auto gate = std::make_shared<QSemaphore>();
        int answers = 0;
        ReverseNames::Names last;
        {
            ReverseNames names(100ms, [gate](const QString& address) {
                if (address == QStringLiteral("slow"))
                    gate->acquire();
                return numbered(address);
            });
            names.lookUp({QStringLiteral("slow"), QStringLiteral("1")}, this, [&](const ReverseNames::Names& found) {
                ++answers;
                last = found;
            });
            QTRY_COMPARE(answers, 1);
        }
        QCOMPARE(last, (ReverseNames::Names{{QStringLiteral("1"), QStringLiteral("host-1")}}));
        gate->release();
        QCoreApplication::processEvents();
        QCOMPARE(answers, 1);
    }

    void nobodyIsAnsweredWhoIsGone()
    {
        const auto gate = std::make_shared<QSemaphore>();
        const auto waiting = [gate](const QString& address) {
            gate->acquire();
            return numbered(address);
        };
        bool isAnswered = false;
        const auto note = [&](const ReverseNames::Names&) { isAnswered = true; };
        ReverseNames names(1h, waiting);
        auto context = std::make_unique<QObject>();
        names.lookUp({QStringLiteral("1")}, context.get(), note);
        context.reset();
        auto others = std::make_unique<ReverseNames>(1h, waiting);
        others->lookUp({QStringLiteral("2")}, this, note);
        others.reset();
        bool isOver = false;
        names.lookUp({QStringLiteral("3")}, this, [&](const ReverseNames::Names&) { isOver = true; });
        gate->release(3);
        QTRY_VERIFY(isOver);
        QCoreApplication::processEvents();
        QVERIFY(!isAnswered);
    }

    void onlyAddressesHaveReverseNames()
    {
        QVERIFY(reverseName(QStringLiteral("www.example.net")).isNull());
        QVERIFY(reverseName(QString()).isNull());
        QCOMPARE(reverseName(QStringLiteral("127.0.0.1")), QStringLiteral("localhost")); // of every hosts(5)
    }
};

QTEST_GUILESS_MAIN(ReverseNamesTest)
#include "tst_reversenames.moc"
