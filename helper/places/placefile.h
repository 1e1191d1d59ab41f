// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "dbus/result.h"
#include "helper/source/trafficsource.h"

#include <QByteArray>

#include <memory>
#include <optional>

struct MMDB_s;

namespace bwt {

/// One open file of addresses in MaxMind's format: of countries, of networks' operators, or of both. It never
/// changes, so that any thread may ask it at any time.
///
/// What is asked is a copy, which has no name any more when open() returns: a mapped file that somebody shortens ends
/// whoever reads on in it. The copy lies on the disk, beside the history, and takes memory that the kernel can have
/// back at any time.
class PlaceFile {
public:
    /// Copies a regular file of at most `mostBytes` to the folder. A file that is no such one is an InvalidArgument;
    /// what may be mended without another file, as a full disk, is Io.
    [[nodiscard]] static Result<std::shared_ptr<const PlaceFile>> open(
        const QString& path, const QString& copyFolder);

    /// Larger than any file of countries, cities or operators that there is.
    static constexpr qint64 mostBytes = 256LL * 1024 * 1024;

    /// A number that is the same for addresses of which the same is known; nothing where nothing is.
    [[nodiscard]] std::optional<std::uint32_t> entryOf(const Address& address) const;

    /// As Place has them; 0 where the entry does not say.
    [[nodiscard]] std::uint16_t countryOf(std::uint32_t entry) const;
    [[nodiscard]] std::uint32_t asnOf(std::uint32_t entry) const;
    /// Any bytes, but not many; null where the entry does not say.
    [[nodiscard]] QByteArray operatorOf(std::uint32_t entry) const;

    /// What its maker calls such files, as "GeoLite2-Country"; never empty.
    [[nodiscard]] QString type() const;
    /// Whether it says so of anything; of a damaged or an odd file perhaps not.
    [[nodiscard]] bool tellsCountries() const { return m_tellsCountries; }
    [[nodiscard]] bool tellsOperators() const { return m_tellsOperators; }
    /// When it was made; 0 where it does not say, or nothing to believe.
    [[nodiscard]] qint64 builtMs() const;

private:
    struct Close {
        void operator()(MMDB_s* database) const;
    };
    explicit PlaceFile(std::unique_ptr<MMDB_s, Close> database);

    /// Reads the first of its entries, to see what it tells.
    void sample();
    void take(std::uint32_t entry);

    std::unique_ptr<MMDB_s, Close> m_database;
    bool m_tellsCountries = false;
    bool m_tellsOperators = false;
};

} // namespace bwt
