// SPDX-License-Identifier: GPL-3.0-or-later
#include "helper/places/placefile.h"

#include "helper/places/nesting.h"
#include "helper/places/place.h"
#include "helper/source/descriptor.h"

#include <maxminddb.h>

#include <QDir>
#include <QFile>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <span>
#include <string_view>
#include <vector>

#include <fcntl.h>
#include <netinet/in.h>
#include <sys/sendfile.h>
#include <sys/stat.h>

namespace bwt {

namespace {

constexpr std::size_t mostNameBytes = 256;
constexpr int mostSampledNodes = 4096; // 5 ms where they tell nothing; a damaged file may lead in a circle

/// Keys from the outside in; the second may be null.
using Path = std::array<const char*, 2>;

// Whoever makes such files names their fields alike, but not the same.
constexpr Path countryPaths[] = {{"country", "iso_code"}, {"country_code"}, {"country"}};
constexpr Path asnPaths[] = {{"autonomous_system_number"}, {"traits", "autonomous_system_number"}, {"asn"}};
constexpr Path operatorPaths[]
    = {{"autonomous_system_organization"}, {"traits", "autonomous_system_organization"}, {"as_name"}};

QString reasonOf(int errorNumber)
{
    return QString::fromLocal8Bit(std::strerror(errorNumber));
}

auto unreadable(const QString& path, const QString& reason)
{
    return failure(ErrorCode::Io, QStringLiteral("%1 can't be read: %2").arg(path, reason));
}

/// As it is, it never can be.
auto useless(const QString& path, const QString& reason)
{
    return failure(ErrorCode::InvalidArgument, QStringLiteral("%1 can't be used: %2").arg(path, reason));
}

/// A file without a name.
Descriptor namelessFile(const QString& folder)
{
    QByteArray name = QFile::encodeName(QDir(folder).filePath(QStringLiteral("places-XXXXXX")));
    Descriptor file(mkostemp(name.data(), O_CLOEXEC));
    if (file)
        unlink(name.constData());
    return file;
}

/// The same file with the same content, as far as one can tell without reading it.
bool isSame(const struct stat& one, const struct stat& other)
{
    return one.st_size == other.st_size && one.st_mtim.tv_sec == other.st_mtim.tv_sec
        && one.st_mtim.tv_nsec == other.st_mtim.tv_nsec;
}

Result<Descriptor> copyOf(const QString& path, const QString& folder)
{
    const Descriptor file(open(QFile::encodeName(path).constData(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
    struct stat before{};
    if (!file || fstat(file.get(), &before) != 0)
        return unreadable(path, reasonOf(errno));
    if (!S_ISREG(before.st_mode))
        return useless(path, QStringLiteral("it is no regular file"));
    if (before.st_size > PlaceFile::mostBytes)
        return useless(path, QStringLiteral("it is larger than %1 MB").arg(PlaceFile::mostBytes / 1024 / 1024));

    Descriptor copy = namelessFile(folder);
    if (!copy)
        return failure(
            ErrorCode::Io, QStringLiteral("%1 can't be copied to %2: %3").arg(path, folder, reasonOf(errno)));
    for (off_t done = 0; done < before.st_size;) {
        const ssize_t moved
            = sendfile(copy.get(), file.get(), nullptr, static_cast<std::size_t>(before.st_size - done));
        if (moved < 0 && errno == EINTR)
            continue;
        if (moved <= 0)
            return failure(ErrorCode::Io,
                QStringLiteral("%1 can't be copied to %2: %3")
                    .arg(path, folder, moved < 0 ? reasonOf(errno) : QStringLiteral("it became shorter")));
        done += moved;
    }
    struct stat after{};
    if (fstat(file.get(), &after) != 0 || !isSame(before, after))
        return unreadable(path, QStringLiteral("somebody is writing to it"));
    return copy;
}

/// Whether the file's description of itself may be shown to the library. It lies behind the last mark, near the end.
bool hasShallowMetadata(const Descriptor& file)
{
    constexpr off_t mostTail = 128 * 1024;
    constexpr std::string_view mark = "\xab\xcd\xefMaxMind.com";
    struct stat facts{};
    if (fstat(file.get(), &facts) != 0)
        return false;
    std::vector<std::uint8_t> tail(static_cast<std::size_t>(std::min<off_t>(facts.st_size, mostTail)));
    if (pread(file.get(), tail.data(), tail.size(), facts.st_size - off_t(tail.size())) != ssize_t(tail.size()))
        return false;
    const auto equal = [](std::uint8_t byte, char wanted) { return byte == static_cast<std::uint8_t>(wanted); };
    const auto found = std::find_end(tail.begin(), tail.end(), mark.begin(), mark.end(), equal);
    if (found == tail.end())
        return false;
    return isShallow(tail, static_cast<std::size_t>(found - tail.begin()) + mark.size());
}

constexpr std::array<std::uint8_t, 12> mappedPrefix{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
constexpr std::array<std::uint8_t, 12> translatedPrefix{0, 0x64, 0xff, 0x9b}; // 64:ff9b::/96, RFC 6052

/// Whether the address stands for one of IPv4, as programs see it or behind a translator.
bool isIpv4(const Address& address)
{
    return std::ranges::equal(mappedPrefix, std::span(address).first<12>())
        || std::ranges::equal(translatedPrefix, std::span(address).first<12>());
}

MMDB_lookup_result_s lookUp(const MMDB_s& database, const Address& address)
{
    int error = MMDB_SUCCESS;
    if (isIpv4(address)) {
        sockaddr_in in4{};
        in4.sin_family = AF_INET;
        std::memcpy(&in4.sin_addr, address.data() + mappedPrefix.size(), sizeof in4.sin_addr);
        return MMDB_lookup_sockaddr(&database, reinterpret_cast<const sockaddr*>(&in4), &error);
    }
    sockaddr_in6 in6{};
    in6.sin6_family = AF_INET6;
    std::memcpy(&in6.sin6_addr, address.data(), sizeof in6.sin6_addr);
    // A failure, be it that the file has IPv4 alone, finds no entry.
    return MMDB_lookup_sockaddr(&database, reinterpret_cast<const sockaddr*>(&in6), &error);
}

/// One key at a time, since each may lead elsewhere by a pointer.
std::optional<MMDB_entry_data_s> valueAt(const MMDB_s& database, std::uint32_t entry, const Path& path)
{
    const std::span data(database.data_section, database.data_section_size);
    MMDB_entry_data_s value{};
    value.offset = entry;
    for (const char* const key : path) {
        if (key == nullptr)
            break;
        if (!isShallow(data, value.offset))
            return std::nullopt;
        MMDB_entry_s from{&database, value.offset};
        const char* const keys[] = {key, nullptr};
        if (MMDB_aget_value(&from, &value, keys) != MMDB_SUCCESS || !value.has_data)
            return std::nullopt;
    }
    return value;
}

std::optional<QByteArrayView> textOf(const MMDB_entry_data_s& value)
{
    if (value.type != MMDB_DATA_TYPE_UTF8_STRING)
        return std::nullopt;
    return QByteArrayView(value.utf8_string, qsizetype(value.data_size));
}

/// A number, or "AS" and a number.
std::uint32_t asnFrom(const MMDB_entry_data_s& value)
{
    switch (value.type) {
    case MMDB_DATA_TYPE_UINT16:
        return value.uint16;
    case MMDB_DATA_TYPE_UINT32:
        return value.uint32;
    default:
        break;
    }
    const auto text = textOf(value);
    return text && text->startsWith("AS") ? text->sliced(2).toUInt() : 0;
}

/// Ends between two characters.
QByteArray bounded(QByteArrayView name)
{
    qsizetype size = std::min<qsizetype>(name.size(), mostNameBytes);
    while (size > 0 && size < name.size() && (static_cast<std::uint8_t>(name[size]) & 0xc0) == 0x80)
        --size;
    return name.first(size).toByteArray();
}

} // namespace

void PlaceFile::Close::operator()(MMDB_s* database) const
{
    MMDB_close(database);
    delete database;
}

PlaceFile::PlaceFile(std::unique_ptr<MMDB_s, Close> database)
    : m_database(std::move(database))
{
    sample();
}

void PlaceFile::sample()
{
    std::vector<std::uint32_t> nodes{0};
    for (int left = mostSampledNodes; left > 0 && !nodes.empty(); --left) {
        MMDB_search_node_s node{};
        const int status = MMDB_read_node(m_database.get(), nodes.back(), &node);
        nodes.pop_back();
        if (status != MMDB_SUCCESS)
            continue;
        if (node.right_record_type == MMDB_RECORD_TYPE_SEARCH_NODE)
            nodes.push_back(static_cast<std::uint32_t>(node.right_record));
        if (node.left_record_type == MMDB_RECORD_TYPE_SEARCH_NODE)
            nodes.push_back(static_cast<std::uint32_t>(node.left_record));
        if (node.left_record_type == MMDB_RECORD_TYPE_DATA)
            take(node.left_record_entry.offset);
        if (node.right_record_type == MMDB_RECORD_TYPE_DATA)
            take(node.right_record_entry.offset);
    }
}

void PlaceFile::take(std::uint32_t entry)
{
    m_tellsCountries = m_tellsCountries || countryOf(entry) != 0;
    m_tellsOperators = m_tellsOperators || asnOf(entry) != 0;
}

Result<std::shared_ptr<const PlaceFile>> PlaceFile::open(const QString& path, const QString& copyFolder)
{
    const auto copy = copyOf(path, copyFolder);
    if (!copy)
        return tl::unexpected(copy.error());
    if (!hasShallowMetadata(*copy))
        return useless(path, QStringLiteral("it is no whole file in MaxMind's format"));
    auto database = std::make_unique<MMDB_s>();
    const QByteArray name = "/proc/self/fd/" + QByteArray::number(copy->get());
    const int status = MMDB_open(name.constData(), MMDB_MODE_MMAP, database.get());
    if (status == MMDB_IO_ERROR || status == MMDB_OUT_OF_MEMORY_ERROR)
        return unreadable(path, reasonOf(errno));
    if (status != MMDB_SUCCESS)
        return useless(path, QString::fromLatin1(MMDB_strerror(status)));
    return std::shared_ptr<const PlaceFile>(
        new PlaceFile(std::unique_ptr<MMDB_s, Close>(database.release()))); // closed from now on
}

std::optional<std::uint32_t> PlaceFile::entryOf(const Address& address) const
{
    const MMDB_lookup_result_s found = lookUp(*m_database, address);
    return found.found_entry ? std::optional(found.entry.offset) : std::nullopt;
}

std::uint16_t PlaceFile::countryOf(std::uint32_t entry) const
{
    for (const Path& path : countryPaths) {
        const auto value = valueAt(*m_database, entry, path);
        const auto text = value ? textOf(*value) : std::nullopt;
        if (const std::uint16_t country = text ? countryFromText(*text) : 0; country != 0)
            return country;
    }
    return 0;
}

std::uint32_t PlaceFile::asnOf(std::uint32_t entry) const
{
    for (const Path& path : asnPaths) {
        const auto value = valueAt(*m_database, entry, path);
        if (const std::uint32_t asn = value ? asnFrom(*value) : 0; asn != 0)
            return asn;
    }
    return 0;
}

QByteArray PlaceFile::operatorOf(std::uint32_t entry) const
{
    for (const Path& path : operatorPaths) {
        const auto value = valueAt(*m_database, entry, path);
        if (const auto text = value ? textOf(*value) : std::nullopt; text && !text->isEmpty())
            return bounded(*text);
    }
    return {};
}

QString PlaceFile::type() const
{
    const QByteArrayView type(m_database->metadata.database_type);
    return type.isEmpty() ? QStringLiteral("unnamed") : QString::fromUtf8(bounded(type));
}

qint64 PlaceFile::builtMs() const
{
    constexpr std::uint64_t latest = 253'402'300'799; // the end of the year 9999, where texts of times end
    const std::uint64_t builtS = m_database->metadata.build_epoch;
    return builtS > latest ? 0 : static_cast<qint64>(builtS) * 1000;
}

} // namespace bwt
