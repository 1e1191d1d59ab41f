// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "dbus/result.h"
#include "helper/service/authorizer.h"

#include <QDBusConnection>
#include <QDBusMessage>
#include <QHash>
#include <QVariant>

#include <memory>

namespace bwt {

/// How many calls may be under way: 16 of one sender, 256 in all.
class RequestQuota {
public:
    using Place = std::shared_ptr<void>; ///< given back when the last copy goes

    RequestQuota();
    /// Null when there is none left for this sender.
    [[nodiscard]] Place take(const QString& sender);

private:
    struct Counts {
        QHash<QString, int> bySender;
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

    void answer(const Result<void>& outcome);
    template <typename T> void answer(const Result<T>& outcome)
    {
        if (outcome)
            send(m_call.createReply(QVariant::fromValue(*outcome)));
        else
            fail(outcome.error());
    }
    void fail(const Error& error);

private:
    void send(const QDBusMessage& reply);

    QDBusConnection m_bus;
    QDBusMessage m_call;
    RequestQuota::Place m_place;
    bool m_isAnswered = false;
};

using RequestPtr = std::shared_ptr<Request>;

} // namespace bwt
