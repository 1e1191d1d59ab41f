// SPDX-License-Identifier: GPL-3.0-or-later
#include "helper/dns/message.h"

#include <algorithm>
#include <cstddef>
#include <optional>

namespace bwt::dns {

namespace {

// RFC 1035, 4.1.1. Other numbers are IANA's ("Domain Name System (DNS) Parameters").
constexpr std::size_t headerBytes = 12;
constexpr std::uint16_t isResponse = 0x8000;
constexpr std::uint16_t operationAndError = 0x780f; // 0 for an ordinary query that went well
constexpr std::uint16_t typeA = 1;
constexpr std::uint16_t typeCname = 5;
constexpr std::uint16_t typeAaaa = 28;
constexpr std::uint16_t typeAny = 255;
constexpr std::uint16_t classInternet = 1;

constexpr std::size_t mostNameBytes = 255; // RFC 1035, 3.1, with the root's
constexpr std::uint8_t mostLabelBytes = 63;
constexpr std::uint8_t pointerBits = 0xc0;

/// Reads forward in a message. Once something isn't there, nothing is.
class Reader {
public:
    explicit Reader(Bytes message, std::size_t at = 0)
        : m_message(message)
        , m_at(at)
    {
    }

    [[nodiscard]] bool isGood() const { return m_isGood; }
    [[nodiscard]] std::size_t at() const { return m_at; }

    Bytes take(std::size_t bytes)
    {
        m_isGood = m_isGood && bytes <= m_message.size() - m_at;
        if (!m_isGood)
            return {};
        m_at += bytes;
        return m_message.subspan(m_at - bytes, bytes);
    }

    std::uint16_t number16()
    {
        const Bytes bytes = take(2);
        return m_isGood ? static_cast<std::uint16_t>(bytes[0] << 8 | bytes[1]) : 0;
    }

    std::uint32_t number32()
    {
        const std::uint32_t high = number16();
        return high << 16 | number16();
    }

