// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>
#include <QString>

#include <functional>

namespace bwt {

/// What polkit is asked for; each is one action of polkit/org.bandwidthtracker.helper1.policy.
enum class Action { View, ViewAll, Manage };

/// Whether the user may be asked for a password.
enum class Interaction { Never, Allowed };

enum class Verdict {
    Denied, ///< also: no answer, no authority, a broken one
    DeniedUnlessAsked, ///< asking the user could change it, and was not allowed
    Granted,
};

/// Who calls, as the bus says it and not as the caller does.
struct Caller {
    QString busName; ///< unique name, never used twice on one bus
    quint32 uid = 0;
};

/// Decides who may do what. Remembers no answer.
class Authorizer : public QObject {
    Q_OBJECT
public:
    using Answer = std::function<void(Verdict)>;

    /// Answers once, in this thread, perhaps before it returns; not after the authorizer is gone.
    virtual void check(const Caller& caller, Action action, Interaction interaction, Answer answer) = 0;
};

/// For a session bus, where polkit is not the judge: everything for the helper's own user, nothing for others.
class OwnUserAuthorizer final : public Authorizer {
    Q_OBJECT
public:
    void check(const Caller& caller, Action action, Interaction interaction, Answer answer) override;
};

} // namespace bwt
