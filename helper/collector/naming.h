// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "helper/collector/snapshot.h"

#include <QByteArrayView>

#include <optional>

/// How the kernel's numbers and bytes read to people. Unknown is a null string.
namespace bwt {

/// IANA's keyword for an IP protocol, "IP-253" where it has none, "MPTCP", "PACKET".
[[nodiscard]] QString protocolName(std::uint16_t protocol);
/// The reverse; upper and lower case are the same.
[[nodiscard]] std::optional<std::uint16_t> protocolFromName(const QString& name);
/// "https", "quic", "ssh", …; the port in digits where it has no name; null for 0.
[[nodiscard]] QString serviceName(std::uint16_t protocol, std::uint16_t port);
/// Standard text form, v4-mapped addresses as IPv4; null when unknown.
[[nodiscard]] QString addressText(const Address& address);
[[nodiscard]] std::optional<Address> addressFromText(const QString& text);
[[nodiscard]] QString scopeName(Scope scope);
/// The account's name, or the uid in digits; null for `unknownUid`.
[[nodiscard]] QString userName(std::uint32_t uid);
/// UTF-8 as text; bytes that are not, and characters that would not print or would reorder their line, as "\xNN".
[[nodiscard]] QString printable(QByteArrayView bytes);

/// An executable's path, "…/end/of/path" where that is all there is, with " (deleted)" where the file is.
[[nodiscard]] QString executableText(const Executable& executable);

} // namespace bwt
