// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "helper/source/trafficsource.h"

#include <QByteArray>

#include <cstdint>
#include <span>
#include <vector>

/// Name servers' answers (RFC 1035), as they come from the network: whoever sent one may lie in every field, and only
/// its beginning may be there. Nothing is read but what is inside the bytes, in time that grows with their number.
namespace bwt::dns {

using Bytes = std::span<const std::uint8_t>;

struct NamedAddress {
    Address address{};
    std::uint32_t ttl = 0; ///< seconds: the least on the way from the name asked for to the address

    friend bool operator==(const NamedAddress&, const NamedAddress&) = default;
};

/// What a name that was asked for stands for.
struct Answer {
    /// In lower case, without the dot at its end. Letters, digits, "-" and "_" are themselves, other bytes of a label
    /// "\xNN": no name looks like another, none has blanks, and what is international stays in Punycode.
    QByteArray name;
    std::vector<NamedAddress> addresses; ///< never empty, each once; none is the unspecified or a loopback one

    friend bool operator==(const Answer&, const Answer&) = default;
};

/// The answers that a message holds, by question. Empty where it is none, says that something is wrong, or tells of
/// no address. Of a message that is cut short, or said to be (TC), what is there counts.
[[nodiscard]] std::vector<Answer> readAnswers(Bytes message);

/// The messages in a piece of a TCP stream that begins where a message does: each has its length before it. The last
/// may be cut short.
[[nodiscard]] std::vector<Bytes> messagesIn(Bytes stream);

/// Of a message no more records are looked at than these, and no more questions.
inline constexpr int mostRecords = 128;
inline constexpr int mostQuestions = 4;
/// Names that lead from one to the next (CNAME), from the one asked for on.
inline constexpr int mostAliases = 16;

} // namespace bwt::dns
