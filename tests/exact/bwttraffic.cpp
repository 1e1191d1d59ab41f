// SPDX-License-Identifier: GPL-3.0-or-later
// Moves an exact number of bytes between two ends, and says what each end moved.
#include <arpa/inet.h>
#include <fcntl.h>
#include <getopt.h>
#include <netinet/in.h>
#include <sched.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

namespace {

constexpr const char* help = R"(Usage: bwt-traffic serve|connect [OPTION]...
Moves an exact number of bytes over one connection, and says what this end moved.

  serve              wait for one peer, receive first, then send
  connect            go to a server, send first, then receive

  --address ADDRESS  IPv4 or IPv6: where to listen, or where the server is (127.0.0.1)
  --port PORT        the server's port (9000)
  --protocol NAME    tcp or udp (tcp)
  --send BYTES       how much this end sends (0)
  --receive BYTES    how much this end receives (0)
  --chunk BYTES      size of one send call, and of one datagram (1000)
  --netns NAME       do it in this network namespace (as `ip netns` names it)
  --hold             when done, live on until standard input ends
  --help             print this

One end's --send is the other end's --receive. A UDP server connects to the first peer it hears of, so that both ends
know each other's address. Receive buffers are made large enough for root that no datagram is lost.

Prints JSON lines: {"event":"ready"} when a server listens, and at the end
{"event":"done","role":…,"pid":…,"start_ticks":…,"protocol":…,"local":…,"remote":…,"tx_bytes":…,"rx_bytes":…,
"tx_calls":…,"rx_calls":…}; start_ticks is field 22 of /proc/PID/stat.
Exit status: 0 done, 1 failed, 2 wrong usage. Waiting for the peer for 60 seconds is failure.
)";

enum class Role { Serve, Connect };

struct Options {
    Role role = Role::Serve;
    std::string address = "127.0.0.1";
    std::uint16_t port = 9000;
    bool isUdp = false;
    std::uint64_t send = 0;
    std::uint64_t receive = 0;
    std::uint64_t chunk = 1000;
    std::string netns;
    bool hold = false;
};

struct Moved {
    std::uint64_t bytes = 0;
    std::uint64_t calls = 0;
};

[[noreturn]] void fail(const char* what)
{
    std::fprintf(stderr, "bwt-traffic: %s: %s\n", what, std::strerror(errno));
    std::exit(1);
}

[[noreturn]] void refuse(const std::string& what)
{
    std::fprintf(stderr, "bwt-traffic: %s; --help says more\n", what.c_str());
    std::exit(2);
}

int check(int result, const char* what)
{
    if (result < 0)
        fail(what);
    return result;
}

class Socket {
public:
    explicit Socket(int fd)
        : m_fd(check(fd, "socket"))
    {
    }
    Socket(const Socket&) = delete;
    Socket& operator=(const Socket&) = delete;
    ~Socket() { close(m_fd); }
    [[nodiscard]] int fd() const { return m_fd; }

private:
    int m_fd;
};

struct Endpoint {
    sockaddr_storage storage{};
    socklen_t length = sizeof(sockaddr_storage);

    sockaddr* raw() { return reinterpret_cast<sockaddr*>(&storage); }
};

Endpoint endpoint(const Options& options)
{
    Endpoint result;
    auto* v4 = reinterpret_cast<sockaddr_in*>(&result.storage);
    auto* v6 = reinterpret_cast<sockaddr_in6*>(&result.storage);
    if (inet_pton(AF_INET, options.address.c_str(), &v4->sin_addr) == 1) {
        v4->sin_family = AF_INET;
        v4->sin_port = htons(options.port);
        result.length = sizeof(*v4);
    } else if (inet_pton(AF_INET6, options.address.c_str(), &v6->sin6_addr) == 1) {
        v6->sin6_family = AF_INET6;
        v6->sin6_port = htons(options.port);
        result.length = sizeof(*v6);
    } else {
        refuse("not an address: " + options.address);
    }
    return result;
}

std::string text(Endpoint end)
{
    std::array<char, INET6_ADDRSTRLEN> buffer{};
    const auto* v4 = reinterpret_cast<const sockaddr_in*>(&end.storage);
    const auto* v6 = reinterpret_cast<const sockaddr_in6*>(&end.storage);
    const void* address = end.storage.ss_family == AF_INET ? static_cast<const void*>(&v4->sin_addr) : &v6->sin6_addr;
    inet_ntop(end.storage.ss_family, address, buffer.data(), buffer.size());
    return buffer.data();
}

