// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "helper/store/database.h"

#include <QByteArray>
#include <QByteArrayView>

#include <array>
#include <compare>
#include <cstdint>
#include <vector>

/// Many rows in one blob: what makes years fit. A row costs about 11 bytes, where a row of a table costs 60.
///
/// The blob is packed decimal, two signs to a byte, so that SQL reads it as well as we do: `hex(blob)` is text, and
/// seven replacements make JSON of it (the view `traffic` in migrations.cpp). Digits are digits; the other signs are
///
///     A ","    B "],["    C "]],[["    CC "]]],[[["    D ",1"    E ",0"    F "-"
///
/// with a last A that only fills the byte. The JSON is a list of groups, and a group a list of lists of lists of
/// numbers: first [[program, process, channel]], its key, and then one for each flow. That begins with [remote,
/// header], and has a list for each slice of time that the flow was seen in: [slice, tx_bytes, rx_bytes, tx_calls,
/// rx_calls, tx_more, rx_more, tx_rest, rx_rest], without the zeros at its end. Where that is slice 0 alone its
/// numbers follow the header instead. Packets and wire bytes are told by what they differ from the usual, which is a
/// short number or none:
///
///     packets = bytes / 1448 + more              1448: what a TCP segment mostly holds; where the header is that of
///             = calls + more                     a datagram
///     wire bytes = bytes + packets * size + rest
///
/// The header is 1 to 4, and its size 52, 72, 28 or 48: TCP with time stamps (RFC 9293, RFC 7323) and UDP, over IPv4
/// and IPv6. A header of 0 says that packets were not counted.
namespace bwt::store {

inline constexpr qint64 segmentBytes = 1448;
inline constexpr std::array<qint64, 5> headerSizes{0, 52, 72, 28, 48}; ///< by header

[[nodiscard]] constexpr bool isDatagramHeader(qint64 size)
{
    return size == 28 || size == 48;
}
[[nodiscard]] constexpr qint64 usualPackets(qint64 bytes, qint64 calls, qint64 headerSize)
{
    return isDatagramHeader(headerSize) ? calls : bytes / segmentBytes;
}

/// Sums that wrap around: what damage made up must do no harm.
[[nodiscard]] constexpr qint64 plus(qint64 one, qint64 other)
{
    return static_cast<qint64>(static_cast<quint64>(one) + static_cast<quint64>(other));
}
[[nodiscard]] constexpr qint64 minus(qint64 one, qint64 other)
{
    return static_cast<qint64>(static_cast<quint64>(one) - static_cast<quint64>(other));
}
/// What packets with headers of that size would have been on the wire.
[[nodiscard]] constexpr qint64 usualWireBytes(qint64 bytes, qint64 packets, qint64 headerSize)
{
    return plus(bytes, static_cast<qint64>(static_cast<quint64>(packets) * static_cast<quint64>(headerSize)));
}

/// What the tiers hold of one flow in one slice of time. Signed: a correction may take back.
struct Sums {
    qint64 txBytes = 0;
    qint64 rxBytes = 0;
    qint64 txCalls = 0;
    qint64 rxCalls = 0;
    bool hasWire = false; ///< else the next four are 0 and mean nothing
    qint64 txPackets = 0;
    qint64 rxPackets = 0;
    qint64 txWireBytes = 0;
    qint64 rxWireBytes = 0;

