// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/client/helperclient.h"
#include "dbus/names.h"
#include "tests/unit/client/fakehelper.h"
#include "tests/unit/client/restartablebus.h"

#include <QCoreApplication>
#include <QSignalSpy>
#include <QTest>

#include <array>
#include <unistd.h>

using namespace bwt;
using State = HelperClient::State;

namespace {

const QString statusCall = QStringLiteral("Status");
const QString subscribeCall = QStringLiteral("Subscribe");
constexpr auto activated = "--activated-by-the-bus";

QString ownError(ErrorCode code)
{
    return names::errorPrefix + errorCodeName(code);
}

Frame frameOf(const QString& backend)
{
    Frame frame;
    frame.backend = backend;
    return frame;
}

/// Notes every frame that arrives.
struct Frames {
    explicit Frames(HelperClient& client)
    {
        QObject::connect(&client, &HelperClient::frameReceived, &client,
            [this](const Frame& frame, bool isComplete) { all.append({frame.backend, isComplete}); });
    }
    QList<std::pair<QString, bool>> all;
};

} // namespace

class ClientTest : public QObject {
    Q_OBJECT

private:
    std::unique_ptr<RestartableBus> m_bus;

    [[nodiscard]] std::unique_ptr<HelperClient> client() const
    {
        return std::make_unique<HelperClient>(m_bus->address(), HelperClient::Activation::Never);
    }

private Q_SLOTS:
    void init()
    {
        m_bus = std::make_unique<RestartableBus>();
        QVERIFY(m_bus->start());
    }
    void cleanup() { m_bus.reset(); }

    void aHelperThatAnswersIsReady()
    {
        const FakeHelper helper(m_bus->address());
        const auto client = this->client();
        QCOMPARE(client->state(), State::Connecting);
        QTRY_COMPARE(client->state(), State::Ready);
        QCOMPARE(client->error().detail, QString());
    }

    void aHelperThatComesLaterIsFound()
    {
        const auto client = this->client();
        QTRY_COMPARE(client->state(), State::Missing);
        QCOMPARE(client->error().code, ErrorCode::Disconnected);
        const FakeHelper helper(m_bus->address());
        QTRY_COMPARE(client->state(), State::Ready);
    }

    void aRefusalIsToldWithItsReason_data()
    {
        QTest::addColumn<QString>("errorName");
        QTest::addColumn<ErrorCode>("code");
        QTest::newRow("no") << ownError(ErrorCode::NotAuthorized) << ErrorCode::NotAuthorized;
        QTest::newRow("ask") << ownError(ErrorCode::AuthorizationNeeded) << ErrorCode::AuthorizationNeeded;
        QTest::newRow("bus policy") << QStringLiteral("org.freedesktop.DBus.Error.AccessDenied")
                                    << ErrorCode::NotAuthorized;
    }
    void aRefusalIsToldWithItsReason()
    {
        QFETCH(const QString, errorName);
        QFETCH(const ErrorCode, code);
        FakeHelper helper(m_bus->address());
        helper.failWith(errorName);
        const auto client = this->client();
        QTRY_COMPARE(client->state(), State::Refused);
        QCOMPARE(client->error(), (Error{code, QStringLiteral("why")}));
        helper.failWith({});
        client->activate();
        QTRY_COMPARE(client->state(), State::Ready);
    }

    void aHelperThatDoesNotAnswerIsAskedAgainByItself()
    {
        FakeHelper helper(m_bus->address());
        helper.failWith(QStringLiteral("org.freedesktop.DBus.Error.NoReply"));
        const auto client = this->client();
        client->subscribe({}, 1);
        QTRY_COMPARE(client->state(), State::Silent);
        QCOMPARE(client->error().code, ErrorCode::TimedOut);
        helper.failWith({});
        QTRY_COMPARE(client->state(), State::Ready);
        QTRY_COMPARE(helper.count(subscribeCall), 1);
    }

    void aRefusalOfTheMomentPassesByItself()
    {
        FakeHelper helper(m_bus->address());
        helper.failWith(ownError(ErrorCode::NotAuthorized));
        const auto client = this->client();
        QTRY_COMPARE(client->state(), State::Refused);
        helper.failWith({});
        QTRY_COMPARE(client->state(), State::Ready);
    }

