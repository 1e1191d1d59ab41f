// SPDX-License-Identifier: GPL-3.0-or-later
#include "mmdbwriter.h"

#include <QFile>
#include <QJsonArray>

#include <arpa/inet.h>

#include <cstring>

namespace bwt::test {

namespace {

// The format's types.
constexpr int pointerType = 1;
constexpr int textType = 2;
constexpr int shortType = 5;
constexpr int wordType = 6;
constexpr int mapType = 7;
constexpr int longType = 9;
constexpr int arrayType = 11;
constexpr int booleanType = 14;

constexpr int bitsInAddress = 128;
constexpr int bitsBeforeIpv4 = 96;

QByteArray bigEndian(quint64 number, int bytes)
{
    QByteArray text;
    for (int i = bytes - 1; i >= 0; --i)
        text += char(number >> (8 * i));
    return text;
}

/// The control bytes of a value of this size.
QByteArray head(int type, quint32 size)
{
    constexpr int lastPlainType = 7;
    QByteArray more;
    int field = int(size);
    if (size >= 65'821) {
        field = 31;
        more = bigEndian(size - 65'821, 3);
    } else if (size >= 285) {
        field = 30;
        more = bigEndian(size - 285, 2);
    } else if (size >= 29) {
        field = 29;
        more = bigEndian(size - 29, 1);
    }
    if (type <= lastPlainType)
        return char(type << 5 | field) + more;
    return QByteArray(1, char(field)) + char(type - lastPlainType) + more;
}

/// Without the zeros that a number begins with.
QByteArray number(int type, quint64 value)
{
    int bytes = 0;
    for (quint64 rest = value; rest > 0; rest >>= 8)
        ++bytes;
    return head(type, quint32(bytes)) + bigEndian(value, bytes);
}

QByteArray text(const QByteArray& bytes)
{
    return head(textType, quint32(bytes.size())) + bytes;
}

QByteArray pointerTo(quint32 place)
{
    constexpr quint32 first = 2048;
    if (place < first)
        return QByteArray(1, char(pointerType << 5 | place >> 8)) + char(place);
    const quint32 beyond = place - first;
    return QByteArray(1, char(pointerType << 5 | 1 << 3 | beyond >> 16)) + bigEndian(beyond & 0xffff, 2);
}

} // namespace

MmdbWriter::MmdbWriter(Family family, int recordBits)
    : m_family(family)
    , m_recordBits(recordBits)
{
}

void MmdbWriter::add(const QString& network, const QJsonObject& value)
{
    addRaw(network, encoded(value));
}

void MmdbWriter::addRaw(const QString& network, const QByteArray& value)
{
    const auto known = m_places.constFind(value);
    const quint32 place = known != m_places.cend() ? *known : quint32(m_values.size());
    if (known == m_places.cend()) {
        m_values += value;
        m_places.insert(value, place);
    }
    reach(networkFrom(network)) = {Record::Kind::Value, place};
}

void MmdbWriter::alias(const QString& network)
{
    Network ipv4;
    ipv4.bits = bitsBeforeIpv4;
    const Record target = reach(ipv4);
    Q_ASSERT(target.kind == Record::Kind::Node);
    reach(networkFrom(network)) = target;
}

MmdbWriter::Network MmdbWriter::networkFrom(const QString& text) const
{
    const QStringList parts = text.split(QLatin1Char('/'));
    const QByteArray address = parts.value(0).toLatin1();
    Network network;
    network.bits = parts.value(1).toInt();
    [[maybe_unused]] bool isRead = false;
    if (address.contains(':')) {
        isRead = inet_pton(AF_INET6, address.constData(), network.address.data()) == 1;
    } else {
        isRead = inet_pton(AF_INET, address.constData(), network.address.data() + bitsBeforeIpv4 / 8) == 1;
        network.bits += bitsBeforeIpv4;
    }
    Q_ASSERT(isRead && network.bits <= bitsInAddress);
    if (m_family == Family::Ipv4)
        network.firstBit = bitsBeforeIpv4;
    return network;
}

MmdbWriter::Record& MmdbWriter::reach(const Network& network)
{
    std::uint32_t node = 0;
    for (int bit = network.firstBit;; ++bit) {
        const auto side = std::size_t(network.address[std::size_t(bit) / 8] >> (7 - bit % 8) & 1);
        if (bit == network.bits - 1)
            return m_nodes[node][side];
        if (const Record record = m_nodes[node][side]; record.kind != Record::Kind::Node) {
            m_nodes.push_back({record, record}); // what is known of the whole is known of both halves
            m_nodes[node][side] = {Record::Kind::Node, std::uint32_t(m_nodes.size() - 1)};
        }
        node = m_nodes[node][side].number;
    }
}

QByteArray MmdbWriter::encodedText(const QByteArray& bytes)
{
    if (const auto known = m_texts.constFind(bytes); known != m_texts.cend())
        return pointerTo(*known);
    const auto place = quint32(m_values.size());
    m_values += text(bytes);
    m_texts.insert(bytes, place);
    return pointerTo(place);
}

QByteArray MmdbWriter::encoded(const QJsonValue& value)
{
    switch (value.type()) {
    case QJsonValue::Object: {
        const QJsonObject object = value.toObject();
        QByteArray bytes = head(mapType, quint32(object.size()));
        for (auto field = object.begin(); field != object.end(); ++field)
            bytes += encodedText(field.key().toUtf8()) + encoded(field.value());
        return bytes;
    }
    case QJsonValue::Array: {
        const QJsonArray array = value.toArray();
        QByteArray bytes = head(arrayType, quint32(array.size()));
        for (const auto& element : array)
            bytes += encoded(element);
        return bytes;
    }
    case QJsonValue::String:
        return encodedText(value.toString().toUtf8());
    case QJsonValue::Bool:
        return head(booleanType, value.toBool() ? 1 : 0);
    default:
        return number(wordType, quint64(value.toInteger()));
    }
}

void MmdbWriter::putRecords(QByteArray& tree, const Node& node) const
{
    constexpr quint32 gap = 16; // between tree and values; the format counts it
    const auto count = quint32(m_nodes.size());
    std::array<quint32, 2> fields{};
    for (std::size_t i = 0; i < fields.size(); ++i) {
        fields[i] = count;
        if (node[i].kind == Record::Kind::Node)
            fields[i] = node[i].number;
        if (node[i].kind == Record::Kind::Value)
            fields[i] = count + gap + node[i].number;
    }
    if (m_recordBits == 28)
        tree += bigEndian(fields[0] & 0xff'ffff, 3) + char((fields[0] >> 24) << 4 | fields[1] >> 24)
            + bigEndian(fields[1] & 0xff'ffff, 3);
    else
        tree += bigEndian(fields[0], m_recordBits / 8) + bigEndian(fields[1], m_recordBits / 8);
}

QByteArray MmdbWriter::bytes() const
{
    QByteArray tree;
    for (const Node& node : m_nodes)
        putRecords(tree, node);
    const QByteArray description = text("description") + head(mapType, 1) + text("en") + text("made by a test");
    const QByteArray languages = text("languages") + head(arrayType, 1) + text("en");
    return tree + QByteArray(16, '\0') + m_values + QByteArrayView("\xab\xcd\xefMaxMind.com").toByteArray()
        + head(mapType, 9) + text("node_count") + number(wordType, m_nodes.size()) + text("record_size")
        + number(shortType, quint64(m_recordBits)) + text("ip_version") + number(shortType, quint64(m_family))
        + text("database_type") + text("Test") + languages + text("binary_format_major_version")
        + number(shortType, 2) + text("binary_format_minor_version") + number(shortType, 0) + text("build_epoch")
        + number(longType, 1'750'000'000) + description;
}

bool MmdbWriter::writeTo(const QString& path) const
{
    const QString next = path + QStringLiteral(".next");
    QFile file(next);
    const QByteArray content = bytes();
    if (!file.open(QIODevice::WriteOnly) || file.write(content) != content.size() || !file.flush())
        return false;
    return std::rename(QFile::encodeName(next).constData(), QFile::encodeName(path).constData()) == 0;
}

QJsonObject inCountry(const QString& code)
{
    return {{QStringLiteral("continent"),
                QJsonObject{{QStringLiteral("names"), QJsonObject{{QStringLiteral("en"), QStringLiteral("Earth")}}}}},
        {QStringLiteral("country"),
            QJsonObject{{QStringLiteral("geoname_id"), 2'921'044}, {QStringLiteral("iso_code"), code}}}};
}

QJsonObject ofOperator(quint32 asn, const QString& name)
{
    return {{QStringLiteral("autonomous_system_number"), qint64(asn)},
        {QStringLiteral("autonomous_system_organization"), name}};
}

} // namespace bwt::test
