// SPDX-License-Identifier: GPL-3.0-or-later
#include "helper/collector/bookkeeper.h"

#include "helper/collector/naming.h"
#include "helper/collector/outward.h"

#include <algorithm>
#include <net/if_arp.h>
#include <set>
#include <utility>

namespace bwt {

namespace {

/// Bytes of a link header that an interface counts on each packet.
struct HeaderBytes {
    quint64 tx = 0;
    quint64 rx = 0;
};

/// Only Ethernet's are counted along. Where packets come in through another interface the kernel counts them when
/// that one's header is taken off (br_pass_frame_up, vlan_do_receive, team_handle_frame), but puts it on first in
/// sending.
HeaderBytes headerBytesOf(const Interface& interface)
{
    constexpr quint64 ethernet = 14;
    if (interface.type != ARPHRD_ETHER)
        return {};
    const bool isInner = interface.kind == "bridge" || interface.kind == "vlan" || interface.kind == "team";
    return {ethernet, isInner ? 0 : ethernet};
}

/// What an interface counts and the flows know, at one moment.
SeenSide seenSide(quint64 bytes, quint64 packets, const SeenSide& known)
{
    SeenSide side = known;
    side.bytes = bytes;
    side.packets = packets;
    return side;
}

bool wentBack(const SeenSide& seen, const SeenSide& now)
{
    return now.bytes < seen.bytes || now.packets < seen.packets;
}

quint64 distance(quint64 one, quint64 other)
{
    return one < other ? other - one : one - other;
}

/// Whether the interface has counted packets that it was handed as one, as virtual ones and some drivers do, or what
/// they were on the wire: by which of the two its packets are nearer to those that are known.
bool countsBundles(const SeenSide& seen, const SeenSide& now)
{
    const quint64 counted = now.packets - seen.packets;
    const quint64 known = now.knownPackets - seen.knownPackets;
    const quint64 bundled = now.bundledPackets - seen.bundledPackets;
    return bundled <= known && distance(counted, known - bundled) < distance(counted, known);
}

void enter(BookSide& side, SeenSide& seen, const SeenSide& now, quint64 headerBytes)
{
    if (countsBundles(seen, now))
        side.bundled += now.bundled - seen.bundled;
    side.bytes += now.bytes - seen.bytes;
    side.packets += now.packets - seen.packets;
    side.programs += now.programs - seen.programs;
    side.kernel += now.kernel - seen.kernel;
    side.forwarded += now.forwarded - seen.forwarded;
    side.headers += (now.packets - seen.packets) * headerBytes;
    seen = now;
}

} // namespace

void Bookkeeper::resume(std::vector<InterfaceBook> books)
{
    if (books.empty())
        return;
    m_books = std::move(books);
    m_hasBegun = true;
}

std::vector<InterfaceBook> Bookkeeper::take(
    WireCounting wire, const std::optional<Interfaces>& interfaces, const std::vector<Flow>& flows)
{
    if (wire == WireCounting::Off) {
        m_books.clear();
        m_hasBegun = false;
        return m_books;
    }
    if (!interfaces)
        return m_books;
    KnownByIndex known = knownOf(flows, interfaces->netns);
    const std::set<std::uint32_t> leading = leadingOut(interfaces->list);
    std::vector<InterfaceBook> books;
    for (const Interface& interface : interfaces->list) {
        if (interface.type == ARPHRD_LOOPBACK)
            continue;
        const Known& now = known[interface.index];
        const SeenSide tx = seenSide(interface.txBytes, interface.txPackets, now.tx);
        const SeenSide rx = seenSide(interface.rxBytes, interface.rxPackets, now.rx);
        InterfaceBook entry = open(interface, now);
        if (wentBack(entry.seenTx, tx) || wentBack(entry.seenRx, rx))
            for (SeenSide* seen : {&entry.seenTx, &entry.seenRx})
                seen->bytes = seen->packets = 0;
        const HeaderBytes headers = headerBytesOf(interface);
        enter(entry.book.tx, entry.seenTx, tx, headers.tx);
        enter(entry.book.rx, entry.seenRx, rx, headers.rx);
        entry.book.interface = printable(interface.name);
        entry.book.leadsOut = leading.contains(interface.index);
        books.push_back(std::move(entry));
    }
    std::ranges::sort(books, {}, &InterfaceBook::index);
    m_books = std::move(books);
    m_known = std::move(known);
    m_hasBegun = true;
    return m_books;
}

Bookkeeper::KnownByIndex Bookkeeper::knownOf(const std::vector<Flow>& flows, std::uint32_t netns)
{
    KnownByIndex known;
    for (const Flow& flow : flows) {
        if (flow.key.measure == Measure::Program || flow.key.netns != netns || flow.key.copied != 0)
            continue;
        Known& interface = known[flow.key.ifindex];
        SeenSide& side = flow.key.direction == Direction::Tx ? interface.tx : interface.rx;
        if (flow.key.measure == Measure::Bundled) {
            side.bundled += flow.bytes;
            side.bundledPackets += flow.calls;
            continue;
        }
        side.knownPackets += flow.calls;
        if (flow.key.measure == Measure::Forwarded)
            side.forwarded += flow.bytes;
        else if (flow.key.process() == ProcessId{})
            side.kernel += flow.bytes;
        else
            side.programs += flow.bytes;
    }
    return known;
}

InterfaceBook Bookkeeper::open(const Interface& interface, const Known& now) const
{
    const auto found = std::ranges::lower_bound(m_books, interface.index, {}, &InterfaceBook::index);
    if (found != m_books.end() && found->index == interface.index)
        return *found;
    InterfaceBook fresh{interface.index, {}, {}, {}};
    if (!m_hasBegun) {
        fresh.seenTx = seenSide(interface.txBytes, interface.txPackets, now.tx);
        fresh.seenRx = seenSide(interface.rxBytes, interface.rxPackets, now.rx);
    } else if (const auto past = m_known.find(interface.index); past != m_known.end()) {
        fresh.seenTx = seenSide(0, 0, past->second.tx); // of another interface, which had the same index
        fresh.seenRx = seenSide(0, 0, past->second.rx);
    }
    return fresh;
}

} // namespace bwt
