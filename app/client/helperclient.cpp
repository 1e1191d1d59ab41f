// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/client/helperclient.h"

#include "app/client/buslink.h"
#include "dbus/names.h"

#include <QDBusMessage>
#include <QDBusMetaType>
#include <QDBusPendingCallWatcher>
#include <QDBusUnixFileDescriptor>
#include <QPointer>
#include <QTimer>

#include <algorithm>
#include <chrono>
#include <limits>

namespace bwt {

using namespace std::chrono_literals;

namespace {

constexpr std::chrono::milliseconds answerTimeout = 25s;
/// Somebody may be looking for a password.
constexpr std::chrono::milliseconds interactiveTimeout = 10min;
constexpr std::chrono::milliseconds noTimeout{std::numeric_limits<int>::max()}; // libdbus has it so
constexpr std::chrono::milliseconds firstProbePause = 2s;
constexpr std::chrono::milliseconds longestProbePause = 30s;

struct Subscription {
    Dimensions by;
    quint32 limit = 0;
};

Error errorFrom(const QDBusMessage& reply)
{
    const QString text = reply.errorMessage().simplified();
    return {errorCodeFromBus(reply.errorName()), text.isEmpty() ? reply.errorName() : text};
}

/// The one place where answers and frames are decoded.
template <typename T> Result<T> decode(const QDBusMessage& message)
{
    if (message.type() == QDBusMessage::ErrorMessage)
        return tl::unexpected(errorFrom(message));
    if constexpr (!std::is_void_v<T>) {
        const char* expected = QDBusMetaType::typeToSignature(QMetaType::fromType<T>());
        if (message.signature() != QLatin1StringView(expected))
            return failure(ErrorCode::Internal, QStringLiteral("the helper is of another version"));
        return qdbus_cast<T>(message.arguments().constFirst());
    } else {
        return {};
    }
}

bool isRefusal(const Error& error)
{
    return error.code == ErrorCode::NotAuthorized || error.code == ErrorCode::AuthorizationNeeded;
}

/// The state in which an answer to the probe leaves the helper; nothing when it is well.
std::optional<HelperClient::State> troubleOf(const Result<Status>& answer)
{
    if (answer)
        return std::nullopt;
    if (isRefusal(answer.error()))
        return HelperClient::State::Refused;
    if (answer.error().code == ErrorCode::TimedOut)
        return HelperClient::State::Silent;
    if (answer.error().code == ErrorCode::Disconnected)
        return HelperClient::State::Missing;
    return std::nullopt;
}

QVariant wireTime(qint64 ms)
{
    return QVariant::fromValue<qulonglong>(ms);
}

} // namespace

/// The state machine. The link says who owns the name; a Status call says whether the owner answers this user.
class HelperClient::Private : public QObject {
    Q_OBJECT
public:
    Private(HelperClient& client, QString bus, Activation activation);

    void activate();
    void setInteraction(Interaction interaction);
    void subscribe(const Subscription& subscription);
    void unsubscribe();
    enum class Ask { No, Yes }; ///< whether the call may make polkit ask the user

    template <typename T>
    void call(const QString& method, const QVariantList& arguments, QObject* context, Reply<T> reply);
    template <typename T>
    void call(const QString& method, const QVariantList& arguments, Ask ask, QObject* context, Reply<T> reply);
    template <typename T>
    void call(const QString& method, const QVariantList& arguments, Ask ask, std::chrono::milliseconds timeout,
        QObject* context, Reply<T> reply);
    /// Whether calls that only look may make polkit ask.
    [[nodiscard]] Ask usualAsk() const { return m_interaction == Interaction::Always ? Ask::Yes : Ask::No; }

    State state = State::Connecting;
    Error error = {ErrorCode::Disconnected, QStringLiteral("not connected yet")};

private Q_SLOTS:
    void handleFrame(const QDBusMessage& signal);

private:
    /// What is known about the subscription at the present owner.
    enum class Frames { Ignored, First, Following };

    void look();
    void listen();
    void probe(Ask ask);
    void judge(const Result<Status>& answer, Ask asked);
    void endure(State trouble, const Error& reason, Ask asked);
    void restartPauses() { m_probePause = firstProbePause; }
    void sendSubscribe();
    void endQuestion();
    [[nodiscard]] bool isThere(const QString& owner) const;
    [[nodiscard]] Ask subscribingAsks() const { return m_interaction == Interaction::Never ? Ask::No : Ask::Yes; }
    void leave(State newState, const Error& reason);
    void setState(State newState, const Error& reason);