    void aPersonsNoIsNotAskedAbout()
    {
        FakeHelper helper(m_bus->address());
        helper.failWith(ownError(ErrorCode::NotAuthorized));
        const auto asked = client();
        asked->setInteraction(HelperClient::Interaction::Subscribing);
        QTRY_COMPARE(asked->state(), State::Refused);
        const auto unasked = client(); // shows when it would have been asked again
        QTRY_COMPARE(unasked->state(), State::Refused);
        helper.failWith({});
        QTRY_COMPARE(unasked->state(), State::Ready);
        QCOMPARE(asked->state(), State::Refused);
        asked->setInteraction(HelperClient::Interaction::Subscribing);
        QTRY_COMPARE(asked->state(), State::Ready);
    }

    void aHelperThatCannotCountIsStillReady()
    {
        FakeHelper helper(m_bus->address());
        helper.failWith(ownError(ErrorCode::NotCounting));
        const auto client = this->client();
        QTRY_COMPARE(client->state(), State::Ready);
    }

    void onlyTheFirstLookAndTheButtonStartTheHelper()
    {
        m_bus->stop();
        m_bus->makeActivatable(names::service,
            QCoreApplication::applicationFilePath() + QLatin1Char(' ') + QLatin1StringView(activated));
        QVERIFY(m_bus->start());
        const auto shy = client();
        QTRY_COMPARE(shy->state(), State::Missing);
        shy->activate();
        QTRY_COMPARE(shy->state(), State::Ready);

        m_bus->stop(); // and the activated helper with it
        QTRY_COMPARE(shy->state(), State::NoBus);
        QVERIFY(m_bus->start());
        QTRY_COMPARE(shy->state(), State::Missing);
        const HelperClient bold(m_bus->address(), HelperClient::Activation::Allowed);
        QTRY_COMPARE(bold.state(), State::Ready);
        QTRY_COMPARE(shy->state(), State::Ready);
    }

    void aRunningHelperIsFoundThoughTheBusCouldNotStartIt()
    {
        const FakeHelper helper(m_bus->address());
        const HelperClient client(m_bus->address(), HelperClient::Activation::Allowed);
        QTRY_COMPARE(client.state(), State::Ready);
    }

    void aHelperThatCannotBeStartedIsMissingWithTheReason()
    {
        const HelperClient client(m_bus->address(), HelperClient::Activation::Allowed);
        QTRY_COMPARE(client.state(), State::Missing);
        QVERIFY2(client.error().detail.contains(names::service), qPrintable(client.error().detail));
    }

    void framesComeAndTheFirstIsComplete()
    {
        FakeHelper helper(m_bus->address());
        const auto client = this->client();
        const Frames frames(*client);
        client->subscribe({Dimension::Process, Dimension::Remote}, 30);
        QTRY_COMPARE(helper.count(subscribeCall), 1);
        QCOMPARE(helper.last(subscribeCall).arguments(),
            (QVariantList{QStringList{QStringLiteral("process"), QStringLiteral("remote")}, 30U}));
        helper.sendFrame(helper.subscriber(), frameOf(QStringLiteral("1")));
        helper.sendFrame(helper.subscriber(), frameOf(QStringLiteral("2")));
        QTRY_COMPARE(frames.all.size(), 2);
        QCOMPARE(frames.all[0], std::pair(QStringLiteral("1"), true));
        QCOMPARE(frames.all[1], std::pair(QStringLiteral("2"), false));
    }

    void aSubscriptionTellsWhoseRowsCome()
    {
        FakeHelper helper(m_bus->address());
        const auto client = this->client();
        QSignalSpy subscribed(client.get(), &HelperClient::subscribed);
        client->subscribe({}, 1);
        QTRY_COMPARE(subscribed.size(), 1);
        QCOMPARE(subscribed[0][0].toBool(), true);
        helper.answerWith({false});
        client->subscribe({}, 1);
        QTRY_COMPARE(subscribed.size(), 2);
        QCOMPARE(subscribed[1][0].toBool(), false);
    }

