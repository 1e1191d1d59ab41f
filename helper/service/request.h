// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "dbus/result.h"
#include "dbus/row.h"
#include "helper/service/authorizer.h"

#include <QDBusConnection>
#include <QDBusMessage>
#include <QHash>
#include <QVariant>

#include <memory>
#include <vector>

namespace bwt {

/// How many calls may be under way: 16 of one sender, 32 of one user, 120 in all. The bus lets a connection wait for
/// 128 answers, and each call may wait for polkit's.
class RequestQuota {
public:
    using Place = std::shared_ptr<void>; ///< given back when the last copy goes

    RequestQuota();
    /// Null when there is none left for this sender.
    [[nodiscard]] Place take(const QString& sender);
    /// Null when there is none left for this user, on however many connections.
    [[nodiscard]] Place takeForUser(quint32 uid);

private:
    struct Counts {
        QHash<QString, int> bySender;
        QHash<quint32, int> byUser;
        int all = 0;
    };
    std::shared_ptr<Counts> m_counts;
};

/// One method call that is answered later: exactly once, with an error when nobody did.
class Request {
public:
    Request(QDBusConnection bus, const QDBusMessage& call, RequestQuota::Place place);
    ~Request();
    Request(const Request&) = delete;
    Request& operator=(const Request&) = delete;

    /// The caller's unique name.
    [[nodiscard]] QString sender() const { return m_call.service(); }
    [[nodiscard]] Interaction interaction() const;
    /// Gives this back, too, when the call is over.
    void hold(std::shared_ptr<void> held) { m_held.push_back(std::move(held)); }

    void answer(const Result<void>& outcome);
    template <typename T> void answer(const Result<T>& outcome)
    {
        if (outcome && isTooLarge(*outcome))
            fail({ErrorCode::LimitExceeded, QStringLiteral("the answer: ask for fewer rows or a shorter range")});
        else if (outcome)
            send(m_call.createReply(QVariant::fromValue(*outcome)));
        else
            fail(outcome.error());
    }
    void fail(const Error& error);

private:
    template <typename T> static bool isTooLarge(const T& value)
    {
        if constexpr (requires { bytesOnBus(value); })
            return bytesOnBus(value) > mostBytesInAnswer;
        return false;
    }
    void send(const QDBusMessage& reply);

    QDBusConnection m_bus;
    QDBusMessage m_call;
    std::vector<std::shared_ptr<void>> m_held;
    bool m_isAnswered = false;
};

using RequestPtr = std::shared_ptr<Request>;

} // namespace bwt
