// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>
#include <QStringList>

#include <optional>

namespace bwt {

/// The window's places, in the order in which they are reached.
enum class Page { Usage, Diagnosis, Settings };

/// As --page takes it.
[[nodiscard]] std::optional<Page> pageFromName(const QString& name);
[[nodiscard]] QStringList pageNames();

} // namespace bwt
