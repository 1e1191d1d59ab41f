// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QDBusArgument>
#include <QList>
#include <QMetaType>
#include <QString>

/// What the user may decide of apps, and what was decided.
namespace bwt {

struct AppEntry {
    QString id;
    QString name; ///< the user's, or else its own
    QString ownName;
    QString into; ///< the app that it counts for, as was decided; null where it counts for itself

    friend bool operator==(const AppEntry&, const AppEntry&) = default;
};

using AppList = QList<AppEntry>;

/// One decision.
struct AppChange {
    enum class Kind {
        Rename, ///< `app` is called `value`
        Merge, ///< `app` counts for the app `value`
        Reset, ///< `app` has its own name again, and counts for itself
    };
    Kind kind = Kind::Reset;
    QString app; ///< an app id
    QString value = {};

    friend bool operator==(const AppChange&, const AppChange&) = default;
};

/// How much of a message these take, at most.
[[nodiscard]] qint64 bytesOnBus(const AppList& apps);

QDBusArgument& operator<<(QDBusArgument& out, const AppEntry& value);
const QDBusArgument& operator>>(const QDBusArgument& in, AppEntry& value);

} // namespace bwt

Q_DECLARE_METATYPE(bwt::AppEntry)
