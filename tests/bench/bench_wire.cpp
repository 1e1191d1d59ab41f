// SPDX-License-Identifier: GPL-3.0-or-later
// What counting costs a datagram on the loopback device, sent and received by one thread: without, with what programs
// move, and with packets too. Rounds of each take turns, and the quietest of each counts. As root.
#include "helper/source/trafficsource.h"

#include <QCoreApplication>

#include <algorithm>
#include <array>
#include <cstdio>
#include <ctime>
#include <limits>
#include <netinet/in.h>
#include <optional>
#include <sys/socket.h>
#include <unistd.h>

using namespace bwt;

namespace {

constexpr int rounds = 15;
constexpr int datagrams = 100'000;

struct Case {
    const char* name;
    std::optional<WireCounting> wire; ///< nothing is counted without
    double bestNs = std::numeric_limits<double>::max();
};

/// Of the processor, whoever else wants it.
double threadNs()
{
    timespec now{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return double(now.tv_sec) * 1e9 + double(now.tv_nsec);
}

double nsPerDatagram()
{
    const int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof(address);
    auto* raw = reinterpret_cast<sockaddr*>(&address);
    std::array<char, 64> data{};
    bool works = bind(fd, raw, length) == 0 && getsockname(fd, raw, &length) == 0 && connect(fd, raw, length) == 0;
    const double begin = threadNs();
    for (int i = 0; i < datagrams && works; ++i)
        works = send(fd, data.data(), data.size(), 0) > 0 && recv(fd, data.data(), data.size(), 0) > 0;
    const double took = threadNs() - begin;
    close(fd);
    return works ? took / datagrams : std::numeric_limits<double>::max();
}

void measure(Case& one)
{
    std::unique_ptr<TrafficSource> source;
    if (one.wire)
        if (auto made = makeTrafficSource(QStringLiteral("auto"), {}, *one.wire))
            source = std::move(*made);
    if (source || !one.wire)
        one.bestNs = std::min(one.bestNs, nsPerDatagram());
}

} // namespace

int main(int argc, char** argv)
{
    const QCoreApplication application(argc, argv);
    std::array cases{
        Case{"nothing", {}}, Case{"what programs move", WireCounting::Off}, Case{"and packets", WireCounting::On}};
    for (int i = 0; i < rounds; ++i)
        std::ranges::for_each(cases, measure);
    for (const Case& one : cases)
        std::printf("%-20s %6.0f ns to send and receive a datagram\n", one.name, one.bestNs);
}
