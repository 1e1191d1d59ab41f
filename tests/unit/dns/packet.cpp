// SPDX-License-Identifier: GPL-3.0-or-later
#include "packet.h"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <memory>

namespace bwt::test {

namespace {

QByteArray wire16(std::uint16_t number)
{
    return QByteArray().append(char(number >> 8)).append(char(number));
}

} // namespace

QByteArray wireName(const QByteArray& dotted)
{
    QByteArray name;
    if (!dotted.isEmpty())
        for (const QByteArray& label : dotted.split('.'))
            name.append(char(label.size())).append(label);
    return name.append('\0');
}

QByteArray pointerTo(std::size_t at)
{
    return wire16(std::uint16_t(0xc000 | at));
}

QByteArray wireAddress(const char* text)
{
    std::array<char, 16> bytes{};
    if (inet_pton(AF_INET, text, bytes.data()) == 1)
        return {bytes.data(), 4};
    inet_pton(AF_INET6, text, bytes.data());
    return {bytes.data(), 16};
}

Address address(const char* text)
{
    const QByteArray bytes = wireAddress(text);
    Address address{};
    if (bytes.size() == 4)
        address[10] = address[11] = 0xff;
    std::ranges::copy(bytes, address.end() - bytes.size());
    return address;
}

Packet::Packet(std::uint16_t flags)
    : m_bytes(wire16(4711) + wire16(flags) + QByteArray(8, '\0'))
{
}

Packet& Packet::question(const QByteArray& name, std::uint16_t type, std::uint16_t dnsClass)
{
    m_bytes += name + wire16(type) + wire16(dnsClass);
    count(4);
    return *this;
}

Packet& Packet::answer(
    const QByteArray& owner, std::uint16_t type, std::uint32_t ttl, const QByteArray& data, std::uint16_t dnsClass)
{
    record(owner, type, ttl, data, dnsClass);
    count(6);
    return *this;
}

Packet& Packet::additional(
    const QByteArray& owner, std::uint16_t type, std::uint32_t ttl, const QByteArray& data, std::uint16_t dnsClass)
{
    record(owner, type, ttl, data, dnsClass);
    count(10);
    return *this;
}

Packet& Packet::claim(std::uint16_t questions, std::uint16_t answers)
{
    m_bytes.replace(4, 2, wire16(questions)).replace(6, 2, wire16(answers));
    return *this;
}

void Packet::record(
    const QByteArray& owner, std::uint16_t type, std::uint32_t ttl, const QByteArray& data, std::uint16_t dnsClass)
{
    m_bytes += owner + wire16(type) + wire16(dnsClass) + wire16(std::uint16_t(ttl >> 16)) + wire16(std::uint16_t(ttl))
        + wire16(std::uint16_t(data.size())) + data;
}

void Packet::count(qsizetype at)
{
    ++m_bytes[at + 1];
}

Packet simpleAnswer(const QByteArray& dotted, const char* address, std::uint32_t ttl)
{
    const QByteArray data = wireAddress(address);
    const std::uint16_t type = data.size() == 4 ? A : Aaaa;
    return Packet().question(wireName(dotted), type).answer(pointerTo(12), type, ttl, data);
}

std::vector<dns::Answer> readAll(const QByteArray& message)
{
    const auto size = std::size_t(message.size());
    const std::unique_ptr<std::uint8_t[]> exact(new std::uint8_t[size]);
    std::ranges::copy(message, exact.get());
    return dns::readAnswers({exact.get(), size});
}

} // namespace bwt::test