    void framesGoOnAfterTheHelperDiedAndReturned()
    {
        auto helper = std::make_unique<FakeHelper>(m_bus->address());
        const auto client = this->client();
        const Frames frames(*client);
        client->subscribe({}, 1);
        QTRY_COMPARE(helper->count(subscribeCall), 1);
        helper.reset();
        QTRY_COMPARE(client->state(), State::Missing);
        helper = std::make_unique<FakeHelper>(m_bus->address());
        QTRY_COMPARE(helper->count(subscribeCall), 1);
        helper->sendFrame(helper->subscriber(), frameOf(QStringLiteral("again")));
        QTRY_COMPARE(frames.all.size(), 1);
        QCOMPARE(frames.all[0], std::pair(QStringLiteral("again"), true));
    }

    void framesGoOnAfterTheBusDiedAndReturned()
    {
        auto helper = std::make_unique<FakeHelper>(m_bus->address());
        const auto client = this->client();
        const Frames frames(*client);
        client->subscribe({}, 1);
        QTRY_COMPARE(helper->count(subscribeCall), 1);
        m_bus->stop();
        QTRY_COMPARE(client->state(), State::NoBus);
        QCOMPARE(client->error().code, ErrorCode::Disconnected);
        QVERIFY(m_bus->start());
        helper = std::make_unique<FakeHelper>(m_bus->address());
        QTRY_COMPARE(client->state(), State::Ready);
        QTRY_COMPARE(helper->count(subscribeCall), 1);
        helper->sendFrame(helper->subscriber(), frameOf(QStringLiteral("again")));
        QTRY_COMPARE(frames.all.size(), 1);
    }

    void aBusThatIsNotThereYetIsTriedAgain()
    {
        m_bus->stop();
        const auto client = this->client();
        QTRY_COMPARE(client->state(), State::NoBus);
        QVERIFY(m_bus->start());
        const FakeHelper helper(m_bus->address());
        QTRY_COMPARE(client->state(), State::Ready);
    }

    void aFrameFromAnyoneElseIsIgnored()
    {
        FakeHelper helper(m_bus->address());
        FakeHelper imposter(m_bus->address(), FakeHelper::Name::NotOwned);
        const auto client = this->client();
        const Frames frames(*client);
        client->subscribe({}, 1);
        QTRY_COMPARE(helper.count(subscribeCall), 1);
        imposter.sendFrame(helper.subscriber(), frameOf(QStringLiteral("forged")));
        bool answered = false; // by then the forged frame has arrived, too
        client->status(this, [&](const Result<Status>&) { answered = true; });
        QTRY_VERIFY(answered);
        helper.sendFrame(helper.subscriber(), frameOf(QStringLiteral("real")));
        QTRY_COMPARE(frames.all.size(), 1);
        QCOMPARE(frames.all[0].first, QStringLiteral("real"));
    }

    void noFrameComesAfterUnsubscribing()
    {
        FakeHelper helper(m_bus->address());
        const auto client = this->client();
        const Frames frames(*client);
        client->subscribe({}, 1);
        QTRY_COMPARE(helper.count(subscribeCall), 1);
        client->unsubscribe();
        QTRY_COMPARE(helper.count(QStringLiteral("Unsubscribe")), 1);
        helper.sendFrame(helper.subscriber(), frameOf(QStringLiteral("late")));
        bool answered = false;
        client->status(this, [&](const Result<Status>&) { answered = true; });
        QTRY_VERIFY(answered);
        QVERIFY(frames.all.isEmpty());
    }

