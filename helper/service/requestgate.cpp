// SPDX-License-Identifier: GPL-3.0-or-later
#include "helper/service/requestgate.h"

#include <QDBusMessage>
#include <QDBusPendingCallWatcher>
#include <QDBusPendingReply>

namespace bwt {

namespace {

Error refusal(Verdict verdict)
{
    if (verdict == Verdict::DeniedUnlessAsked)
        return {ErrorCode::AuthorizationNeeded, QStringLiteral("polkit wants the user to be asked first")};
    return {ErrorCode::NotAuthorized, QStringLiteral("polkit does not allow it")};
}

Error tooMany()
{
    return {ErrorCode::LimitExceeded, QStringLiteral("too many calls at once")};
}

} // namespace

RequestGate::RequestGate(QDBusConnection bus, Engine& engine, std::unique_ptr<Authorizer> authorizer)
    : m_bus(std::move(bus))
    , m_engine(engine)
    , m_authorizer(std::move(authorizer))
{
}

void RequestGate::admit(const QDBusMessage& call, Access access, Act act)
{
    auto place = m_quota.take(call.service());
    const bool hasPlace = place != nullptr;
    const auto request = std::make_shared<Request>(m_bus, call, std::move(place));
    if (!hasPlace) {
        request->fail(tooMany());
        return;
    }
    identify(request, [this, request, access, act = std::move(act)](const Caller& caller) {
        countForUser(request, caller, [&] {
            const auto action = access == Access::Manage ? Action::Manage : Action::View;
            require(request, caller, action, [this, request, caller, access, act] {
                decideVisibility(
                    request, caller, access, [this, request, caller, access, act](const Visibility& visibility) {
                        awaitTurn(request, caller, access, [this, request, caller, act, visibility] {
                            act({m_engine, visibility, caller, request});
                        });
                    });
            });
        });
    });
}

void RequestGate::countForUser(const RequestPtr& request, const Caller& caller, const std::function<void()>& then)
{
    auto place = m_quota.takeForUser(caller.uid);
    if (!place) {
        request->fail(tooMany());
        return;
    }
    request->hold(std::move(place));
    then();
}

void RequestGate::identify(const RequestPtr& request, std::function<void(const Caller&)> then)
{
    auto question = QDBusMessage::createMethodCall(QStringLiteral("org.freedesktop.DBus"),
        QStringLiteral("/org/freedesktop/DBus"), QStringLiteral("org.freedesktop.DBus"),
        QStringLiteral("GetConnectionUnixUser"));
    question << request->sender();
    auto* watcher = new QDBusPendingCallWatcher(m_bus.asyncCall(question), this);
    connect(watcher, &QDBusPendingCallWatcher::finished, this, [watcher, request, then = std::move(then)] {
        watcher->deleteLater();
        const QDBusPendingReply<uint> uid = *watcher;
        if (uid.isError())
            request->fail({ErrorCode::NotAuthorized, QStringLiteral("the bus does not know the caller")});
        else
            then({request->sender(), uid.value()});
    });
}

void RequestGate::require(const RequestPtr& request, const Caller& caller, Action action, std::function<void()> then)
{
    m_authorizer->check(caller, action, request->interaction(), [request, then = std::move(then)](Verdict verdict) {
        if (verdict == Verdict::Granted)
            then();
        else
            request->fail(refusal(verdict));
    });
}

void RequestGate::awaitTurn(
    const RequestPtr& request, const Caller& caller, Access access, std::function<void()> then)
{
    if (access != Access::History && access != Access::Events) {
        then();
        return;
    }
    m_turns.take(caller.uid, [request, then = std::move(then)](Turns::Turn turn) {
        request->hold(std::move(turn));
        then();
    });
}

void RequestGate::decideVisibility(
    const RequestPtr& request, const Caller& caller, Access access, std::function<void(const Visibility&)> then)
{
    if (access != Access::Rows && access != Access::History) {
        then(Visibility::ofUids({}));
        return;
    }
    m_authorizer->check(
        caller, Action::ViewAll, request->interaction(), [caller, then = std::move(then)](Verdict verdict) {
            then(verdict == Verdict::Granted ? Visibility::everyone() : Visibility::ofUser(caller.uid));
        });
}

} // namespace bwt
