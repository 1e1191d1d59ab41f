// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/cli/timerange.h"
#include "dbus/appentry.h"
#include "dbus/row.h"

#include <QString>
#include <QStringList>

#include <optional>
#include <utility>
#include <variant>

namespace bwt::cli {

enum class Command {
    Live,
    Totals,
    Top,
    History,
    Protocols,
    Ips,
    Events,
    Status,
    Export,
    Apps,
    Pause,
    Resume,
    Clear,
    Settings,
};

/// What the user asked for, checked and complete.
struct Request {
    Command command = Command::Status;
    QString bus = QStringLiteral("system");
    bool json = false;
    bool allUsers = false; ///< polkit may ask the user, who then sees everyone's programs by name
    bool once = false;
    bool confirmed = false;
    bool resolve = false; ///< ask the network for names
    std::optional<Dimensions> by;
    std::optional<TimeRange> range;
    std::optional<quint32> limit;
    QString bucket;
    QString outputFile; ///< of export; standard output when empty
    Filter filter;
    std::optional<AppChange> appChange; ///< what apps is to do; else it lists them
    QList<std::pair<QString, QString>> settings; ///< to be changed, name and value; else they are listed
};

/// Text that was asked for: --help, --version.
struct Information {
    QString text;
};

/// One line that says what is wrong with the command line and what to do.
struct WrongUsage {
    QString text;
};

using ParsedArguments = std::variant<Request, Information, WrongUsage>;

/// `arguments` come without the program's name; relative times count back from `nowMs`.
[[nodiscard]] ParsedArguments parseArguments(const QStringList& arguments, qint64 nowMs);

} // namespace bwt::cli
