// SPDX-License-Identifier: GPL-3.0-or-later
#include "helper/store/packed.h"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <span>
#include <utility>

namespace bwt::store {

namespace {

/// What ends the last group. After a part of a blob it ends whatever runs on into it, which only damage does.
constexpr std::size_t ends = 2;
/// Longer than the longest list, and what is before it in a flow.
constexpr std::size_t ampleSigns = 512;
constexpr std::size_t mostSigns = 64 * 1024;

/// Puts signs into bytes, the first into the upper half.
class Packer {
public:
    explicit Packer(qsizetype rows) { m_bytes.reserve(rows * 16); }

    using Sign = Signs::Sign;

    /// The first number of a list.
    void first(qint64 number)
    {
        if (number < 0)
            put(Signs::Minus);
        putDigits(number, 0);
    }
    /// A further one.
    void next(qint64 number)
    {
        if (number == 0) {
            put(Signs::CommaZero);
            return;
        }
        if (number < 0) {
            put(Signs::Comma);
            put(Signs::Minus);
            putDigits(number, 0);
            return;
        }
        const bool beginsWithOne = digits(number).front() == '1';
        put(beginsWithOne ? Signs::CommaOne : Signs::Comma);
        putDigits(number, beginsWithOne ? 1 : 0);
    }
    [[nodiscard]] bool isEmpty() const { return m_bytes.isEmpty(); }
    void put(Sign sign) { putHalf(static_cast<unsigned char>(sign)); }

