// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QProcess>

#include <sys/types.h>

#include <functional>
#include <optional>

namespace bwt::test {

/// A child that dies with the test, however the test ends. With a user, it runs as that uid and gid, without groups.
void tie(QProcess& process, std::optional<uid_t> user = std::nullopt);

/// Mounts one file or directory over another, for one child alone.
struct Overlay {
    QString source;
    QString target;
};

/// Starts a program in a mount namespace of its own, with overlays. Needs root.
void startWith(
    const QList<Overlay>& overlays, QProcess& process, const QString& program, const QStringList& arguments);

/// Lets the event loop run until `isDone()` or the deadline; the last word of isDone().
[[nodiscard]] bool waitUntil(const std::function<bool()>& isDone, int milliseconds = 60'000);

} // namespace bwt::test
