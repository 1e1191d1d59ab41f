// SPDX-License-Identifier: GPL-3.0-or-later
#include "helper/service/request.h"

#include "dbus/names.h"

namespace bwt {

namespace {

constexpr int placesForOneSender = 16;
constexpr int placesForOneUser = 32;
constexpr int placesInAll = 120;

} // namespace

RequestQuota::RequestQuota()
    : m_counts(std::make_shared<Counts>())
{
}

RequestQuota::Place RequestQuota::take(const QString& sender)
{
    if (m_counts->all >= placesInAll || m_counts->bySender.value(sender) >= placesForOneSender)
        return nullptr;
    ++m_counts->all;
    ++m_counts->bySender[sender];
    return {m_counts.get(), [counts = m_counts, sender](void*) {
                --counts->all;
                if (--counts->bySender[sender] == 0)
                    counts->bySender.remove(sender);
            }};
}

RequestQuota::Place RequestQuota::takeForUser(quint32 uid)
{
    if (m_counts->byUser.value(uid) >= placesForOneUser)
        return nullptr;
    ++m_counts->byUser[uid];
    return {m_counts.get(), [counts = m_counts, uid](void*) {
                if (--counts->byUser[uid] == 0)
                    counts->byUser.remove(uid);
            }};
}

Request::Request(QDBusConnection bus, const QDBusMessage& call, RequestQuota::Place place)
    : m_bus(std::move(bus))
    , m_call(call)
    , m_held{std::move(place)}
{
}

Request::~Request()
{
    if (!m_isAnswered)
        fail({ErrorCode::Internal, QStringLiteral("the helper dropped the call")});
}

Interaction Request::interaction() const
{
    return m_call.isInteractiveAuthorizationAllowed() ? Interaction::Allowed : Interaction::Never;
}

void Request::answer(const Result<void>& outcome)
{
    if (outcome)
        send(m_call.createReply());
    else
        fail(outcome.error());
}

void Request::fail(const Error& error)
{
    send(m_call.createErrorReply(names::errorPrefix + errorCodeName(error.code), error.detail));
}

void Request::send(const QDBusMessage& reply)
{
    m_isAnswered = true;
    if (m_call.isReplyRequired())
        m_bus.send(reply);
}

} // namespace bwt
