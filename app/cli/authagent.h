// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QProcess>

namespace bwt::cli {

/// polkit's own text agent for this process: asks for the password on the terminal where no other agent would. Ends
/// with the object.
class AuthAgent {
public:
    /// Returns once the agent is registered, or at once where it can't be had: polkit then says no by itself.
    AuthAgent();
    ~AuthAgent();
    AuthAgent(const AuthAgent&) = delete;
    AuthAgent& operator=(const AuthAgent&) = delete;

    /// Whether it can help: the caller sits at a terminal and is not root anyway.
    [[nodiscard]] static bool isOfUse();

private:
    QProcess m_process;
};

} // namespace bwt::cli
