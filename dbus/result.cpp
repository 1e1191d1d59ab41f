// SPDX-License-Identifier: GPL-3.0-or-later
#include "dbus/result.h"

#include "dbus/names.h"

#include <algorithm>
#include <array>

namespace bwt {

namespace {

struct NamedCode {
    ErrorCode code;
    QLatin1StringView name;
};

constexpr std::array namedCodes{
    NamedCode{ErrorCode::NotAuthorized, QLatin1StringView("NotAuthorized")},
    NamedCode{ErrorCode::AuthorizationNeeded, QLatin1StringView("AuthorizationNeeded")},
    NamedCode{ErrorCode::InvalidArgument, QLatin1StringView("InvalidArgument")},
    NamedCode{ErrorCode::LimitExceeded, QLatin1StringView("LimitExceeded")},
    NamedCode{ErrorCode::NotCounting, QLatin1StringView("NotCounting")},
    NamedCode{ErrorCode::StoreUnavailable, QLatin1StringView("StoreUnavailable")},
    NamedCode{ErrorCode::StoreCorrupt, QLatin1StringView("StoreCorrupt")},
    NamedCode{ErrorCode::StoreTooNew, QLatin1StringView("StoreTooNew")},
    NamedCode{ErrorCode::Disconnected, QLatin1StringView("Disconnected")},
    NamedCode{ErrorCode::NameTaken, QLatin1StringView("NameTaken")},
    NamedCode{ErrorCode::Io, QLatin1StringView("Io")},
    NamedCode{ErrorCode::Internal, QLatin1StringView("Internal")},
    NamedCode{ErrorCode::TimedOut, QLatin1StringView("TimedOut")},
};

/// The bus daemon's own errors that mean "the other side is not there".
constexpr std::array goneErrors{
    QLatin1StringView("org.freedesktop.DBus.Error.ServiceUnknown"),
    QLatin1StringView("org.freedesktop.DBus.Error.NameHasNoOwner"),
    QLatin1StringView("org.freedesktop.DBus.Error.Disconnected"),
    QLatin1StringView("org.freedesktop.DBus.Error.NoServer"),
};

/// Those that mean "the other side did not answer"; it may have left meanwhile.
constexpr std::array silenceErrors{
    QLatin1StringView("org.freedesktop.DBus.Error.NoReply"),
    QLatin1StringView("org.freedesktop.DBus.Error.Timeout"),
    QLatin1StringView("org.freedesktop.DBus.Error.TimedOut"),
};

} // namespace

QString errorCodeName(ErrorCode code)
{
    const auto* found = std::ranges::find(namedCodes, code, &NamedCode::code);
    return found != namedCodes.end() ? QString(found->name) : QStringLiteral("Internal");
}

ErrorCode errorCodeFromBus(const QString& dbusErrorName)
{
    if (dbusErrorName.startsWith(names::errorPrefix)) {
        const QStringView ownName = QStringView(dbusErrorName).mid(names::errorPrefix.size());
        const auto* found
            = std::ranges::find_if(namedCodes, [&](const NamedCode& candidate) { return candidate.name == ownName; });
        return found != namedCodes.end() ? found->code : ErrorCode::Internal;
    }
    if (dbusErrorName == QLatin1StringView("org.freedesktop.DBus.Error.AccessDenied"))
        return ErrorCode::NotAuthorized;
    if (std::ranges::find(silenceErrors, dbusErrorName) != silenceErrors.end())
        return ErrorCode::TimedOut;
    const bool gone = std::ranges::find(goneErrors, dbusErrorName) != goneErrors.end();
    return gone ? ErrorCode::Disconnected : ErrorCode::Internal;
}

} // namespace bwt