    Sums& operator+=(const Sums& more);
    Sums& operator-=(const Sums& less);
    [[nodiscard]] bool isZero() const;
    friend bool operator==(const Sums&, const Sums&) = default;
};

template <qint64 combine(qint64, qint64)> Sums& combined(Sums& sums, const Sums& others)
{
    sums.txBytes = combine(sums.txBytes, others.txBytes);
    sums.rxBytes = combine(sums.rxBytes, others.rxBytes);
    sums.txCalls = combine(sums.txCalls, others.txCalls);
    sums.rxCalls = combine(sums.rxCalls, others.rxCalls);
    sums.hasWire = sums.hasWire || others.hasWire;
    sums.txPackets = combine(sums.txPackets, others.txPackets);
    sums.rxPackets = combine(sums.rxPackets, others.rxPackets);
    sums.txWireBytes = combine(sums.txWireBytes, others.txWireBytes);
    sums.rxWireBytes = combine(sums.rxWireBytes, others.rxWireBytes);
    return sums;
}
inline Sums& Sums::operator+=(const Sums& more)
{
    return combined<plus>(*this, more);
}
inline Sums& Sums::operator-=(const Sums& less)
{
    return combined<minus>(*this, less);
}

/// Ids of the dictionaries; 0 for what the tier does not know, or nobody ever did.
struct GroupKey {
    qint64 program = 0;
    qint64 process = 0;
    qint64 channel = 0;
    friend auto operator<=>(const GroupKey&, const GroupKey&) = default;
};

struct RowKey {
    GroupKey group;
    qint64 remote = 0;
    qint64 slice = 0; ///< of the time that the blob is of (tiers.h)
    friend auto operator<=>(const RowKey&, const RowKey&) = default;
};

struct PackedRow {
    RowKey key;
    Sums sums;
};

/// Rows in order of their keys, each once.
using PackedRows = std::vector<PackedRow>;

/// Puts rows in order and adds up those of one key; drops those that are zero throughout.
void normalize(PackedRows& rows);
/// The sum, and the difference, of two lists in order.
[[nodiscard]] PackedRows merged(const PackedRows& some, const PackedRows& more);
[[nodiscard]] PackedRows without(const PackedRows& rows, const PackedRows& less);
/// What is left of the rows' detail.
[[nodiscard]] PackedRows withoutProcesses(PackedRows rows);
[[nodiscard]] PackedRows withoutRemotes(PackedRows rows);
/// All in one slice.
[[nodiscard]] PackedRows inSlice(PackedRows rows, qint64 slice);

/// Null for no rows.
[[nodiscard]] QByteArray pack(const PackedRows& rows);

[[noreturn]] void failUnpacking();

/// Goes through a blob, number by number: most of what an answer costs. Of a large one it holds a part at a time.
class Signs {
public:
    explicit Signs(QByteArrayView blob);
    Signs(const Signs&) = delete;
    Signs& operator=(const Signs&) = delete;

    enum Sign : std::uint8_t { Comma = 0xA, List = 0xB, Flow = 0xC, CommaOne = 0xD, CommaZero = 0xE, Minus = 0xF };

    /// Before a group's key, a flow, or a slice: sees to it that the next list is there whole.
    void beginList()
    {
        if (m_at > m_ample)
            readOn();
    }
    /// Reads a number and what follows it: List or Flow where it was its list's last, one of the commas else.
    [[nodiscard]] Sign number(qint64& value)
    {
        const bool isNegative = *m_at == Minus;
        m_at += isNegative ? 1 : 0;
        quint64 magnitude = m_begun;
        while (*m_at < 10)
            magnitude = magnitude * 10 + *m_at++;
        value = static_cast<qint64>(isNegative ? 0 - magnitude : magnitude);
        const std::uint8_t sign = *m_at++;
        m_begun = sign == CommaOne ? 1 : 0;
        return Sign{sign};
    }
    [[nodiscard]] static bool endsList(Sign sign) { return sign == List || sign == Flow; }
    /// Leaves out the rest of a list.
    [[nodiscard]] Sign skipList();
    /// Leaves out the rest of a flow.
    void skipFlow();
    /// Where a flow has ended: whether the group has, too.
    [[nodiscard]] bool endsGroup()
    {
        const bool ends = *m_at == Flow;
        m_at += ends ? 1 : 0;
        return ends;
    }
    [[nodiscard]] bool isAtEnd() const { return m_at == m_end && m_rest.isEmpty(); }

private:
    void readOn();

