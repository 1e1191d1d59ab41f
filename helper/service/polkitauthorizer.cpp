// SPDX-License-Identifier: GPL-3.0-or-later
#include "helper/service/polkitauthorizer.h"

#include <QDBusArgument>
#include <QDBusMessage>
#include <QDBusMetaType>
#include <QDBusPendingCallWatcher>
#include <QDBusPendingReply>
#include <QMap>
#include <QVariantMap>

#include <chrono>

// The wire types of org.freedesktop.PolicyKit1.Authority.CheckAuthorization.
namespace bwt::polkit {

struct Subject {
    QString kind;
    QVariantMap details;
};

struct CheckResult {
    bool isAuthorized = false;
    bool isChallenge = false;
    QMap<QString, QString> details;
};

using Details = QMap<QString, QString>;

QDBusArgument& operator<<(QDBusArgument& out, const Subject& subject)
{
    out.beginStructure();
    out << subject.kind << subject.details;
    out.endStructure();
    return out;
}

const QDBusArgument& operator>>(const QDBusArgument& in, Subject& subject)
{
    in.beginStructure();
    in >> subject.kind >> subject.details;
    in.endStructure();
    return in;
}

QDBusArgument& operator<<(QDBusArgument& out, const CheckResult& result)
{
    out.beginStructure();
    out << result.isAuthorized << result.isChallenge << result.details;
    out.endStructure();
    return out;
}

const QDBusArgument& operator>>(const QDBusArgument& in, CheckResult& result)
{
    in.beginStructure();
    in >> result.isAuthorized >> result.isChallenge >> result.details;
    in.endStructure();
    return in;
}

} // namespace bwt::polkit

Q_DECLARE_METATYPE(bwt::polkit::Subject)
Q_DECLARE_METATYPE(bwt::polkit::CheckResult)

namespace bwt {

using namespace std::chrono_literals;

namespace {

constexpr uint allowUserInteraction = 1; // polkit's CheckAuthorizationFlags

/// Without interaction polkit only evaluates rules; a caller waits for two answers before it gives up after 25 s.
/// With interaction, somebody is looking for a password.
constexpr std::chrono::milliseconds ruleTimeout = 10s;
constexpr std::chrono::milliseconds passwordTimeout = 5min;

QString actionId(Action action)
{
    switch (action) {
    case Action::View:
        return QStringLiteral("org.bandwidthtracker.helper1.view");
    case Action::ViewAll:
        return QStringLiteral("org.bandwidthtracker.helper1.view-all");
    case Action::Manage:
        break;
    }
    return QStringLiteral("org.bandwidthtracker.helper1.manage");
}

Verdict verdictOf(const QDBusPendingReply<polkit::CheckResult>& reply, Interaction interaction)
{
    if (reply.isError())
        return Verdict::Denied;
    const polkit::CheckResult result = reply.value();
    if (result.isAuthorized)
        return Verdict::Granted;
    return result.isChallenge && interaction == Interaction::Never ? Verdict::DeniedUnlessAsked : Verdict::Denied;
}

} // namespace

PolkitAuthorizer::PolkitAuthorizer(QDBusConnection bus)
    : m_bus(std::move(bus))
{
    qDBusRegisterMetaType<polkit::Details>();
    qDBusRegisterMetaType<polkit::Subject>();
    qDBusRegisterMetaType<polkit::CheckResult>();
}

void PolkitAuthorizer::check(const Caller& caller, Action action, Interaction interaction, Answer answer)
{
    if (caller.uid == 0) {
        answer(Verdict::Granted);
        return;
    }
    const bool mayAsk = interaction == Interaction::Allowed;
    auto call = QDBusMessage::createMethodCall(QStringLiteral("org.freedesktop.PolicyKit1"),
        QStringLiteral("/org/freedesktop/PolicyKit1/Authority"),
        QStringLiteral("org.freedesktop.PolicyKit1.Authority"), QStringLiteral("CheckAuthorization"));
    call << QVariant::fromValue(
        polkit::Subject{QStringLiteral("system-bus-name"), {{QStringLiteral("name"), caller.busName}}})
         << actionId(action) << QVariant::fromValue(polkit::Details()) << (mayAsk ? allowUserInteraction : 0U)
         << QString(); // no cancellation id: when the caller leaves the bus, polkit ends its dialogue by itself
    const auto timeout = mayAsk ? passwordTimeout : ruleTimeout;
    auto* watcher = new QDBusPendingCallWatcher(m_bus.asyncCall(call, int(timeout.count())), this);
    connect(watcher, &QDBusPendingCallWatcher::finished, this, [watcher, interaction, answer = std::move(answer)] {
        watcher->deleteLater();
        answer(verdictOf(*watcher, interaction));
    });
}

} // namespace bwt
