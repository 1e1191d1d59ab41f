// SPDX-License-Identifier: GPL-3.0-or-later
#include "helper/source/interfaces.h"

#include "helper/source/descriptor.h"

#include <array>
#include <cerrno>
#include <cstring>
#include <linux/if_link.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <sys/socket.h>
#include <sys/stat.h>

namespace bwt {

namespace {

// More than the kernel puts into one part of its answer (NLMSG_GOODSIZE, include/linux/netlink.h).
constexpr std::size_t partBytes = 32768;
using Part = std::array<char, partBytes>;

struct Request {
    nlmsghdr header{};
    ifinfomsg interface{};
};

/// All attributes from the first on: calls `take` with each one's type, bytes and length.
template <typename Take> void forEachAttribute(const rtattr* first, int length, Take take)
{
    for (const rtattr* attribute = first; RTA_OK(attribute, length); attribute = RTA_NEXT(attribute, length))
        take(attribute->rta_type & NLA_TYPE_MASK, static_cast<const char*>(RTA_DATA(attribute)),
            static_cast<int>(RTA_PAYLOAD(attribute)));
}

/// A value that the kernel may have put at any address.
template <typename T> T valueAt(const char* bytes, int length)
{
    T value{};
    std::memcpy(&value, bytes, std::min(sizeof value, static_cast<std::size_t>(length)));
    return value;
}

QByteArray textAt(const char* bytes, int length)
{
    return {bytes, static_cast<qsizetype>(strnlen(bytes, static_cast<std::size_t>(length)))};
}

Interface interfaceFrom(const nlmsghdr* message)
{
    const auto* head = static_cast<const ifinfomsg*>(NLMSG_DATA(message));
    Interface interface;
    interface.index = static_cast<std::uint32_t>(head->ifi_index);
    interface.type = head->ifi_type;
    constexpr unsigned up = IFF_UP | IFF_RUNNING; // the second as the driver and whoever logs in there tell it
    interface.isUp = (head->ifi_flags & up) == up;
    forEachAttribute(IFLA_RTA(head), static_cast<int>(IFLA_PAYLOAD(message)),
        [&interface](int type, const char* bytes, int length) {
            switch (type) {
            case IFLA_IFNAME:
                interface.name = textAt(bytes, length);
                break;
            case IFLA_MASTER:
                interface.master = valueAt<std::uint32_t>(bytes, length);
                break;
            case IFLA_CARRIER_CHANGES:
                interface.carrierChanges = valueAt<std::uint32_t>(bytes, length);
                break;
            case IFLA_LINKINFO:
                forEachAttribute(reinterpret_cast<const rtattr*>(bytes), length,
                    [&interface](int inner, const char* text, int textLength) {
                        if (inner == IFLA_INFO_KIND)
                            interface.kind = textAt(text, textLength);
                    });
                break;
            case IFLA_STATS64: {
                const auto counted = valueAt<rtnl_link_stats64>(bytes, length);
                interface.txBytes = counted.tx_bytes;
                interface.rxBytes = counted.rx_bytes;
                interface.txPackets = counted.tx_packets;
                interface.rxPackets = counted.rx_packets;
                break;
            }
            default:
                break;
            }
        });
    return interface;
}

bool askForAll(const Descriptor& socket)
{
    Request request;
    request.header.nlmsg_len = sizeof request;
    request.header.nlmsg_type = RTM_GETLINK;
    request.header.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
    request.interface.ifi_family = AF_UNSPEC;
    return send(socket.get(), &request, sizeof request, 0) == ssize_t{sizeof request};
}

enum class Progress { More, Done, Failed };

Progress takePart(const Part& part, ssize_t length, std::vector<Interface>& list)
{
    auto left = static_cast<unsigned>(length);
    for (const auto* message = reinterpret_cast<const nlmsghdr*>(part.data()); NLMSG_OK(message, left);
        message = NLMSG_NEXT(message, left)) {
        if ((message->nlmsg_flags & NLM_F_DUMP_INTR) != 0) // interfaces came or went meanwhile: one may be missing
            return Progress::Failed;
        if (message->nlmsg_type == NLMSG_DONE)
            return Progress::Done;
        if (message->nlmsg_type == NLMSG_ERROR)
            return Progress::Failed;
        if (message->nlmsg_type == RTM_NEWLINK)
            list.push_back(interfaceFrom(message));
    }
    return Progress::More;
}

} // namespace

std::optional<Interfaces> readInterfaces()
{
    struct stat netns{};
    const Descriptor socket(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE));
    if (!socket || stat("/proc/thread-self/ns/net", &netns) != 0 || !askForAll(socket))
        return std::nullopt;
    Interfaces interfaces{static_cast<std::uint32_t>(netns.st_ino), {}};
    for (;;) {
        alignas(nlmsghdr) Part part;
        const ssize_t length = recv(socket.get(), part.data(), part.size(), 0);
        if (length < 0 && errno == EINTR)
            continue;
        if (length <= 0)
            return std::nullopt;
        switch (takePart(part, length, interfaces.list)) {
        case Progress::More:
            break;
        case Progress::Done:
            return interfaces;
        case Progress::Failed:
            return std::nullopt;
        }
    }
}

} // namespace bwt