    std::vector<std::uint8_t> m_signs; ///< a part of the blob's, and what ends a group
    QByteArrayView m_rest; ///< that is not in there yet
    const std::uint8_t* m_at;
    const std::uint8_t* m_end; ///< of that part
    const std::uint8_t* m_ample; ///< up to here the longest list is there whole
    quint64 m_begun = 0; ///< the next number, as far as the sign before it says
};

/// A list of at most so many numbers; those that are missing are 0.
template <std::size_t most> struct NumberList {
    std::array<qint64, most> numbers{};
    std::size_t count = 0;

    /// Adds all up to the list's end, whose sign it yields.
    Signs::Sign read(Signs& signs)
    {
        for (;;) {
            if (count == most)
                failUnpacking();
            const Signs::Sign after = signs.number(numbers[count++]);
            if (Signs::endsList(after))
                return after;
        }
    }
};

using SliceNumbers = NumberList<9>;
[[nodiscard]] inline Sums sumsFrom(const std::array<qint64, 9>& numbers, qint64 headerSize)
{
    Sums sums{numbers[1], numbers[2], numbers[3], numbers[4], headerSize != 0, 0, 0, 0, 0};
    if (!sums.hasWire)
        return sums;
    sums.txPackets = plus(usualPackets(sums.txBytes, sums.txCalls, headerSize), numbers[5]);
    sums.rxPackets = plus(usualPackets(sums.rxBytes, sums.rxCalls, headerSize), numbers[6]);
    sums.txWireBytes = plus(usualWireBytes(sums.txBytes, sums.txPackets, headerSize), numbers[7]);
    sums.rxWireBytes = plus(usualWireBytes(sums.rxBytes, sums.rxPackets, headerSize), numbers[8]);
    return sums;
}

template <typename Visitor>
void unpackSlice(Signs& signs, Visitor& visitor, SliceNumbers slice, qint64 headerSize, Signs::Sign& after)
{
    const bool isWanted = visitor.wants(slice.numbers[0]);
    if (!Signs::endsList(after))
        after = isWanted ? slice.read(signs) : signs.skipList();
    if (isWanted)
        visitor.slice(sumsFrom(slice.numbers, headerSize));
}

template <typename Visitor> void unpackFlow(Signs& signs, Visitor& visitor)
{
    qint64 remote = 0;
    signs.beginList();
    if (Signs::endsList(signs.number(remote)))
        failUnpacking();
    if (!visitor.flow(remote)) {
        signs.skipFlow();
        return;
    }
    qint64 header = 0;
    Signs::Sign after = signs.number(header);
    if (header < 0 || header >= qint64{headerSizes.size()})
        failUnpacking();
    const qint64 size = headerSizes[static_cast<std::size_t>(header)];
    if (!Signs::endsList(after))
        unpackSlice(signs, visitor, {{}, 1}, size, after);
    while (after == Signs::List) {
        SliceNumbers slice;
        signs.beginList();
        after = signs.number(slice.numbers[slice.count++]);
        unpackSlice(signs, visitor, slice, size, after);
    }
}

/// Reads a blob. `Visitor` has
///     bool group(const GroupKey&)          whether anything of it is wanted
///     bool flow(qint64 remote)             likewise
///     bool wants(qint64 slice)             likewise
///     void slice(const Sums&)              of the one that was asked about
/// Throws StoreCorrupt where the blob is none of ours.
template <typename Visitor> void unpack(QByteArrayView blob, Visitor& visitor)
{
    Signs signs(blob);
    while (!signs.isAtEnd()) {
        NumberList<3> key;
        signs.beginList();
        if (key.read(signs) != Signs::Flow || key.count != key.numbers.size())
            failUnpacking();
        const bool isGroupWanted = visitor.group(GroupKey{key.numbers[0], key.numbers[1], key.numbers[2]});
        while (!signs.endsGroup()) {
            if (isGroupWanted)
                unpackFlow(signs, visitor);
            else
                signs.skipFlow();
        }
    }
}

[[nodiscard]] PackedRows unpacked(QByteArrayView blob);

} // namespace bwt::store