    /// A name in wire form without pointers, in lower case; not null while all is good.
    QByteArray name();

private:
    Bytes m_message;
    std::size_t m_at;
    bool m_isGood = true;
};

char lower(std::uint8_t byte)
{
    return static_cast<char>('A' <= byte && byte <= 'Z' ? byte - 'A' + 'a' : byte);
}

QByteArray Reader::name()
{
    QByteArray name;
    std::size_t end = 0; // of what is here, once a pointer has led elsewhere
    std::size_t begin = m_at; // of the part that is being read: a pointer leads to before it, so none goes in circles
    for (;;) {
        const Bytes first = take(1);
        if (!m_isGood)
            return {};
        if (first[0] >= pointerBits) {
            const Bytes second = take(1);
            const std::size_t target = m_isGood ? (first[0] & ~pointerBits) << 8 | second[0] : 0;
            m_isGood = m_isGood && target < begin;
            if (!m_isGood)
                return {};
            end = end ? end : m_at;
            begin = m_at = target;
            continue;
        }
        const Bytes label = take(first[0]);
        m_isGood = m_isGood && first[0] <= mostLabelBytes
            && static_cast<std::size_t>(name.size()) + 1 + label.size() <= mostNameBytes;
        if (!m_isGood)
            return {};
        name.append(static_cast<char>(first[0]));
        std::ranges::for_each(label, [&name](std::uint8_t byte) { name.append(lower(byte)); });
        if (label.empty())
            break;
    }
    m_at = end ? end : m_at;
    return name;
}

bool isPlain(char byte)
{
    return ('a' <= byte && byte <= 'z') || ('0' <= byte && byte <= '9') || byte == '-' || byte == '_';
}

/// Of a name in wire form; empty for the root.
QByteArray textOf(const QByteArray& name)
{
    QByteArray text;
    text.reserve(name.size());
    qsizetype labelEnd = 0;
    for (qsizetype i = 0; i + 1 < name.size(); ++i) {
        const char byte = name[i];
        if (i == labelEnd) { // where the next label's length is
            labelEnd += 1 + byte;
            if (i > 0)
                text.append('.');
        } else if (isPlain(byte)) {
            text.append(byte);
        } else {
            text.append("\\x").append(QByteArray(1, byte).toHex());
        }
    }
    return text;
}

struct Record {
    QByteArray owner; ///< in wire form
    std::uint16_t type = 0;
    std::uint32_t ttl = 0;
    Address address{};
    QByteArray target; ///< of an alias, in wire form
};

std::optional<Address> addressFrom(std::uint16_t type, Bytes data)
{
    Address address{};
    if (type == typeA && data.size() == 4)
        address[10] = address[11] = 0xff;
    else if (type != typeAaaa || data.size() != address.size())
        return {};
    std::ranges::copy(data, address.end() - static_cast<std::ptrdiff_t>(data.size()));
    return address;
}

/// What blockers answer, and others' machines can't be.
bool isOfNobodyElse(const Address& address)
{
    const bool isIpv4 = std::ranges::all_of(std::span(address).first<10>(), [](auto byte) { return byte == 0; })
        && address[10] == 0xff && address[11] == 0xff;
    if (isIpv4)
        return address[12] == 127 || std::ranges::all_of(std::span(address).last<4>(), [](auto b) { return b == 0; });
    return std::ranges::all_of(std::span(address).first<15>(), [](auto byte) { return byte == 0; })
        && address[15] <= 1;
}

/// Nothing where there is no whole record any more; of type 0 where it is none that we want.
std::optional<Record> nextRecord(Reader& reader, Bytes message)
{
    Record record;
    record.owner = reader.name();
    const std::uint16_t type = reader.number16();
    const std::uint16_t recordClass = reader.number16();
    const std::uint32_t ttl = reader.number32();
    record.ttl = ttl >> 31 ? 0 : ttl; // RFC 2181, 8
    const std::size_t begin = reader.at() + 2;
    const Bytes data = reader.take(reader.number16());
    if (!reader.isGood())
        return {};
    if (recordClass != classInternet)
        return record;
    if (type == typeCname) {
        Reader inside(message.first(begin + data.size()), begin);
        record.target = inside.name();
        if (inside.isGood() && inside.at() == begin + data.size())
            record.type = type;
    } else if (const auto address = addressFrom(type, data); address && !isOfNobodyElse(*address)) {
        record.address = *address;
        record.type = type;
    }
    return record;
}

/// Each once, in wire form. Empty where the questions aren't whole.
std::vector<QByteArray> namesAskedFor(Reader& reader, int questions)
{
    std::vector<QByteArray> names;
    for (int i = 0; i < questions; ++i) {
        const QByteArray name = reader.name();
        const std::uint16_t type = reader.number16();
        const std::uint16_t questionClass = reader.number16();
        const bool isForAddresses
            = questionClass == classInternet && (type == typeA || type == typeAaaa || type == typeAny);
        if (isForAddresses && std::ranges::find(names, name) == names.end())
            names.push_back(name);
    }
    return reader.isGood() ? names : std::vector<QByteArray>();
}

/// As many of them as are whole.
std::vector<Record> readRecords(Reader& reader, Bytes message, int count)
{
    std::vector<Record> records;
    while (static_cast<int>(records.size()) < count) {
        auto record = nextRecord(reader, message);
        if (!record)
            break;
        records.push_back(std::move(*record));
    }
    return records;
}

/// Adds an address that may be there already.
void add(std::vector<NamedAddress>& addresses, const NamedAddress& named)
{
    const auto known = std::ranges::find(addresses, named.address, &NamedAddress::address);
    if (known == addresses.end())
        addresses.push_back(named);
    else
        known->ttl = std::min(known->ttl, named.ttl);
}

/// The addresses of a name and of those that it is an alias of. Records come in any order.
std::vector<NamedAddress> addressesOf(QByteArray name, const std::vector<Record>& records)
{
    std::vector<NamedAddress> addresses;
    std::uint32_t ttl = UINT32_MAX;
    for (int aliases = 0; aliases <= mostAliases; ++aliases) {
        const Record* alias = nullptr;
        for (const Record& record : records) {
            if (record.type == 0 || record.owner != name)
                continue;
            if (record.type == typeCname)
                alias = &record;
            else
                add(addresses, {record.address, std::min(ttl, record.ttl)});
        }
        if (!alias)
            break;
        ttl = std::min(ttl, alias->ttl);
        name = alias->target;
    }
    return addresses;
}

} // namespace

std::vector<Answer> readAnswers(Bytes message)
{
    if (message.size() < headerBytes)
        return {};
    Reader reader(message, 2); // behind the id
    const std::uint16_t flags = reader.number16();
    const int questions = reader.number16();
    const int answers = std::min<int>(reader.number16(), mostRecords);
    if ((flags & isResponse) == 0 || (flags & operationAndError) != 0 || questions > mostQuestions)
        return {};
    reader = Reader(message, headerBytes);
    const std::vector<QByteArray> names = namesAskedFor(reader, questions);
    if (names.empty())
        return {};
    const std::vector<Record> records = readRecords(reader, message, answers);
    std::vector<Answer> found;
    for (const QByteArray& name : names) {
        Answer answer{textOf(name), addressesOf(name, records)};
        if (!answer.name.isEmpty() && !answer.addresses.empty())
            found.push_back(std::move(answer));
    }
    return found;
}

std::vector<Bytes> messagesIn(Bytes stream)
{
    std::vector<Bytes> messages;
    while (stream.size() > 2) {
        const std::size_t length = static_cast<std::size_t>(stream[0] << 8 | stream[1]);
        const Bytes message = stream.subspan(2, std::min(length, stream.size() - 2));
        messages.push_back(message);
        stream = stream.subspan(2 + message.size());
    }
    return messages;
}

} // namespace bwt::dns
