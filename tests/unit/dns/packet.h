// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "helper/dns/message.h"

#include <QByteArray>

#include <cstdint>

/// Name servers' messages by their parts, so that a test can make each part wrong.
namespace bwt::test {

enum Type : std::uint16_t { A = 1, Ns = 2, Cname = 5, Soa = 6, Mx = 15, Aaaa = 28, Opt = 41, Any = 255 };

/// "www.example.net" in wire form, to its end.
[[nodiscard]] QByteArray wireName(const QByteArray& dotted);
/// A pointer to that place in the message.
[[nodiscard]] QByteArray pointerTo(std::size_t at);
/// Four or sixteen bytes.
[[nodiscard]] QByteArray wireAddress(const char* text);
[[nodiscard]] Address address(const char* text);

class Packet {
public:
    static constexpr std::uint16_t response = 0x8180; ///< that went well, as a resolver says it
    explicit Packet(std::uint16_t flags = response);

    /// Names are in wire form.
    Packet& question(const QByteArray& name, std::uint16_t type = A, std::uint16_t dnsClass = 1);
    Packet& answer(const QByteArray& owner, std::uint16_t type, std::uint32_t ttl, const QByteArray& data,
        std::uint16_t dnsClass = 1);
    /// As answer(), in the last section.
    Packet& additional(const QByteArray& owner, std::uint16_t type, std::uint32_t ttl, const QByteArray& data,
        std::uint16_t dnsClass = 1);
    /// Says that there are as many, whatever there is.
    Packet& claim(std::uint16_t questions, std::uint16_t answers);

    [[nodiscard]] const QByteArray& bytes() const { return m_bytes; }
    [[nodiscard]] std::size_t size() const { return std::size_t(m_bytes.size()); }

private:
    void record(const QByteArray& owner, std::uint16_t type, std::uint32_t ttl, const QByteArray& data,
        std::uint16_t dnsClass);
    void count(qsizetype at);

    QByteArray m_bytes;
};

/// A question for the name, and an answer of that address, which lasts a minute.
[[nodiscard]] Packet simpleAnswer(const QByteArray& dotted, const char* address, std::uint32_t ttl = 60);

/// What is read from exactly these bytes: what lies behind them is nobody's, as a sanitizer sees.
[[nodiscard]] std::vector<dns::Answer> readAll(const QByteArray& message);

} // namespace bwt::test
