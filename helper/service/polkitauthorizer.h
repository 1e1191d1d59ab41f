// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "helper/service/authorizer.h"

#include <QDBusConnection>

namespace bwt {

/// Asks the polkit daemon on the helper's own bus, at every check and without waiting. The subject is the caller's
/// bus name: pids can be taken over by other processes between call and check. Root is granted everything without
/// asking, as polkit itself does, so that an administrator gets through where polkit is not installed.
class PolkitAuthorizer final : public Authorizer {
    Q_OBJECT
public:
    explicit PolkitAuthorizer(QDBusConnection bus);

    void check(const Caller& caller, Action action, Interaction interaction, Answer answer) override;

private:
    QDBusConnection m_bus;
};

} // namespace bwt
