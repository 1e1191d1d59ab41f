// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/views/page.h"

namespace bwt {

std::optional<Page> pageFromName(const QString& name)
{
    const qsizetype index = pageNames().indexOf(name);
    return index >= 0 ? std::optional(static_cast<Page>(index)) : std::nullopt;
}

QStringList pageNames()
{
    return {QStringLiteral("usage"), QStringLiteral("diagnosis"), QStringLiteral("settings")};
}

} // namespace bwt
