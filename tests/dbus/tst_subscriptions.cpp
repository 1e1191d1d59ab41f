// SPDX-License-Identifier: GPL-3.0-or-later
#include "dbus/names.h"
#include "dbus/row.h"
#include "tests/dbus/fakepolkit.h"
#include "tests/dbus/frames.h"
#include "tests/dbus/helperprocess.h"
#include "tests/dbus/privatebus.h"
#include "tests/dbus/recording.h"

#include <QDBusPendingCall>
#include <QTest>

using namespace bwt;
using namespace bwt::test;

namespace {

const QStringList byProcess{QStringLiteral("process")};
constexpr uid_t nobody = 65534;
const QString limitExceeded = QString(names::errorPrefix) + QStringLiteral("LimitExceeded");

/// "steady" moves once, at the start; "busy" moves in every second; "late" overtakes "steady" after some seconds.
QList<Moved> traffic()
{
    QList<Moved> lines{
        {0, 201, 0, QStringLiteral("steady"), 5'000, 0},
        {4'000, 203, 0, QStringLiteral("late"), 50'000, 0},
    };
    for (qint64 second = 0; second < 60; ++second)
        lines.append({second * 1000, 202, 0, QStringLiteral("busy"), 100'000, 0});
    return lines;
}

QStringList namesIn(const Frame& frame)
{
    QStringList names;
    for (const Row& row : frame.rows)
        names.append(row.processName);
    names.sort();
    return names;
}

const Row* find(const Frame& frame, const QString& name)
{
    const auto row
        = std::ranges::find_if(frame.rows, [&](const Row& candidate) { return candidate.processName == name; });
    return row != frame.rows.end() ? &*row : nullptr;
}

} // namespace

/// Frames: who gets them, and what is in them.
class SubscriptionsTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void init()
    {
        m_bus = std::make_unique<PrivateBus>();
        QVERIFY(m_bus->start());
        const QString recording = writeRecording(m_bus->directory() + QStringLiteral("/recording"), traffic());
        m_helper = std::make_unique<HelperProcess>(*m_bus);
        QVERIFY(m_helper->start({QStringLiteral("--backend"), QStringLiteral("replay:") + recording}));
    }

    void cleanup()
    {
        QCOMPARE(m_helper->stop(), 0);
        m_helper.reset();
        m_bus.reset();
    }

    void theFirstFrameIsCompleteAndLaterOnesHoldWhatChanged()
    {
        FrameReceiver receiver(m_bus->connectAs(0));
        QVERIFY(receiver.subscribe(byProcess, 100));
        QTRY_VERIFY(receiver.frames().size() >= 3);
        const QStringList first = namesIn(receiver.frames().at(0));
        QVERIFY(first.contains(QStringLiteral("steady")) && first.contains(QStringLiteral("busy")));
        // Steady's rates may still fall to zero in the second frame.
        QCOMPARE(namesIn(receiver.frames().at(2)).contains(QStringLiteral("steady")), false);
        QVERIFY(namesIn(receiver.frames().at(2)).contains(QStringLiteral("busy")));
    }

    void framesFollowEachOtherWithoutHoles()
    {
        FrameReceiver receiver(m_bus->connectAs(0));
        QVERIFY(receiver.subscribe(byProcess, 100));
        QTRY_VERIFY(receiver.frames().size() >= 4);
        for (qsizetype i = 1; i < receiver.frames().size(); ++i)
            QCOMPARE(receiver.frames().at(i).sinceMs, receiver.frames().at(i - 1).untilMs);
    }

    void aWatchedHelperLooksEverySecondAndAnUnwatchedOneEveryFive()
    {
        const QDBusConnection root = m_bus->connectAs(0);
        QCOMPARE(answer<Status>(root, QStringLiteral("Status")).intervalMs, 5000U);
        FrameReceiver receiver(m_bus->connectAs(0));
        QVERIFY(receiver.subscribe(byProcess, 100));
        QCOMPARE(answer<Status>(root, QStringLiteral("Status")).intervalMs, 1000U);
        // A busy machine makes ticks late, but not all of them: some come right on a second of the wall clock.
        const auto isPunctual
            = [](const Frame& frame) { return frame.untilMs - frame.sinceMs < 1500 && frame.untilMs % 1000 < 100; };
        QTRY_VERIFY_WITH_TIMEOUT(std::ranges::any_of(receiver.frames(), isPunctual), 20'000);
    }

    void aRowThatLeavesTheTopIsSentOnceMoreWithoutRates()
    {
        FrameReceiver receiver(m_bus->connectAs(0));
        QVERIFY(receiver.subscribe(byProcess, 2));
        QTRY_VERIFY_WITH_TIMEOUT(
            find(receiver.frames().isEmpty() ? Frame() : receiver.frames().constLast(), QStringLiteral("late")),
            15'000);
        QVERIFY(find(receiver.frames().constFirst(), QStringLiteral("steady")));
        const Row* left = find(receiver.frames().constLast(), QStringLiteral("steady"));
        QVERIFY(left);
        QVERIFY(!left->numbers.txRate && !left->numbers.rxRate);
        QCOMPARE(left->numbers.txBytes, quint64(5'000));
        const qsizetype count = receiver.frames().size();
        QTRY_VERIFY(receiver.frames().size() > count);
        QVERIFY(!find(receiver.frames().constLast(), QStringLiteral("steady")));
    }

    void framesGoToTheSubscriberAlone()
    {
        FrameReceiver bystander(m_bus->connectAs(0));
        FrameReceiver receiver(m_bus->connectAs(0));
        QVERIFY(receiver.subscribe(byProcess, 100));
        QTRY_VERIFY(receiver.frames().size() >= 3);
        QVERIFY(bystander.frames().isEmpty());
    }

    void anUnprivilegedSubscriberGetsItsFramesThroughTheBusPolicy()
    {
        FakePolkit polkit(*m_bus);
        QVERIFY(polkit.start());
        polkit.answerAtOnce(true);
        FrameReceiver receiver(m_bus->connectAs(alice));
        QVERIFY(receiver.subscribe(byProcess, 100));
        QTRY_VERIFY(receiver.frames().size() >= 2);
    }

    void unsubscribingEndsTheFrames()
    {
        const QDBusConnection caller = m_bus->connectAs(0);
        FrameReceiver receiver(caller);
        QVERIFY(receiver.subscribe(byProcess, 100));
        QTRY_VERIFY(!receiver.frames().isEmpty());
        QCOMPARE(call(caller, QStringLiteral("Unsubscribe")).type(), QDBusMessage::ReplyMessage);
        const qsizetype count = receiver.frames().size();
        // Another subscriber shows that ticks go on.
        FrameReceiver other(m_bus->connectAs(0));
        QVERIFY(other.subscribe(byProcess, 100));
        QTRY_VERIFY(other.frames().size() >= 3);
        QCOMPARE(receiver.frames().size(), count);
    }

    void callersWhoLeaveTheBusAreForgotten()
    {
        const QDBusConnection root = m_bus->connectAs(0);
        std::optional<QDBusConnection> caller = m_bus->connectAs(0);
        QCOMPARE(call(*caller, QStringLiteral("Subscribe"), {byProcess, 100U}).type(), QDBusMessage::ReplyMessage);
        QCOMPARE(answer<Status>(root, QStringLiteral("Status")).subscribers, 1U);
        leave(caller);
        QTRY_COMPARE(answer<Status>(root, QStringLiteral("Status")).subscribers, 0U);
    }

    void aCallerWhoLeftBeforePolkitAnsweredHoldsNothing()
    {
        const QDBusConnection root = m_bus->connectAs(0);
        FakePolkit polkit(*m_bus);
        QVERIFY(polkit.start());
        std::optional<QDBusConnection> caller = m_bus->connectAs(alice);
        auto subscribe = QDBusMessage::createMethodCall(
            QString(names::service), QString(names::object), QString(names::interface), QStringLiteral("Subscribe"));
        subscribe << byProcess << 100U;
        caller->send(subscribe);
        QTRY_COMPARE(polkit.waiting(), 1);
        leave(caller);
        polkit.answerAtOnce(true);
        QTRY_COMPARE(polkit.questions().size(), 2); // view, then view-all
        QTRY_COMPARE(answer<Status>(root, QStringLiteral("Status")).subscribers, 0U);
    }

    void aSecondCallReplacesTheFirst()
    {
        const QDBusConnection caller = m_bus->connectAs(0);
        FrameReceiver receiver(caller);
        QVERIFY(receiver.subscribe(byProcess, 100));
        QVERIFY(receiver.subscribe({QStringLiteral("protocol")}, 100));
        QCOMPARE(answer<Status>(caller, QStringLiteral("Status")).subscribers, 1U);
        const qsizetype count = receiver.frames().size();
        QTRY_VERIFY(receiver.frames().size() >= count + 2);
        for (const Row& row : receiver.frames().constLast().rows)
            QVERIFY(row.processName.isNull() && row.protocol == QStringLiteral("TCP"));
    }

    void sixtyFourSubscriptionsAreTheMost()
    {
        FakePolkit polkit(*m_bus);
        QVERIFY(polkit.start());
        polkit.answerAtOnce(true);
        for (const uid_t user : {alice, bob, carol, nobody}) {
            for (int i = 0; i < 16; ++i)
                QCOMPARE(subscribeAs(user), QString());
        }
        QCOMPARE(subscribeAs(0), limitExceeded);
    }

    void sixteenSubscriptionsOfOneUserAreTheMost()
    {
        FakePolkit polkit(*m_bus);
        QVERIFY(polkit.start());
        polkit.answerAtOnce(true);
        for (int i = 0; i < 16; ++i)
            QCOMPARE(subscribeAs(alice), QString());
        QCOMPARE(subscribeAs(alice), limitExceeded);
        QCOMPARE(subscribeAs(bob), QString());
    }

    void thirtyTwoCallsOfOneUserAreTheMostAndOthersGetThrough()
    {
        FakePolkit polkit(*m_bus);
        QVERIFY(polkit.start());
        const auto status = QDBusMessage::createMethodCall(
            QString(names::service), QString(names::object), QString(names::interface), QStringLiteral("Status"));
        QList<QDBusPendingCall> pending;
        for (int connection = 0; connection < 16; ++connection) {
            const QDBusConnection caller = m_bus->connectAs(alice);
            for (int i = 0; i < 16; ++i)
                pending.append(caller.asyncCall(status));
        }
        QTRY_COMPARE(std::ranges::count_if(pending, &QDBusPendingCall::isFinished), 16 * 16 - 32);
        QCOMPARE(polkit.waiting(), 32);
        const QDBusPendingCall other = m_bus->connectAs(bob).asyncCall(status);
        QTRY_COMPARE(polkit.waiting(), 33);
        QCOMPARE(call(m_bus->connectAs(0), QStringLiteral("Status")).type(), QDBusMessage::ReplyMessage);
        polkit.answerAtOnce(true);
        QTRY_VERIFY(other.isFinished() && !other.isError());
        QTRY_VERIFY(std::ranges::all_of(pending, &QDBusPendingCall::isFinished));
        QCOMPARE(std::ranges::count_if(pending, [](const QDBusPendingCall& one) { return !one.isError(); }), 32);
    }

    void sixteenCallsOfOneSenderAreTheMost()
    {
        FakePolkit polkit(*m_bus);
        QVERIFY(polkit.start());
        const QDBusConnection caller = m_bus->connectAs(alice);
        auto status = QDBusMessage::createMethodCall(
            QString(names::service), QString(names::object), QString(names::interface), QStringLiteral("Status"));
        QList<QDBusPendingCall> pending;
        for (int i = 0; i < 16; ++i)
            pending.append(caller.asyncCall(status));
        QTRY_COMPARE(polkit.waiting(), 16);
        QCOMPARE(call(caller, QStringLiteral("Status")).errorName(), limitExceeded);
        QCOMPARE(call(m_bus->connectAs(0), QStringLiteral("Status")).type(), QDBusMessage::ReplyMessage);
        polkit.answerAtOnce(true);
        for (const QDBusPendingCall& one : pending)
            QTRY_VERIFY(one.isFinished() && !one.isError());
        QCOMPARE(call(caller, QStringLiteral("Status")).type(), QDBusMessage::ReplyMessage);
    }

private:
    /// The error's name, if any.
    [[nodiscard]] QString subscribeAs(uid_t user)
    {
        return call(m_bus->connectAs(user), QStringLiteral("Subscribe"), {byProcess, 100U}).errorName();
    }

    /// A connection ends when nobody holds it any more.
    static void leave(std::optional<QDBusConnection>& connection)
    {
        QDBusConnection::disconnectFromBus(connection->name());
        connection.reset();
    }

    std::unique_ptr<PrivateBus> m_bus;
    std::unique_ptr<HelperProcess> m_helper;
};

QTEST_GUILESS_MAIN(SubscriptionsTest)
#include "tst_subscriptions.moc"