    [[nodiscard]] QByteArray take()
    {
        if (m_isHalf)
            put(Signs::Comma);
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

/// The two signs of each byte.
constexpr auto signPairs = [] {
    std::array<std::array<std::uint8_t, 2>, 256> pairs{};
    for (std::size_t byte = 0; byte < pairs.size(); ++byte)
        pairs[byte] = {static_cast<std::uint8_t>(byte >> 4), static_cast<std::uint8_t>(byte & 0xF)};
    return pairs;
}();

quint64 magnitude(qint64 number)
{
    return number < 0 ? 0 - static_cast<quint64>(number) : static_cast<quint64>(number);
}

/// The one that leaves the least to tell of a flow's wire bytes; 0 where packets were not counted.
std::size_t headerOf(std::span<const PackedRow> slices)
{
    if (!slices.front().sums.hasWire)
        return 0;
    const auto restWith = [&](qint64 size) {
        double rest = 0;
        for (const auto& [key, sums] : slices) {
            for (const qint64 left : {minus(sums.txWireBytes, usualWireBytes(sums.txBytes, sums.txPackets, size)),
                     minus(sums.rxWireBytes, usualWireBytes(sums.rxBytes, sums.rxPackets, size))})
                rest += static_cast<double>(magnitude(left));
        }
        return rest;
    };
    const auto nearest = std::ranges::min_element(headerSizes.begin() + 1, headerSizes.end(), {}, restWith);
    return static_cast<std::size_t>(nearest - headerSizes.begin());
}

std::array<qint64, 9> numbersOf(qint64 slice, const Sums& sums, qint64 headerSize)
{
    std::array<qint64, 9> numbers{slice, sums.txBytes, sums.rxBytes, sums.txCalls, sums.rxCalls};
    if (headerSize == 0)
        return numbers;
    numbers[5] = minus(sums.txPackets, usualPackets(sums.txBytes, sums.txCalls, headerSize));
    numbers[6] = minus(sums.rxPackets, usualPackets(sums.rxBytes, sums.rxCalls, headerSize));
    numbers[7] = minus(sums.txWireBytes, usualWireBytes(sums.txBytes, sums.txPackets, headerSize));
    numbers[8] = minus(sums.rxWireBytes, usualWireBytes(sums.rxBytes, sums.rxPackets, headerSize));
    return numbers;
}

bool isBefore(const PackedRow& one, const PackedRow& other)
{
    return one.key < other.key;
}

/// Two lists in order as one, where `join` takes the second's sums into the first's.
template <typename Join> PackedRows joined(const PackedRows& some, const PackedRows& more, Join join)
{
    PackedRows rows;
    rows.reserve(some.size() + more.size());
    auto other = more.begin();
    const auto takeOther = [&] {
        rows.push_back({other->key, {}});
        join(rows.back().sums, other->sums);
        ++other;
    };
    for (const PackedRow& row : some) {
        while (other != more.end() && isBefore(*other, row))
            takeOther();
        rows.push_back(row);
        if (other != more.end() && other->key == row.key)
            join(rows.back().sums, (other++)->sums);
    }
    while (other != more.end())
        takeOther();
    std::erase_if(rows, [](const PackedRow& row) { return row.sums.isZero(); });
    return rows;
}

/// The rows from the first on that are alike in what `keyOf` tells.
template <typename KeyOf> std::span<const PackedRow> runOf(std::span<const PackedRow> rows, KeyOf keyOf)
{
    const auto end
        = std::ranges::find_if(rows, [&](const PackedRow& row) { return keyOf(row) != keyOf(rows.front()); });
    return rows.first(static_cast<std::size_t>(end - rows.begin()));
}

/// Slices of one flow, all of them with packets or all without.
void putFlow(Packer& packer, std::span<const PackedRow> slices)
{
    const std::size_t header = headerOf(slices);
    packer.put(Signs::Flow);
    packer.first(slices.front().key.remote);
    packer.next(static_cast<qint64>(header));
    for (const PackedRow& row : slices) {
        const auto numbers = numbersOf(row.key.slice, row.sums, headerSizes.at(header));
        const auto told = std::find_if(numbers.rbegin(), numbers.rend() - 1, [](qint64 one) { return one != 0; });
        if (slices.size() > 1 || row.key.slice != 0) {
            packer.put(Signs::List);
            packer.first(numbers.front());
        }
        for (const qint64 number : std::span(numbers.begin() + 1, told.base()))
            packer.next(number);
    }
}

void putGroup(Packer& packer, std::span<const PackedRow> rows)
{
    const GroupKey& group = rows.front().key.group;
    packer.first(group.program);
    packer.next(group.process);
    packer.next(group.channel);
    while (!rows.empty()) {
        const auto slices
            = runOf(rows, [](const PackedRow& row) { return std::pair(row.key.remote, row.sums.hasWire); });
        rows = rows.subspan(slices.size());
        putFlow(packer, slices);
    }
}

} // namespace

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
        for (++row; row != rows.end() && row->key == kept->key; ++row)
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
        row.key.group.process = 0;
    normalize(rows);
    return rows;
}

PackedRows withoutRemotes(PackedRows rows)
{
    for (PackedRow& row : rows) {
        row.key.group.process = 0;
        row.key.remote = 0;
    }
    normalize(rows);
    return rows;
}

PackedRows inSlice(PackedRows rows, qint64 slice)
{
    for (PackedRow& row : rows)
        row.key.slice = slice;
    normalize(rows);
    return rows;
}

QByteArray pack(const PackedRows& rows)
{
    if (rows.empty())
        return {};
    Packer packer(static_cast<qsizetype>(rows.size()));
    for (std::span<const PackedRow> rest(rows); !rest.empty();) {
        const auto group = runOf(rest, [](const PackedRow& row) { return row.key.group; });
        rest = rest.subspan(group.size());
        putGroup(packer, group);
        if (!rest.empty()) {
            packer.put(Signs::Flow);
            packer.put(Signs::Flow);
        }
    }
    return packer.take();
}

Signs::Signs(QByteArrayView blob)
    : m_signs(std::min(2 * static_cast<std::size_t>(blob.size()), mostSigns) + ends)
    , m_rest(blob)
    , m_at(m_signs.data())
    , m_end(m_at)
    , m_ample(m_at)
{
    if (!blob.isEmpty())
        readOn();
}

/// Puts as much as there is room for behind what was not read yet.
void Signs::readOn()
{
    if (m_at > m_end || m_rest.isEmpty())
        failUnpacking();
    std::uint8_t* sign = std::copy(m_at, m_end, m_signs.data());
    const auto room = (m_signs.size() - ends - static_cast<std::size_t>(sign - m_signs.data())) / 2;
    const QByteArrayView part = m_rest.first(std::min(m_rest.size(), static_cast<qsizetype>(room)));
    m_rest = m_rest.sliced(part.size());
    for (const char byte : part) {
        std::memcpy(sign, signPairs[static_cast<std::uint8_t>(byte)].data(), 2);
        sign += 2;
    }
    const bool isLast = m_rest.isEmpty();
    if (isLast && sign[-1] == Comma) // it only filled the byte
        --sign;
    std::fill_n(sign, ends, Flow);
    m_at = m_signs.data();
    m_end = isLast ? sign + ends : sign;
    m_ample = isLast ? m_end : m_end - ampleSigns;
}

Signs::Sign Signs::skipList()
{
    while (*m_at != List && *m_at != Flow)
        ++m_at;
    m_begun = 0;
    return Sign{*m_at++};
}

void Signs::skipFlow()
{
    m_begun = 0;
    const auto find = [this] {
        const void* end = std::memchr(m_at, Flow, static_cast<std::size_t>(m_end - m_at));
        return end == nullptr ? m_end : static_cast<const std::uint8_t*>(end);
    };
    for (m_at = find(); m_at == m_end; m_at = find())
        readOn();
    ++m_at;
    beginList();
}

void failUnpacking()
{
    throw DatabaseError{{ErrorCode::StoreCorrupt, QStringLiteral("packed rows are no packed rows")}};
}

PackedRows unpacked(QByteArrayView blob)
{
    struct Collector {
        PackedRows rows;
        RowKey key;
        bool group(const GroupKey& group)
        {
            key.group = group;
            return true;
        }
        bool flow(qint64 remote)
        {
            key.remote = remote;
            return true;
        }
        bool wants(qint64 slice)
        {
            key.slice = slice;
            return true;
        }
        void slice(const Sums& sums) { rows.push_back({key, sums}); }
    } collector;
    unpack(blob, collector);
    return std::move(collector.rows);
}

} // namespace bwt::store
