// SPDX-License-Identifier: GPL-3.0-or-later
#include "helper/store/packed.h"

#include <algorithm>
#include <charconv>
#include <functional>
#include <tuple>

namespace bwt::store {

namespace {

/// Puts signs into bytes, the first into the upper half.
class Packer {
public:
    explicit Packer(qsizetype rows) { m_bytes.reserve(rows * 16); }

    enum class Sign : unsigned char {
        Comma = 0xA,
        Row = 0xB,
        Group = 0xC,
        CommaOne = 0xD,
        CommaZero = 0xE,
        Minus = 0xF
    };

    /// The first number of a list.
    void first(qint64 number)
    {
        if (number < 0)
            put(Sign::Minus);
        putDigits(number, 0);
    }
    /// A further one.
    void next(qint64 number)
    {
        if (number == 0) {
            put(Sign::CommaZero);
            return;
        }
        if (number < 0) {
            put(Sign::Comma);
            put(Sign::Minus);
            putDigits(number, 0);
            return;
        }
        const bool beginsWithOne = digits(number).front() == '1';
        put(beginsWithOne ? Sign::CommaOne : Sign::Comma);
        putDigits(number, beginsWithOne ? 1 : 0);
    }
    void put(Sign sign) { putHalf(static_cast<unsigned char>(sign)); }

    [[nodiscard]] QByteArray take()
    {
        if (m_isHalf)
            put(Sign::Comma);
        return std::move(m_bytes);
    }

private:
    std::string_view digits(qint64 number)
    {
        const auto magnitude = number < 0 ? 0 - static_cast<quint64>(number) : static_cast<quint64>(number);
        const auto end = std::to_chars(m_digits.begin(), m_digits.end(), magnitude);
        return {m_digits.data(), end.ptr};
    }
    void putDigits(qint64 number, std::size_t from)
    {
        for (const char digit : digits(number).substr(from))
            putHalf(static_cast<unsigned char>(digit - '0'));
    }
    void putHalf(unsigned char half)
    {
        if (m_isHalf)
            m_bytes.back() = static_cast<char>(static_cast<unsigned char>(m_bytes.back()) | half);
        else
            m_bytes.append(static_cast<char>(half << 4));
        m_isHalf = !m_isHalf;
    }

    QByteArray m_bytes;
    std::array<char, 20> m_digits{};
    bool m_isHalf = false; ///< the last byte has room
};

void putNumbers(Packer& packer, const Sums& sums)
{
    packer.next(sums.txBytes);
    packer.next(sums.rxBytes);
    packer.next(sums.txCalls);
    packer.next(sums.rxCalls);
    if (!sums.hasWire)
        return;
    packer.next(sums.txPackets);
    packer.next(sums.rxPackets);
    packer.next(minus(sums.txWireBytes, usualWireBytes(sums.txBytes, sums.txPackets)));
    packer.next(minus(sums.rxWireBytes, usualWireBytes(sums.rxBytes, sums.rxPackets)));
}

auto order(const PackedRow& row)
{
    return std::tie(row.group, row.remote);
}

bool isBefore(const PackedRow& one, const PackedRow& other)
{
    return order(one) < order(other);
}

/// Two lists in order as one, where `join` takes the second's sums into the first's.
template <typename Join> PackedRows joined(const PackedRows& some, const PackedRows& more, Join join)
{
    PackedRows rows;
    rows.reserve(some.size() + more.size());
    auto other = more.begin();
    const auto takeOther = [&] {
        rows.push_back({other->group, other->remote, {}});
        join(rows.back().sums, other->sums);
        ++other;
    };
    for (const PackedRow& row : some) {
        while (other != more.end() && isBefore(*other, row))
            takeOther();
        rows.push_back(row);
        if (other != more.end() && other->isSameFlow(row))
            join(rows.back().sums, (other++)->sums);
    }
    while (other != more.end())
        takeOther();
    std::erase_if(rows, [](const PackedRow& row) { return row.sums.isZero(); });
    return rows;
}

} // namespace

Sums& Sums::operator+=(const Sums& more)
{
    txBytes = plus(txBytes, more.txBytes);
    rxBytes = plus(rxBytes, more.rxBytes);
    txCalls = plus(txCalls, more.txCalls);
    rxCalls = plus(rxCalls, more.rxCalls);
    hasWire = hasWire || more.hasWire;
    txPackets = plus(txPackets, more.txPackets);
    rxPackets = plus(rxPackets, more.rxPackets);
    txWireBytes = plus(txWireBytes, more.txWireBytes);
    rxWireBytes = plus(rxWireBytes, more.rxWireBytes);
    return *this;
}

Sums& Sums::operator-=(const Sums& less)
{
    txBytes = minus(txBytes, less.txBytes);
    rxBytes = minus(rxBytes, less.rxBytes);
    txCalls = minus(txCalls, less.txCalls);
    rxCalls = minus(rxCalls, less.rxCalls);
    hasWire = hasWire || less.hasWire;
    txPackets = minus(txPackets, less.txPackets);
    rxPackets = minus(rxPackets, less.rxPackets);
    txWireBytes = minus(txWireBytes, less.txWireBytes);
    rxWireBytes = minus(rxWireBytes, less.rxWireBytes);
    return *this;
}

bool Sums::isZero() const
{
    Sums zero;
    zero.hasWire = hasWire;
    return *this == zero;
}

void normalize(PackedRows& rows)
{
    std::ranges::sort(rows, isBefore);
    auto kept = rows.begin();
    for (auto row = rows.begin(); row != rows.end(); ++kept) {
        *kept = *row;
        for (++row; row != rows.end() && row->isSameFlow(*kept); ++row)
            kept->sums += row->sums;
    }
    rows.erase(kept, rows.end());
    std::erase_if(rows, [](const PackedRow& row) { return row.sums.isZero(); });
}

PackedRows merged(const PackedRows& some, const PackedRows& more)
{
    return joined(some, more, [](Sums& sums, const Sums& others) { sums += others; });
}

PackedRows without(const PackedRows& rows, const PackedRows& less)
{
    return joined(rows, less, [](Sums& sums, const Sums& others) { sums -= others; });
}

PackedRows withoutProcesses(PackedRows rows)
{
    for (PackedRow& row : rows)
        row.group.process = 0;
    normalize(rows);
    return rows;
}

PackedRows withoutRemotes(PackedRows rows)
{
    for (PackedRow& row : rows) {
        row.group.process = 0;
        row.remote = 0;
    }
    normalize(rows);
    return rows;
}

QByteArray pack(const PackedRows& rows)
{
    if (rows.empty())
        return {};
    Packer packer(static_cast<qsizetype>(rows.size()));
    const PackedRow* before = nullptr;
    for (const PackedRow& row : rows) {
        if (before == nullptr || before->group != row.group) {
            if (before != nullptr)
                packer.put(Packer::Sign::Group);
            packer.first(row.group.program);
            packer.next(row.group.process);
            packer.next(row.group.channel);
        }
        packer.put(Packer::Sign::Row);
        packer.first(row.remote);
        putNumbers(packer, row.sums);
        before = &row;
    }
    return packer.take();
}

void failUnpacking()
{
    throw DatabaseError{{ErrorCode::StoreCorrupt, QStringLiteral("packed rows are no packed rows")}};
}

PackedRows unpacked(QByteArrayView blob)
{
    PackedRows rows;
    GroupKey group;
    unpack(
        blob,
        [&group](const GroupKey& key) {
            group = key;
            return true;
        },
        [&](qint64 remote, const Sums& sums) { rows.push_back({group, remote, sums}); });
    return rows;
}

} // namespace bwt::store