void enterNetns(const std::string& name)
{
    if (name.empty())
        return;
    const Socket netns(open(("/run/netns/" + name).c_str(), O_RDONLY | O_CLOEXEC));
    check(setns(netns.fd(), CLONE_NEWNET), "setns");
}

void setOption(int fd, int option, const void* value, socklen_t size)
{
    check(setsockopt(fd, SOL_SOCKET, option, value, size), "setsockopt");
}

/// Datagrams are lost where a queue on the way overflows: the receiver's is made large, and the sender's small, so
/// that few are under way.
void keepDatagrams(int fd)
{
    const int sendRoom = 64 << 10;
    setOption(fd, SO_SNDBUF, &sendRoom, sizeof(sendRoom));
    const int receiveRoom = 256 << 20;
    if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &receiveRoom, sizeof(receiveRoom)) != 0)
        setOption(fd, SO_RCVBUF, &receiveRoom, sizeof(receiveRoom));
}

int newSocket(const Options& options, int family)
{
    const int fd = check(socket(family, (options.isUdp ? SOCK_DGRAM : SOCK_STREAM) | SOCK_CLOEXEC, 0), "socket");
    const int yes = 1;
    setOption(fd, SO_REUSEADDR, &yes, sizeof(yes));
    const timeval patience{60, 0};
    setOption(fd, SO_RCVTIMEO, &patience, sizeof(patience));
    setOption(fd, SO_SNDTIMEO, &patience, sizeof(patience));
    if (options.isUdp)
        keepDatagrams(fd);
    return fd;
}

void sayReady()
{
    std::puts("{\"event\":\"ready\"}");
    std::fflush(stdout);
}

/// Peeks, so that the first datagram is received like any other, by a socket that knows its peer.
void connectToFirstSender(int fd)
{
    Endpoint peer;
    char byte = 0;
    check(static_cast<int>(recvfrom(fd, &byte, 1, MSG_PEEK, peer.raw(), &peer.length)), "recvfrom");
    check(connect(fd, peer.raw(), peer.length), "connect");
}

int serve(const Options& options)
{
    Endpoint own = endpoint(options);
    const int fd = newSocket(options, own.storage.ss_family);
    check(bind(fd, own.raw(), own.length), "bind");
    if (options.isUdp) {
        sayReady();
        connectToFirstSender(fd);
        return fd;
    }
    const Socket listener(fd);
    check(listen(fd, 1), "listen");
    sayReady();
    return check(accept4(fd, nullptr, nullptr, SOCK_CLOEXEC), "accept");
}

int connectToServer(const Options& options)
{
    Endpoint server = endpoint(options);
    const int fd = newSocket(options, server.storage.ss_family);
    check(connect(fd, server.raw(), server.length), "connect");
    return fd;
}

Moved sendAll(int fd, const Options& options)
{
    const std::vector<char> data(options.chunk, 'x');
    Moved moved;
    for (; moved.bytes < options.send; ++moved.calls) {
        const ssize_t sent
            = send(fd, data.data(), std::min<std::uint64_t>(options.chunk, options.send - moved.bytes), MSG_NOSIGNAL);
        if (sent < 0)
            fail("send");
        moved.bytes += static_cast<std::uint64_t>(sent);
    }
    return moved;
}

Moved receiveAll(int fd, const Options& options)
{
    std::vector<char> data(65536);
    Moved moved;
    for (; moved.bytes < options.receive; ++moved.calls) {
        const ssize_t received
            = recv(fd, data.data(), std::min<std::uint64_t>(data.size(), options.receive - moved.bytes), 0);
        if (received < 0)
            fail("recv");
        if (received == 0) {
            errno = ECONNRESET;
            fail("the peer closed too early");
        }
        moved.bytes += static_cast<std::uint64_t>(received);
    }
    return moved;
}

unsigned long long startTicks()
{
    std::array<char, 4096> line{};
    std::FILE* stat = std::fopen("/proc/self/stat", "re");
    if (!stat || std::fread(line.data(), 1, line.size() - 1, stat) == 0) // the name may hold a newline
        fail("/proc/self/stat");
    std::fclose(stat);
    const char* field = std::strrchr(line.data(), ')') + 1; // before field 3
    for (int number = 3; number <= 22; ++number)
        field = std::strchr(field, ' ') + 1;
    return std::strtoull(field, nullptr, 10);
}

