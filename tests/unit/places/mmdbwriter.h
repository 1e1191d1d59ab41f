// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>
#include <QHash>
#include <QJsonObject>
#include <QString>

#include <array>
#include <cstdint>
#include <vector>

namespace bwt::test {

/// Makes files of addresses as MaxMind DB's specification 2.0 has them: a tree of the addresses' bits, the values
/// that its leaves lead to, and a description of both.
class MmdbWriter {
public:
    enum class Family { Ipv4 = 4, Ipv6 = 6 };

    /// A record of the tree has 24, 28 or 32 bits.
    explicit MmdbWriter(Family family = Family::Ipv6, int recordBits = 28);

    /// "192.0.2.0/24" or "2001:db8::/32": a smaller network after the larger one that it is in. Numbers become 32-bit
    /// integers.
    void add(const QString& network, const QJsonObject& value);
    /// Makes a network of IPv6 lead to where the whole of IPv4 is.
    void alias(const QString& network);
    /// As add(), with the value as its bytes in the file.
    void addRaw(const QString& network, const QByteArray& value);

    [[nodiscard]] QByteArray bytes() const;
    /// Whether the file could be written, in place of what is there.
    [[nodiscard]] bool writeTo(const QString& path) const;

private:
    struct Record {
        enum class Kind : std::uint8_t { Empty, Node, Value };
        Kind kind = Kind::Empty;
        std::uint32_t number = 0; ///< of a node, or the value's place
    };
    using Node = std::array<Record, 2>;
    struct Network {
        std::array<std::uint8_t, 16> address{};
        int firstBit = 0; ///< of 128
        int bits = 0;
    };

    [[nodiscard]] Network networkFrom(const QString& text) const;
    /// The record at the network's end, made with all that leads to it.
    [[nodiscard]] Record& reach(const Network& network);
    [[nodiscard]] QByteArray encoded(const QJsonValue& value);
    [[nodiscard]] QByteArray encodedText(const QByteArray& text);
    void putRecords(QByteArray& tree, const Node& node) const;

    const Family m_family;
    const int m_recordBits;
    std::vector<Node> m_nodes{Node()};
    QByteArray m_values;
    QHash<QByteArray, std::uint32_t> m_places; ///< of values, each of which is there once, as in any such file
    QHash<QByteArray, std::uint32_t> m_texts; ///< where each is; the second time it is a pointer
};

/// What the usual files say of an address.
[[nodiscard]] QJsonObject inCountry(const QString& code);
[[nodiscard]] QJsonObject ofOperator(quint32 asn, const QString& name);

} // namespace bwt::test
