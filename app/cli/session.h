// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/cli/arguments.h"
#include "app/cli/authagent.h"
#include "app/cli/output.h"
#include "app/client/helperclient.h"

#include <QObject>

#include <optional>

namespace bwt::cli {

/// What every command has: the request, the helper and the output. Ends the program.
class Session : public QObject {
    Q_OBJECT
public:
    explicit Session(Request request);

    [[nodiscard]] const Request& request() const { return m_request; }
    [[nodiscard]] HelperClient& helper() { return *m_helper; }
    [[nodiscard]] Output& output() { return m_output; }

    /// Nobody will be asked for a password any more.
    void dismissAgent();
    /// 1 where the output could not be written, else 0.
    void finish();
    void fail(const QString& message);

private:
    const Request m_request;
    Output m_output;
    std::optional<AuthAgent> m_agent;
    std::unique_ptr<HelperClient> m_helper;
};

} // namespace bwt::cli
