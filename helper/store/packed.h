// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "helper/store/database.h"

#include <QByteArray>
#include <QByteArrayView>

#include <array>
#include <bit>
#include <compare>
#include <vector>

/// Many rows in one blob: what makes years fit. A row costs about 15 bytes, where a row of a table costs 60.
///
/// The blob is packed decimal, two signs to a byte, so that SQL reads it as well as we do: `hex(blob)` is text, and
/// six replacements make JSON of it (the view `traffic` in schema.cpp). Digits are digits; the other signs are
///
///     A ","    B "],["    C "]],[["    D ",1"    E ",0"    F "-"
///
/// with a last A that only fills the byte. The JSON is a list of groups; a group is a list of lists of numbers, of
/// which the first is the group's [program, process, channel], and each further one a row: [remote, tx_bytes,
/// rx_bytes, tx_calls, rx_calls] and, where packets were counted, [tx_packets, rx_packets, tx_wire, rx_wire], where
/// wire bytes = bytes + 52 * packets + wire: 52 bytes are the headers of most (RFC 9293 with RFC 7323, over IPv4).
namespace bwt::store {

inline constexpr qint64 usualHeaderBytes = 52; ///< of one packet

/// Sums that wrap around: what damage made up must do no harm.
[[nodiscard]] constexpr qint64 plus(qint64 one, qint64 other)
{
    return static_cast<qint64>(static_cast<quint64>(one) + static_cast<quint64>(other));
}
[[nodiscard]] constexpr qint64 minus(qint64 one, qint64 other)
{
    return static_cast<qint64>(static_cast<quint64>(one) - static_cast<quint64>(other));
}
/// What packets with the usual headers would have been on the wire.
[[nodiscard]] constexpr qint64 usualWireBytes(qint64 bytes, qint64 packets)
{
    return plus(bytes, static_cast<qint64>(static_cast<quint64>(packets) * usualHeaderBytes));
}

/// What the tiers hold of one flow in one bucket. Signed: a correction may take back.
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

/// Ids of the dictionaries; 0 for what the tier does not know, or nobody ever did.
struct GroupKey {
    qint64 program = 0;
    qint64 process = 0;
    qint64 channel = 0;
    friend auto operator<=>(const GroupKey&, const GroupKey&) = default;
};

struct PackedRow {
    GroupKey group;
    qint64 remote = 0;
    Sums sums;

    [[nodiscard]] bool isSameFlow(const PackedRow& other) const
    {
        return group == other.group && remote == other.remote;
    }
};

/// Rows in order of group and remote, each flow once.
using PackedRows = std::vector<PackedRow>;

/// Puts rows in order and adds up those of one flow; drops those that are zero throughout.
void normalize(PackedRows& rows);
/// The sum, and the difference, of two lists in order.
[[nodiscard]] PackedRows merged(const PackedRows& some, const PackedRows& more);
[[nodiscard]] PackedRows without(const PackedRows& rows, const PackedRows& less);
/// What is left of the rows' detail.
[[nodiscard]] PackedRows withoutProcesses(PackedRows rows);
[[nodiscard]] PackedRows withoutRemotes(PackedRows rows);

/// Null for no rows.
[[nodiscard]] QByteArray pack(const PackedRows& rows);

[[noreturn]] void failUnpacking();

/// Calls `beginGroup(GroupKey)`, which tells whether its rows are wanted, and `row(remote, Sums)` for each of them.
/// Throws StoreCorrupt where the blob is none of ours.
template <typename BeginGroup, typename Row> void unpack(QByteArrayView blob, BeginGroup beginGroup, Row row)
{
    constexpr std::size_t programNumbers = 5;
    constexpr std::size_t wireNumbers = 9;
    std::array<qint64, wireNumbers> numbers{};
    std::size_t count = 0;
    quint64 value = 0;
    bool isNegative = false;
    bool isKey = true;
    bool isWanted = false;

    const auto endNumber = [&] {
        if (count == numbers.size())
            failUnpacking();
        numbers[count++] = static_cast<qint64>(isNegative ? 0 - value : value);
        value = 0;
        isNegative = false;
    };
    const auto endList = [&] {
        endNumber();
        if (isKey) {
            if (count != 3)
                failUnpacking();
            isWanted = beginGroup(GroupKey{numbers[0], numbers[1], numbers[2]});
        } else if (isWanted) {
            if (count != programNumbers && count != wireNumbers)
                failUnpacking();
            Sums sums{numbers[1], numbers[2], numbers[3], numbers[4], count == wireNumbers, 0, 0, 0, 0};
            if (sums.hasWire) {
                sums.txPackets = numbers[5];
                sums.rxPackets = numbers[6];
                sums.txWireBytes = plus(usualWireBytes(sums.txBytes, sums.txPackets), numbers[7]);
                sums.rxWireBytes = plus(usualWireBytes(sums.rxBytes, sums.rxPackets), numbers[8]);
            }
            row(numbers[0], sums);
        }
        isKey = false;
        count = 0;
    };
    const auto take = [&](unsigned one) {
        switch (one) {
        case 0xA:
            endNumber();
            break;
        case 0xB:
            endList();
            break;
        case 0xC:
            endList();
            isKey = true;
            break;
        case 0xD:
            endNumber();
            value = 1;
            break;
        case 0xE:
            endNumber();
            break;
        case 0xF:
            isNegative = true;
            break;
        default:
            value = value * 10 + one;
        }
    };

    if (blob.isEmpty())
        return;
    const auto* byte = reinterpret_cast<const unsigned char*>(blob.cbegin());
    const auto* const last = byte + blob.size() - 1;
    for (; byte != last; ++byte) {
        const unsigned high = *byte >> 4;
        const unsigned low = *byte & 0xF;
        if (high < 10 && low < 10) {
            value = value * 100 + high * 10 + low;
            continue;
        }
        take(high);
        take(low);
    }
    take(*last >> 4);
    if ((*last & 0xF) != 0xA)
        take(*last & 0xF);
    endList();
}

[[nodiscard]] PackedRows unpacked(QByteArrayView blob);

} // namespace bwt::store
