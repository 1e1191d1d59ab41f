// SPDX-License-Identifier: GPL-3.0-or-later
#include "helper/places/nesting.h"

#include <vector>

namespace bwt {

namespace {

constexpr std::size_t mostLevels = 32;

// The types of the format's control bytes that differ in how they are skipped.
constexpr unsigned extended = 0;
constexpr unsigned pointer = 1;
constexpr unsigned map = 7;
constexpr unsigned array = 11;
constexpr unsigned boolean = 14;

/// Reads on from a place within bounds.
class Cursor {
public:
    Cursor(std::span<const std::uint8_t> data, std::size_t offset)
        : m_rest(offset <= data.size() ? data.subspan(offset) : std::span<const std::uint8_t>())
        , m_isGood(offset <= data.size())
    {
    }

    /// A number of so many bytes, the highest first.
    std::size_t number(std::size_t bytes)
    {
        std::size_t value = 0;
        for (; bytes > 0 && !m_rest.empty(); --bytes) {
            value = value << 8 | m_rest.front();
            m_rest = m_rest.subspan(1);
        }
        m_isGood = m_isGood && bytes == 0;
        return value;
    }
    void skip(std::size_t bytes)
    {
        m_isGood = m_isGood && bytes <= m_rest.size();
        m_rest = m_isGood ? m_rest.subspan(bytes) : std::span<const std::uint8_t>();
    }
    [[nodiscard]] bool isGood() const { return m_isGood; }

private:
    std::span<const std::uint8_t> m_rest;
    bool m_isGood;
};

/// Size or count, of which the control byte has the beginning.
std::size_t sizeFrom(Cursor& cursor, unsigned control)
{
    switch (const std::size_t size = control & 31) {
    case 29:
        return 29 + cursor.number(1);
    case 30:
        return 285 + cursor.number(2);
    case 31:
        return 65'821 + cursor.number(3);
    default:
        return size;
    }
}

/// Skips one value, but for what is in it: how many values that is.
std::size_t skipHead(Cursor& cursor)
{
    const auto control = static_cast<unsigned>(cursor.number(1));
    unsigned type = control >> 5;
    if (type == extended)
        type = 7 + static_cast<unsigned>(cursor.number(1));
    if (type == pointer) {
        cursor.skip(1 + (control >> 3 & 3));
        return 0;
    }
    const std::size_t size = sizeFrom(cursor, control);
    if (type == map)
        return 2 * size;
    if (type == array)
        return size;
    if (type != boolean) // whose value is its size
        cursor.skip(size);
    return 0;
}

} // namespace

bool isShallow(std::span<const std::uint8_t> data, std::size_t offset)
{
    Cursor cursor(data, offset);
    std::vector<std::size_t> left{1}; // on each level
    while (!left.empty() && cursor.isGood()) {
        if (left.back() == 0) {
            left.pop_back();
            continue;
        }
        --left.back();
        if (const std::size_t within = skipHead(cursor); within > 0)
            left.push_back(within);
        if (left.size() > mostLevels)
            return false;
    }
    return cursor.isGood();
}

} // namespace bwt
