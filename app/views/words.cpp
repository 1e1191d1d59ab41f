// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/views/words.h"

#include "dbus/names.h"

#include <QCoreApplication>

namespace bwt::words {

namespace {

struct Text {
    Q_DECLARE_TR_FUNCTIONS(bwt::Words)
};

} // namespace

QString errorText(ErrorCode code)
{
    switch (code) {
    case ErrorCode::NotAuthorized:
        return Text::tr("The system's rules don't let you see this.");
    case ErrorCode::AuthorizationNeeded:
        return Text::tr("This needs an administrator's permission.");
    case ErrorCode::InvalidArgument:
        return Text::tr("The helper did not understand the question.");
    case ErrorCode::LimitExceeded:
        return Text::tr("More was asked for than the helper gives at once.");
    case ErrorCode::NotCounting:
        return Text::tr("Nothing can be counted on this kernel as it is set up.");
    case ErrorCode::StoreUnavailable:
        return Text::tr("The history can't be read or written.");
    case ErrorCode::StoreCorrupt:
        return Text::tr("The history file is damaged.");
    case ErrorCode::StoreTooNew:
        return Text::tr("The history was written by a newer version of this program.");
    case ErrorCode::Disconnected:
        return Text::tr("The helper can't be reached.");
    case ErrorCode::NameTaken:
        return Text::tr("Another helper is running already.");
    case ErrorCode::Io:
        return Text::tr("A file of the helper can't be read or written.");
    case ErrorCode::Internal:
        return Text::tr("The helper failed to answer.");
    case ErrorCode::TimedOut:
        return Text::tr("The helper does not answer.");
    }
    return {};
}

QString remedy(ErrorCode code)
{
    switch (code) {
    case ErrorCode::NotCounting:
        return Text::tr("Run “bandwidth-tracker-helper --check” as an administrator to see what the kernel refuses.");
    case ErrorCode::StoreUnavailable:
    case ErrorCode::Io:
        return Text::tr("Make room on the disk, or look at the rights of the helper's directory. Nothing that is "
                        "stored already is lost, and what is counted now is written later.");
    case ErrorCode::StoreTooNew:
        return Text::tr("Install that version again. The history stays untouched until then.");
    case ErrorCode::NameTaken:
        return Text::tr("Stop the other one, then start this one again.");
    case ErrorCode::LimitExceeded:
        return Text::tr("Choose a shorter range, or close other windows that watch.");
    case ErrorCode::StoreCorrupt:
        return Text::tr(
            "The helper can't set it aside by itself. Stop it, move “history.db” out of its directory, and "
            "start it again.");
    case ErrorCode::Internal:
        return Text::tr("If the app and the helper were updated just now, restart both.");
    case ErrorCode::TimedOut:
        return Text::tr("It runs, but it gave no answer in time.");
    case ErrorCode::NotAuthorized:
    case ErrorCode::AuthorizationNeeded:
    case ErrorCode::InvalidArgument:
    case ErrorCode::Disconnected:
        break;
    }
    return {};
}

QString problemText(ErrorCode code)
{
    return code == ErrorCode::StoreCorrupt
        ? Text::tr("The history file was damaged. It was set aside and a new one begun.")
        : errorText(code);
}

QString problemRemedy(ErrorCode code)
{
    return code == ErrorCode::StoreCorrupt ? QString() : remedy(code);
}

ErrorCode problemCode(const QString& name)
{
    return errorCodeFromBus(names::errorPrefix % name);
}

QString backendName(const QString& backend)
{
    if (backend == QLatin1StringView("tracepoint"))
        return Text::tr("socket tracepoints");
    if (backend == QLatin1StringView("fexit"))
        return Text::tr("kernel function exits");
    if (backend == QLatin1StringView("kprobe"))
        return Text::tr("kernel probes");
    if (backend == QLatin1StringView("replay"))
        return Text::tr("replayed recording");
    return backend;
}

} // namespace bwt::words
