// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/bench/exchange.h"

namespace bwt::test {

namespace {

constexpr std::uint64_t packetBytes = 1500;

std::uint64_t ceilOf(std::uint64_t bytes, std::uint64_t unit)
{
    return (bytes + unit - 1) / unit;
}

void sendSomeAnew(Dice& dice, Moved& side)
{
    constexpr std::uint64_t worthLosing = 20;
    if (side.packets < worthLosing || !dice.percent(25))
        return;
    const std::uint64_t again = 1 + side.packets * dice.below(20) / 1000;
    side.packets += again;
    side.wireBytes += again * packetBytes;
}

Exchange onTcp(Dice& dice, bool isV6, Exchange moved)
{
    constexpr std::uint64_t bytesInCall = 16'384;
    const std::uint64_t header = isV6 ? 72 : 52; // with time stamps
    const std::uint64_t most = packetBytes - header;
    auto& [tx, rx] = moved;
    const std::uint64_t sent = ceilOf(tx.bytes, most);
    const std::uint64_t received = ceilOf(rx.bytes, most);
    tx.packets = sent + (received + 1) / 2;
    rx.packets = received + (sent + 1) / 2;
    for (Moved& side : moved) {
        side.calls = ceilOf(side.bytes, bytesInCall);
        side.wireBytes = side.bytes + side.packets * header;
        sendSomeAnew(dice, side);
    }
    return moved;
}

Exchange inDatagrams(std::uint64_t header, std::uint64_t most, Exchange moved)
{
    for (Moved& side : moved) {
        side.packets = side.calls = ceilOf(side.bytes, most);
        side.wireBytes = side.bytes + side.packets * header;
    }
    return moved;
}

} // namespace

Exchange carried(Dice& dice, std::uint16_t protocol, bool isV6, std::uint64_t txBytes, std::uint64_t rxBytes)
{
    const Exchange moved{Moved{txBytes}, Moved{rxBytes}};
    const std::uint64_t network = isV6 ? 40 : 20; // the header beneath
    switch (protocol) {
    case ip::tcp:
        return onTcp(dice, isV6, moved);
    case ip::udp:
        return inDatagrams(network + 8, 1'350, moved);
    default:
        return inDatagrams(network, 64, moved);
    }
}

} // namespace bwt::test
