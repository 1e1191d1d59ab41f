// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "helper/collector/aggregate.h"
#include "helper/service/authorizer.h"
#include "helper/service/request.h"
#include "helper/service/turns.h"

#include <functional>
#include <memory>

namespace bwt {

class Engine;

/// What a method needs.
enum class Access {
    View, ///< polkit's view; the answer holds no rows
    Rows, ///< polkit's view; view-all decides whose rows
    Events, ///< polkit's view, when it is the user's turn to ask the history; the answer holds no rows
    History, ///< as Rows, when it is the user's turn to ask the history
    Manage, ///< polkit's manage
};

/// What an admitted call may use. Made by the gate alone.
struct Admission {
    Engine& engine;
    Visibility visibility; ///< nobody's rows but the system's, unless the method asked for Rows or History
    Caller caller;
    RequestPtr request;
};

/// The only way from the bus to the engine: counts the call against the shares of the caller and, once the bus has
/// said who that is, of its user, asks the authorizer, and then lets the method act. Whoever is refused gets an
/// error, and nothing else happens.
class RequestGate : public QObject {
    Q_OBJECT
public:
    using Act = std::function<void(const Admission&)>;

    RequestGate(QDBusConnection bus, Engine& engine, std::unique_ptr<Authorizer> authorizer);

    void admit(const QDBusMessage& call, Access access, Act act);

private:
    void countForUser(const RequestPtr& request, const Caller& caller, const std::function<void()>& then);
    void identify(const RequestPtr& request, std::function<void(const Caller&)> then);
    void require(const RequestPtr& request, const Caller& caller, Action action, std::function<void()> then);
    void awaitTurn(const RequestPtr& request, const Caller& caller, Access access, std::function<void()> then);
    void decideVisibility(
        const RequestPtr& request, const Caller& caller, Access access, std::function<void(const Visibility&)> then);

    QDBusConnection m_bus;
    Engine& m_engine;
    std::unique_ptr<Authorizer> m_authorizer;
    RequestQuota m_quota;
    Turns m_turns;
};

} // namespace bwt