    void nobodyIsAskedUnlessThatWasAllowed()
    {
        FakeHelper helper(m_bus->address());
        const auto client = this->client();
        const QSignalSpy subscribed(client.get(), &HelperClient::subscribed);
        client->subscribe({}, 1);
        QTRY_COMPARE(helper.count(subscribeCall), 1);
        QVERIFY(!helper.last(statusCall).isInteractiveAuthorizationAllowed());
        QVERIFY(!helper.last(subscribeCall).isInteractiveAuthorizationAllowed());
        QTRY_COMPARE(subscribed.size(), 1);
        client->setInteraction(HelperClient::Interaction::Subscribing);
        QTRY_COMPARE(helper.count(subscribeCall), 2); // made anew, to see everyone's rows
        QVERIFY(helper.last(statusCall).isInteractiveAuthorizationAllowed());
        QVERIFY(helper.last(subscribeCall).isInteractiveAuthorizationAllowed());
        QTRY_COMPARE(subscribed.size(), 2);
        client->subscribe({}, 1); // nobody pressed a button for this one
        QTRY_COMPARE(helper.count(subscribeCall), 3);
        QVERIFY(!helper.last(subscribeCall).isInteractiveAuthorizationAllowed());
        const auto mayTotalsAsk = [&] {
            bool answered = false;
            client->totals({}, this, [&](const Result<Frame>&) { answered = true; });
            return QTest::qWaitFor([&] { return answered; })
                && helper.last(QStringLiteral("GetTotals")).isInteractiveAuthorizationAllowed();
        };
        QVERIFY(!mayTotalsAsk());
        client->setInteraction(HelperClient::Interaction::Always);
        QTRY_COMPARE(helper.count(subscribeCall), 4);
        QVERIFY(mayTotalsAsk());
    }

    void aSubscriptionThatFailsIsTold()
    {
        FakeHelper helper(m_bus->address());
        const auto client = this->client();
        QTRY_COMPARE(client->state(), State::Ready);
        QSignalSpy failed(client.get(), &HelperClient::subscriptionFailed);
        helper.failWith(ownError(ErrorCode::LimitExceeded));
        client->subscribe({}, 1);
        QTRY_COMPARE(failed.size(), 1);
        QCOMPARE(failed[0][0].value<Error>().code, ErrorCode::LimitExceeded);
        QCOMPARE(client->state(), State::Ready);
    }

    void everyCallGoesOutWithItsArgumentsAndComesBack()
    {
        const FakeHelper helper(m_bus->address());
        const auto client = this->client();
        QTRY_COMPARE(client->state(), State::Ready);
        int answers = 0;
        const auto good = [&](const auto& answer) { answers += answer ? 1 : 0; };
        Filter filter;
        filter.protocol = QStringLiteral("TCP");
        filter.pid = 42;
        filter.startTimeMs = 1'700'000'000'123;
        filter.service = QStringLiteral("https");
        filter.network = QStringLiteral("eth0");
        filter.uid = 0; // root, as against anyone
        client->totals({Dimension::User}, this, good);
        client->top(1, 2, {Dimension::App}, 3, this, good);
        client->series(1, 2, QStringLiteral("hour"), {}, filter, 4, this, good);
        client->breakdown(1, 2, {Dimension::Protocol}, filter, 5, this, good);
        client->setPaused(true, this, good);
        client->setPaused(false, this, good);
        quint64 removed = 0;
        client->events(1, 2, this, good);
        std::array<int, 2> ends{-1, -1};
        QCOMPARE(pipe(ends.data()), 0);
        client->exportHistory(
            {ends[1], 1, 2, QStringLiteral("day"), {Dimension::App}, filter, QStringLiteral("csv")}, this, good);
        for (const int end : ends)
            close(end); // the call has its own
        client->clear(1, 2, QStringLiteral("app"), QStringLiteral("::1"), this,
            [&](const Result<quint64>& answer) { removed = answer.value_or(0); });
        QTRY_COMPARE(removed, 7U);
        QCOMPARE(answers, 8);
        QCOMPARE(helper.last(QStringLiteral("Export")).signature(), QStringLiteral("httsas(sutssssssxsu)s"));
        QCOMPARE(helper.last(QStringLiteral("Clear")).arguments().sliced(2),
            (QVariantList{QStringLiteral("app"), QStringLiteral("::1")}));
        QCOMPARE(helper.methods().sliced(1),
            QStringLiteral("GetTotals,Top,Series,Breakdown,Pause,Resume,Events,Export,Clear")
                .split(QLatin1Char(',')));
        const QDBusMessage series = helper.last(QStringLiteral("Series"));
        QCOMPARE(series.signature(), QStringLiteral("ttsas(sutssssssxsu)u"));
        QCOMPARE(qdbus_cast<Filter>(series.arguments().at(4)), filter);
        client->series(1, 2, QStringLiteral("hour"), {}, {}, 4, this, good);
        QTRY_COMPARE(helper.count(QStringLiteral("Series")), 2);
        QVERIFY(qdbus_cast<Filter>(helper.last(QStringLiteral("Series")).arguments().at(4)).isEmpty());
        QCOMPARE(helper.last(QStringLiteral("Top")).signature(), QStringLiteral("ttasu"));
    }