    HelperClient& m_client;
    BusLink m_link;
    BusLink::Start m_start;
    Interaction m_interaction = Interaction::Never;
    std::optional<Subscription> m_wanted;
    Frames m_frames = Frames::Ignored;
    QString m_listeningTo; ///< unique name whose frames are received
    bool m_isProbing = false;
    QTimer m_probeAgain;
    std::chrono::milliseconds m_probePause = firstProbePause;
    // The end of each cancels what was asked in its name.
    std::unique_ptr<QObject> m_probing;
    std::unique_ptr<QObject> m_subscribing;
};

HelperClient::Private::Private(HelperClient& client, QString bus, Activation activation)
    : m_client(client)
    , m_link(std::move(bus), names::service)
    , m_start(activation == Activation::Allowed ? BusLink::Start::Allowed : BusLink::Start::Never)
{
    connect(&m_link, &BusLink::opened, this, &Private::look);
    connect(&m_link, &BusLink::closed, this, [this](const Error& reason) {
        m_listeningTo.clear();
        leave(State::NoBus, reason);
    });
    connect(&m_link, &BusLink::ownerMissing, this, [this](const Error& reason) { leave(State::Missing, reason); });
    connect(&m_link, &BusLink::ownerChanged, this, [this] {
        m_frames = Frames::Ignored;
        listen();
        restartPauses();
        probe(subscribingAsks());
    });
    m_probeAgain.setSingleShot(true);
    m_probeAgain.callOnTimeout(this, [this] { probe(Ask::No); });
    // later, so that whoever made the client hears of the outcome
    QMetaObject::invokeMethod(&m_link, &BusLink::open, Qt::QueuedConnection);
}

void HelperClient::Private::activate()
{
    m_start = BusLink::Start::Allowed;
    restartPauses();
    if (!m_link.isOpen())
        m_link.open();
    else if (m_link.owner().isEmpty())
        look();
    else
        probe(subscribingAsks());
}

void HelperClient::Private::look()
{
    m_link.lookUp(std::exchange(m_start, BusLink::Start::Never));
}

/// Frames are taken from the owner alone: anyone on the bus can send a signal of that name.
void HelperClient::Private::listen()
{
    QDBusConnection bus = m_link.connection();
    const auto match = [&](auto change) {
        (bus.*change)(m_listeningTo, names::object, names::interface, QStringLiteral("Frame"), this,
            SLOT(handleFrame(QDBusMessage)));
    };
    using Change = bool (QDBusConnection::*)(
        const QString&, const QString&, const QString&, const QString&, QObject*, const char*);
    if (!m_listeningTo.isEmpty())
        match(Change(&QDBusConnection::disconnect));
    m_listeningTo = m_link.owner();
    match(Change(&QDBusConnection::connect));
}

void HelperClient::Private::probe(Ask ask)
{
    m_probeAgain.stop();
    m_subscribing.reset();
    m_probing = std::make_unique<QObject>();
    m_isProbing = true;
    call<Status>(QStringLiteral("Status"), {}, ask, m_probing.get(),
        [this, ask](const Result<Status>& answer) { judge(answer, ask); });
}

void HelperClient::Private::judge(const Result<Status>& answer, Ask asked)
{
    m_isProbing = false;
    if (const auto trouble = troubleOf(answer))
        return endure(*trouble, answer.error(), asked);
    restartPauses();
    setState(State::Ready, {});
    if (m_wanted && state == State::Ready)
        sendSubscribe();
}

/// What ails a helper that stays may pass without any sign from the bus; a person's no holds until a button asks.
void HelperClient::Private::endure(State trouble, const Error& reason, Ask asked)
{
    if (trouble != State::Refused || asked == Ask::No) {
        m_probeAgain.start(m_probePause);
        m_probePause = std::min(2 * m_probePause, longestProbePause);
    } else {
        endQuestion();
    }
    setState(trouble, reason);
}

void HelperClient::Private::endQuestion()
{
    if (m_interaction == Interaction::Subscribing)
        m_interaction = Interaction::Never;
}

void HelperClient::Private::subscribe(const Subscription& subscription)
{
    m_wanted = subscription;
    m_frames = Frames::Ignored;
    if (state == State::Ready && !m_isProbing) // else the probe's answer leads to it
        sendSubscribe();
}

void HelperClient::Private::sendSubscribe()
{
    m_subscribing = std::make_unique<QObject>();
    const Ask asks = subscribingAsks();
    call<bool>(QStringLiteral("Subscribe"), {dimensionNames(m_wanted->by), m_wanted->limit}, asks,
        m_subscribing.get(), [this, asks](const Result<bool>& answer) {
            if (answer) {
                endQuestion();
                m_frames = Frames::First;
                Q_EMIT m_client.subscribed(*answer);
            } else if (isRefusal(answer.error())) {
                endure(State::Refused, answer.error(), asks);
            } else if (answer.error().code != ErrorCode::Disconnected) { // the link tells of that
                Q_EMIT m_client.subscriptionFailed(answer.error());
            }
        });
}

void HelperClient::Private::unsubscribe()
{
    m_wanted.reset();
    m_subscribing.reset();
    m_frames = Frames::Ignored;
    if (state == State::Ready)
        call<void>(QStringLiteral("Unsubscribe"), {}, this, [](const Result<void>&) { });
}

void HelperClient::Private::handleFrame(const QDBusMessage& signal)
{
    if (m_frames == Frames::Ignored)
        return;
    const Result<Frame> frame = decode<Frame>(signal);
    if (!frame) {
        Q_EMIT m_client.subscriptionFailed(frame.error());
        return;
    }
    const bool complete = std::exchange(m_frames, Frames::Following) == Frames::First;
    Q_EMIT m_client.frameReceived(*frame, complete);
}

void HelperClient::Private::setInteraction(Interaction interaction)
{
    m_interaction = interaction;
    restartPauses();
    if (!m_link.owner().isEmpty())
        probe(subscribingAsks());
}

void HelperClient::Private::leave(State newState, const Error& reason)
{
    m_probeAgain.stop();
    m_probing.reset();
    m_isProbing = false;
    m_subscribing.reset();
    setState(newState, reason);
}

void HelperClient::Private::setState(State newState, const Error& reason)
{
    if (state == newState && error == reason)
        return;
    state = newState;
    error = reason;
    if (state != State::Ready)
        m_frames = Frames::Ignored;
    Q_EMIT m_client.stateChanged();
}

template <typename T>
void HelperClient::Private::call(
    const QString& method, const QVariantList& arguments, QObject* context, Reply<T> reply)
{
    call(method, arguments, usualAsk(), context, std::move(reply));
}

template <typename T>
void HelperClient::Private::call(
    const QString& method, const QVariantList& arguments, Ask ask, QObject* context, Reply<T> reply)
{
    call(method, arguments, ask, ask == Ask::Yes ? interactiveTimeout : answerTimeout, context, std::move(reply));
}

template <typename T>
void HelperClient::Private::call(const QString& method, const QVariantList& arguments, Ask ask,
    std::chrono::milliseconds timeout, QObject* context, Reply<T> reply)
{
    if (m_link.owner().isEmpty()) {
        const auto answer = [self = QPointer(this), reply = std::move(reply), why = error] {
            if (self)
                reply(tl::unexpected(why));
        };
        QMetaObject::invokeMethod(context, answer, Qt::QueuedConnection);
        return;
    }
    auto message = QDBusMessage::createMethodCall(m_link.owner(), names::object, names::interface, method);
    message.setArguments(arguments);
    message.setInteractiveAuthorizationAllowed(ask == Ask::Yes);
    const auto pending = m_link.connection().asyncCall(message, static_cast<int>(timeout.count()));
    auto* watcher = new QDBusPendingCallWatcher(pending, this);
    connect(watcher, &QDBusPendingCallWatcher::finished, watcher, &QObject::deleteLater);
    connect(watcher, &QDBusPendingCallWatcher::finished, context,
        [this, watcher, asked = m_link.owner(), reply = std::move(reply)] {
            Result<T> answer = decode<T>(watcher->reply());
            // The bus has one error for a helper that left and for one that takes too long.
            if (!answer && answer.error().code == ErrorCode::TimedOut && !isThere(asked))
                answer.error().code = ErrorCode::Disconnected;
            reply(std::move(answer));
        });
}

bool HelperClient::Private::isThere(const QString& owner) const
{
    return m_link.connection().isConnected() && m_link.owner() == owner;
}

HelperClient::HelperClient(QString bus, Activation activation, QObject* parent)
    : QObject(parent)
{
    registerWireTypes();
    d = std::make_unique<Private>(*this, std::move(bus), activation);
}

HelperClient::~HelperClient() = default;

HelperClient::State HelperClient::state() const
{
    return d->state;
}

Error HelperClient::error() const
{
    return d->error;
}

void HelperClient::activate()
{
    d->activate();
}

void HelperClient::setInteraction(Interaction interaction)
{
    d->setInteraction(interaction);
}

void HelperClient::subscribe(Dimensions by, quint32 limit)
{
    d->subscribe({by, limit});
}

void HelperClient::unsubscribe()
{
    d->unsubscribe();
}

void HelperClient::totals(Dimensions by, QObject* context, Reply<Frame> reply)
{
    d->call<Frame>(QStringLiteral("GetTotals"), {dimensionNames(by)}, context, std::move(reply));
}

void HelperClient::top(
    qint64 sinceMs, qint64 untilMs, Dimensions by, quint32 limit, QObject* context, Reply<Frame> reply)
{
    d->call<Frame>(QStringLiteral("Top"), {wireTime(sinceMs), wireTime(untilMs), dimensionNames(by), limit}, context,
        std::move(reply));
}

void HelperClient::series(qint64 sinceMs, qint64 untilMs, const QString& bucket, Dimensions by, const Filter& filter,
    quint32 limit, QObject* context, Reply<Series> reply)
{
    d->call<Series>(QStringLiteral("Series"),
        {wireTime(sinceMs), wireTime(untilMs), bucket, dimensionNames(by), QVariant::fromValue(filter), limit},
        context, std::move(reply));
}

void HelperClient::breakdown(qint64 sinceMs, qint64 untilMs, Dimensions by, const Filter& filter, quint32 limit,
    QObject* context, Reply<Frame> reply)
{
    d->call<Frame>(QStringLiteral("Breakdown"),
        {wireTime(sinceMs), wireTime(untilMs), dimensionNames(by), QVariant::fromValue(filter), limit}, context,
        std::move(reply));
}

void HelperClient::events(qint64 sinceMs, qint64 untilMs, QObject* context, Reply<EventList> reply)
{
    d->call<EventList>(QStringLiteral("Events"), {wireTime(sinceMs), wireTime(untilMs)}, context, std::move(reply));
}

void HelperClient::exportHistory(const ExportCall& call, QObject* context, Reply<quint64> reply)
{
    d->call<quint64>(QStringLiteral("Export"),
        {QVariant::fromValue(QDBusUnixFileDescriptor(call.fd)), wireTime(call.sinceMs), wireTime(call.untilMs),
            call.bucket, dimensionNames(call.by), QVariant::fromValue(call.filter), call.format},
        d->usualAsk(), noTimeout, context, std::move(reply));
}

void HelperClient::apps(QObject* context, Reply<AppList> reply)
{
    d->call<AppList>(QStringLiteral("Apps"), {}, context, std::move(reply));
}

void HelperClient::settings(QObject* context, Reply<SettingList> reply)
{
    d->call<SettingList>(QStringLiteral("GetSettings"), {}, context, std::move(reply));
}

void HelperClient::status(QObject* context, Reply<Status> reply)
{
    d->call<Status>(QStringLiteral("Status"), {}, context, std::move(reply));
}

void HelperClient::setPaused(bool paused, QObject* context, Reply<void> reply)
{
    const QString method = paused ? QStringLiteral("Pause") : QStringLiteral("Resume");
    d->call<void>(method, {}, Private::Ask::Yes, context, std::move(reply));
}

void HelperClient::clear(
    qint64 sinceMs, qint64 untilMs, const QString& app, const QString& remote, QObject* context, Reply<quint64> reply)
{
    d->call<quint64>(QStringLiteral("Clear"), {wireTime(sinceMs), wireTime(untilMs), app, remote}, Private::Ask::Yes,
        context, std::move(reply));
}

void HelperClient::changeSetting(const QString& name, const QString& value, QObject* context, Reply<void> reply)
{
    d->call<void>(QStringLiteral("SetSetting"), {name, value}, Private::Ask::Yes, context, std::move(reply));
}

void HelperClient::changeApp(const AppChange& change, QObject* context, Reply<void> reply)
{
    const auto call = [&](const char* method, const QVariantList& arguments) {
        d->call<void>(QString::fromLatin1(method), arguments, Private::Ask::Yes, context, std::move(reply));
    };
    switch (change.kind) {
    case AppChange::Kind::Rename:
        call("RenameApp", {change.app, change.value});
        break;
    case AppChange::Kind::Merge:
        call("MergeApp", {change.app, change.value});
        break;
    case AppChange::Kind::Reset:
        call("ResetApp", {change.app});
        break;
    }
}

} // namespace bwt

#include "helperclient.moc"
