// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "helper/apps/app.h"

#include <QByteArray>
#include <QByteArrayView>
#include <QList>

#include <optional>

namespace bwt {

/// The language that a program runs ("python" for /usr/bin/python3.11); empty where it is no interpreter.
[[nodiscard]] QByteArray languageOf(QByteArrayView executable);

/// What an interpreter was told to run.
struct Told {
    enum class What : std::uint8_t {
        File, ///< a script, or what stands for one (a .jar)
        Name, ///< a module, or a class
    };
    What what = What::File;
    QByteArray text;

    friend bool operator==(const Told&, const Told&) = default;
};

/// Nothing where it runs what it is typed, piped, or given in its arguments.
[[nodiscard]] std::optional<Told> toldTo(QByteArrayView executable, const QList<QByteArray>& arguments);

/// What it runs, as an app. `folder` is where the process is; empty where that is not known.
[[nodiscard]] App appOf(QByteArrayView language, const Told& told, QByteArrayView folder);

/// The words of /proc/PID/cmdline.
[[nodiscard]] QList<QByteArray> argumentsIn(const QByteArray& commandLine);

} // namespace bwt
