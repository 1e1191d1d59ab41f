// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <tl/expected.hpp>

#include <QMetaType>
#include <QString>

namespace bwt {

/// What can go wrong, as a closed list: it crosses the bus as an error name, and each surface words it for its
/// reader. Append only.
enum class ErrorCode {
    NotAuthorized, ///< polkit said no, and asking the user cannot change that
    AuthorizationNeeded, ///< polkit would say yes after asking the user: call again with interaction allowed
    InvalidArgument, ///< the caller's mistake; the detail names the argument
    LimitExceeded, ///< the caller holds or asks for more than one client may
    NotCounting, ///< no backend works on this kernel or with these rights
    StoreUnavailable, ///< the history can't be read or written now
    StoreCorrupt, ///< the history file is damaged
    StoreTooNew, ///< the history file was written by a newer version
    Disconnected, ///< the bus or the helper is not there
    NameTaken, ///< another helper owns the name or the state directory
    Io, ///< a file or device failed; the detail holds path and reason
    Internal, ///< a broken promise of our own
    TimedOut, ///< the other side is there and gave no answer in time
};

/// One failure: a code to act on and a detail to read. The detail is one line without a full stop.
struct Error {
    ErrorCode code = ErrorCode::Internal;
    QString detail;

    friend bool operator==(const Error&, const Error&) = default;
};

/// The outcome of anything that can fail. An alias, so that it can become std::expected.
template <typename T> using Result = tl::expected<T, Error>;

[[nodiscard]] inline tl::unexpected<Error> failure(ErrorCode code, QString detail)
{
    return tl::unexpected<Error>(Error{code, std::move(detail)});
}

/// "NotAuthorized" and so on: what follows the prefix in a D-Bus error name.
[[nodiscard]] QString errorCodeName(ErrorCode code);
/// The code behind a D-Bus error name of ours; the bus's own errors map to Disconnected,
/// TimedOut, NotAuthorized or Internal.
[[nodiscard]] ErrorCode errorCodeFromBus(const QString& dbusErrorName);

} // namespace bwt

Q_DECLARE_METATYPE(bwt::Error)
