// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>

#include <optional>

/// Places as people read them. Empty where nothing is known.
namespace bwt {

/// "Germany" for "DE"; the code itself where it has no name.
[[nodiscard]] QString countryName(const QString& code);
/// What the operator calls itself, else "AS3320".
[[nodiscard]] QString operatorName(std::optional<quint32> asn, const QString& name);
/// "AS3320 Deutsche Telekom AG".
[[nodiscard]] QString operatorText(std::optional<quint32> asn, const QString& name);

} // namespace bwt
