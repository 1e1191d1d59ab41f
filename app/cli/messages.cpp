// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/messages.h"

#include "app/cli/text.h"
#include "dbus/names.h"

namespace bwt::cli {

namespace {

/// "what (detail); remedy"
QString compose(const QString& what, const Error& error, const QString& remedy)
{
    const QString detail = printable(error.detail.simplified());
    return what % (detail.isEmpty() ? QString() : QString(QLatin1StringView(" (") % detail % QLatin1Char(')')))
        % QLatin1StringView("; ") % remedy;
}

bool isManaging(const Request& request)
{
    return request.command == Command::Pause || request.command == Command::Resume
        || request.command == Command::Clear || request.appChange || !request.settings.isEmpty();
}

QString refusal(const Error& error, const Request& request)
{
    const QString action = isManaging(request) ? QStringLiteral("manage") : QStringLiteral("view");
    if (request.bus == QLatin1StringView("session"))
        return compose(QStringLiteral("the helper refuses you"), error,
            QStringLiteral("on a session bus it answers to its own user alone"));
    if (error.code == ErrorCode::AuthorizationNeeded)
        return compose(QStringLiteral("this needs an administrator's authorisation"), error,
            QStringLiteral("run it on a terminal to be asked for a password, or with sudo"));
    return compose(QStringLiteral("you are not allowed to do this"), error,
        QStringLiteral("use sudo, or have the administrator allow you org.bandwidthtracker.helper1.%1").arg(action));
}

QString missing(const Error& error, const Request& request)
{
    const QString what = QStringLiteral("the helper is not running");
    if (request.bus == QLatin1StringView("system"))
        return compose(what, error, QStringLiteral("start it with 'sudo systemctl start ebpf-bandwidth-tracker'"));
    return compose(
        what, error, QStringLiteral("start it with 'bandwidth-tracker-helper --bus %1'").arg(printable(request.bus)));
}

QString silent(const Error& error)
{
    return compose(QStringLiteral("the helper does not answer"), error,
        QStringLiteral("try again; 'journalctl -u ebpf-bandwidth-tracker' may tell what keeps it"));
}

QString noBus(const Error& error, const Request& request)
{
    if (request.bus == QLatin1StringView("system"))
        return compose(QStringLiteral("the system bus does not answer"), error,
            QStringLiteral("is the service 'dbus' running?"));
    return compose(QStringLiteral("the bus '%1' does not answer").arg(printable(request.bus)), error,
        QStringLiteral("check what --bus says"));
}

} // namespace

QString stateMessage(HelperClient::State state, const Error& error, const Request& request)
{
    switch (state) {
    case HelperClient::State::Missing:
        return missing(error, request);
    case HelperClient::State::Silent:
        return silent(error);
    case HelperClient::State::Refused:
        return refusal(error, request);
    case HelperClient::State::NoBus:
        return noBus(error, request);
    case HelperClient::State::Connecting:
    case HelperClient::State::Ready:
        break;
    }
    return {};
}

QString waitingMessage(HelperClient::State state)
{
    switch (state) {
    case HelperClient::State::Missing:
        return QStringLiteral("The helper is gone; waiting for it to return.");
    case HelperClient::State::Silent:
        return QStringLiteral("The helper does not answer; waiting for it.");
    case HelperClient::State::Refused:
        return QStringLiteral("The helper refuses to go on; waiting for it to change its mind.");
    case HelperClient::State::NoBus:
        return QStringLiteral("The bus is gone; waiting for it to return.");
    case HelperClient::State::Connecting:
    case HelperClient::State::Ready:
        break;
    }
    return {};
}

QString failureMessage(const Error& error, const Request& request)
{
    switch (error.code) {
    case ErrorCode::NotAuthorized:
    case ErrorCode::AuthorizationNeeded:
        return refusal(error, request);
    case ErrorCode::Disconnected:
        return missing(error, request);
    case ErrorCode::TimedOut:
        return silent(error);
    case ErrorCode::InvalidArgument:
        if (request.appChange)
            return compose(
                QStringLiteral("this can't be done"), error, QStringLiteral("'bwtctl apps' lists all apps"));
        if (!request.settings.isEmpty())
            return compose(QStringLiteral("nothing was changed"), error,
                QStringLiteral("'bwtctl settings' lists them, and bandwidth-tracker-helper(8) says what each takes"));
        return compose(QStringLiteral("the helper does not accept this"), error,
            QStringLiteral("see 'bwtctl --help' for what can be asked"));
    case ErrorCode::LimitExceeded:
        return compose(
            QStringLiteral("the helper has too much to do for you"), error, QStringLiteral("try again later"));
    case ErrorCode::NotCounting:
        return compose(QStringLiteral("nothing is being counted"), error,
            QStringLiteral("'bandwidth-tracker-helper --check' tells what this kernel lacks"));
    case ErrorCode::StoreUnavailable:
    case ErrorCode::Io:
        return compose(QStringLiteral("the history can't be read or written"), error,
            QStringLiteral("check the space and the rights in %1").arg(names::defaultStateDir));
    case ErrorCode::StoreCorrupt:
        return compose(QStringLiteral("the history is damaged"), error,
            QStringLiteral(
                "the helper can't set it aside by itself: stop it, move history.db in %1 away, and start it "
                "again")
                .arg(names::defaultStateDir));
    case ErrorCode::StoreTooNew:
        return compose(QStringLiteral("the history is of a newer version"), error,
            QStringLiteral("install that version again, or move history.db away"));
    case ErrorCode::NameTaken:
    case ErrorCode::Internal:
        break;
    }
    return compose(QStringLiteral("the helper failed"), error,
        QStringLiteral("'journalctl -u ebpf-bandwidth-tracker' may tell more"));
}

} // namespace bwt::cli
