// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/cli/arguments.h"
#include "app/client/helperclient.h"
#include "dbus/result.h"

/// Errors as one line each, without a full stop: what is wrong, and what to do about it.
namespace bwt::cli {

/// For a state other than Ready.
[[nodiscard]] QString stateMessage(HelperClient::State state, const Error& error, const Request& request);
/// For a state that is waited through, in few words.
[[nodiscard]] QString waitingMessage(HelperClient::State state);
/// For a call that failed.
[[nodiscard]] QString failureMessage(const Error& error, const Request& request);

} // namespace bwt::cli