void sayDone(const Options& options, int fd, const Moved& sent, const Moved& received)
{
    Endpoint local;
    Endpoint remote;
    check(getsockname(fd, local.raw(), &local.length), "getsockname");
    check(getpeername(fd, remote.raw(), &remote.length), "getpeername");
    std::printf("{\"event\":\"done\",\"role\":\"%s\",\"pid\":%d,\"start_ticks\":%llu,\"protocol\":\"%s\","
                "\"local\":\"%s\",\"remote\":\"%s\",\"tx_bytes\":%llu,\"rx_bytes\":%llu,\"tx_calls\":%llu,"
                "\"rx_calls\":%llu}\n",
        options.role == Role::Serve ? "serve" : "connect", getpid(), startTicks(), options.isUdp ? "UDP" : "TCP",
        text(local).c_str(), text(remote).c_str(), static_cast<unsigned long long>(sent.bytes),
        static_cast<unsigned long long>(received.bytes), static_cast<unsigned long long>(sent.calls),
        static_cast<unsigned long long>(received.calls));
    std::fflush(stdout);
}

void waitForEndOfInput()
{
    std::array<char, 256> ignored{};
    while (read(STDIN_FILENO, ignored.data(), ignored.size()) > 0) { }
}

template <typename Integer> Integer number(const char* word)
{
    Integer value = 0;
    const char* end = word + std::strlen(word);
    if (const auto [rest, error] = std::from_chars(word, end, value); error != std::errc() || rest != end)
        refuse(std::string("not a number, or too large: ") + word);
    return value;
}

bool isUdp(const std::string& protocol)
{
    if (protocol != "tcp" && protocol != "udp")
        refuse("not a protocol: " + protocol);
    return protocol == "udp";
}

void apply(int option, Options& options)
{
    switch (option) {
    case 'a':
        options.address = optarg;
        return;
    case 'p':
        options.port = number<std::uint16_t>(optarg);
        return;
    case 'P':
        options.isUdp = isUdp(optarg);
        return;
    case 's':
        options.send = number<std::uint64_t>(optarg);
        return;
    case 'r':
        options.receive = number<std::uint64_t>(optarg);
        return;
    case 'c':
        options.chunk = std::max<std::uint64_t>(1, number<std::uint64_t>(optarg));
        return;
    case 'n':
        options.netns = optarg;
        return;
    case 'H':
        options.hold = true;
        return;
    case 'h':
        std::fputs(help, stdout);
        std::exit(0);
    default:
        refuse("wrong option");
    }
}

Options parse(int argc, char** argv)
{
    constexpr std::array<option, 10> known{{
        {"address", required_argument, nullptr, 'a'},
        {"port", required_argument, nullptr, 'p'},
        {"protocol", required_argument, nullptr, 'P'},
        {"send", required_argument, nullptr, 's'},
        {"receive", required_argument, nullptr, 'r'},
        {"chunk", required_argument, nullptr, 'c'},
        {"netns", required_argument, nullptr, 'n'},
        {"hold", no_argument, nullptr, 'H'},
        {"help", no_argument, nullptr, 'h'},
        {},
    }};
    Options options;
    for (int option = 0; (option = getopt_long(argc, argv, "", known.data(), nullptr)) != -1;)
        apply(option, options);
    const std::string role = optind + 1 == argc ? argv[optind] : "";
    if (role != "serve" && role != "connect")
        refuse("say either serve or connect");
    options.role = role == "serve" ? Role::Serve : Role::Connect;
    return options;
}

} // namespace

int main(int argc, char** argv)
{
    const Options options = parse(argc, argv);
    enterNetns(options.netns);
    const bool isServer = options.role == Role::Serve;
    const Socket connection(isServer ? serve(options) : connectToServer(options));
    Moved sent;
    Moved received;
    if (isServer)
        received = receiveAll(connection.fd(), options);
    sent = sendAll(connection.fd(), options);
    if (!isServer)
        received = receiveAll(connection.fd(), options);
    sayDone(options, connection.fd(), sent, received);
    if (options.hold)
        waitForEndOfInput();
    return 0;
}