    void withoutAHelperCallsAreAnsweredWithTheReason()
    {
        const auto client = this->client();
        QTRY_COMPARE(client->state(), State::Missing);
        std::optional<Result<Frame>> answer;
        client->totals({}, this, [&](const Result<Frame>& one) { answer = one; });
        QVERIFY(!answer); // never from within the call
        QTRY_VERIFY(answer);
        QCOMPARE(answer->error(), client->error());
    }

    void aCallUnderWayIsAnsweredWhenTheHelperOrTheBusDies_data()
    {
        QTest::addColumn<bool>("theBus");
        QTest::newRow("helper") << false;
        QTest::newRow("bus") << true;
    }
    void aCallUnderWayIsAnsweredWhenTheHelperOrTheBusDies()
    {
        QFETCH(const bool, theBus);
        auto helper = std::make_unique<FakeHelper>(m_bus->address());
        const auto client = this->client();
        QTRY_COMPARE(client->state(), State::Ready);
        helper->ignore(QStringLiteral("GetTotals"));
        int answers = 0;
        std::optional<Result<Frame>> answer;
        client->totals({}, this, [&](const Result<Frame>& one) {
            answer = one;
            ++answers;
        });
        QTRY_COMPARE(helper->count(QStringLiteral("GetTotals")), 1);
        if (theBus)
            m_bus->stop();
        else
            helper.reset();
        QTRY_VERIFY(answer);
        QCOMPARE(answer->error().code, ErrorCode::Disconnected);
        QTRY_COMPARE(client->state(), theBus ? State::NoBus : State::Missing);
        QCOMPARE(answers, 1);
    }

    void noAnswerComesAfterTheContextOrTheClientIsGone()
    {
        FakeHelper helper(m_bus->address());
        helper.ignore(QStringLiteral("GetTotals"));
        auto client = this->client();
        QTRY_COMPARE(client->state(), State::Ready);
        int answers = 0;
        auto context = std::make_unique<QObject>();
        client->status(context.get(), [&](const Result<Status>&) { ++answers; });
        client->totals({}, this, [&](const Result<Frame>&) { ++answers; });
        context.reset();
        bool answered = false;
        client->status(this, [&](const Result<Status>&) { answered = true; });
        QTRY_VERIFY(answered);
        client.reset();
        m_bus->stop();
        QCoreApplication::processEvents();
        QCOMPARE(answers, 0);
    }

    void anAnswerOfAnotherShapeIsAnErrorAndNoGarbage()
    {
        FakeHelper helper(m_bus->address());
        const auto client = this->client();
        QTRY_COMPARE(client->state(), State::Ready);
        helper.answerWith({QStringLiteral("surprise")});
        std::optional<Result<Frame>> answer;
        client->totals({}, this, [&](const Result<Frame>& one) { answer = one; });
        QTRY_VERIFY(answer);
        QCOMPARE(answer->error().code, ErrorCode::Internal);
    }
};

int main(int argc, char** argv)
{
    const QCoreApplication application(argc, argv);
    if (application.arguments().contains(QLatin1StringView(activated))) {
        const FakeHelper helper(qEnvironmentVariable("DBUS_STARTER_ADDRESS"));
        helper.endWithTheBus();
        return QCoreApplication::exec();
    }
    ClientTest test;
    return QTest::qExec(&test, argc, argv);
}

#include "tst_client.moc"
