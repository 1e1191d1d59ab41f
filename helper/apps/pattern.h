// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>
#include <QByteArrayView>

#include <optional>

namespace bwt {

/// How rules write down names with a part that matters. Outside of braces characters stand for themselves; a brace
/// takes one or more characters, as many as it can:
///
///     {}   none of them "-" or "/"     {=}   the same, and it is what matters
///     {*}  none of them "/"            {=*}  the same, and it is what matters
///                                      {=.}  none of them "." or "/", and it is what matters
///                                      {=#}  hexadecimal digits, at least 12, and it is what matters
///
/// Yields what matters, empty where nothing does, where the whole text is as the pattern has it.
[[nodiscard]] std::optional<QByteArray> match(QByteArrayView pattern, QByteArrayView text);

} // namespace bwt
