// SPDX-License-Identifier: GPL-3.0-or-later
#include "helper/places/places.h"

namespace bwt {

namespace {

/// Some 2 MB: more than there are countries, and most of the operators that one computer meets.
constexpr qsizetype mostRemembered = 65'536;

/// What the file says of an address: read once for each of its entries, which are far fewer than addresses.
template <typename Value>
Value ask(const PlaceFile* file, const Address& address, Value (PlaceFile::*question)(std::uint32_t) const,
    QHash<std::uint32_t, Value>& remembered)
{
    const auto entry = file != nullptr ? file->entryOf(address) : std::nullopt;
    if (!entry)
        return {};
    const auto known = remembered.constFind(*entry);
    if (known != remembered.cend())
        return *known;
    if (remembered.size() >= mostRemembered)
        remembered.clear();
    return *remembered.insert(*entry, (file->*question)(*entry));
}

} // namespace

Places::Places(PlaceFiles files)
    : m_files(std::move(files))
{
}

std::uint16_t Places::countryOf(const Address& address)
{
    return ask(m_files.countries.get(), address, &PlaceFile::countryOf, m_countries);
}

std::uint32_t Places::asnOf(const Address& address)
{
    return ask(m_files.operators.get(), address, &PlaceFile::asnOf, m_asns);
}

QByteArray Places::operatorOf(const Address& address) const
{
    const auto entry = m_files.operators ? m_files.operators->entryOf(address) : std::nullopt;
    return entry ? m_files.operators->operatorOf(*entry) : QByteArray();
}

} // namespace bwt
