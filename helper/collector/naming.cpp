// SPDX-License-Identifier: GPL-3.0-or-later
#include "helper/collector/naming.h"

#include "helper/proc/executable.h"

#include <QStringDecoder>

#include <algorithm>
#include <array>
#include <vector>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pwd.h>

namespace bwt {

namespace {

/// Keywords of IANA's "Assigned Internet Protocol Numbers", at their numbers; empty where the registry has none.
constexpr std::array protocolKeywords{
    "HOPOPT", "ICMP", "IGMP", "GGP", "IPv4", "ST", "TCP", "CBT", "EGP", "IGP", // 0
    "BBN-RCC-MON", "NVP-II", "PUP", "ARGUS", "EMCON", "XNET", "CHAOS", "UDP", "MUX", "DCN-MEAS", // 10
    "HMP", "PRM", "XNS-IDP", "TRUNK-1", "TRUNK-2", "LEAF-1", "LEAF-2", "RDP", "IRTP", "ISO-TP4", // 20
    "NETBLT", "MFE-NSP", "MERIT-INP", "DCCP", "3PC", "IDPR", "XTP", "DDP", "IDPR-CMTP", "TP++", // 30
    "IL", "IPv6", "SDRP", "IPv6-Route", "IPv6-Frag", "IDRP", "RSVP", "GRE", "DSR", "BNA", // 40
    "ESP", "AH", "I-NLSP", "SWIPE", "NARP", "Min-IPv4", "TLSP", "SKIP", "IPv6-ICMP", "IPv6-NoNxt", // 50
    "IPv6-Opts", "", "CFTP", "", "SAT-EXPAK", "KRYPTOLAN", "RVD", "IPPC", "", "SAT-MON", // 60
    "VISA", "IPCV", "CPNX", "CPHB", "WSN", "PVP", "BR-SAT-MON", "SUN-ND", "WB-MON", "WB-EXPAK", // 70
    "ISO-IP", "VMTP", "SECURE-VMTP", "VINES", "IPTM", "NSFNET-IGP", "DGP", "TCF", "EIGRP", "OSPFIGP", // 80
    "Sprite-RPC", "LARP", "MTP", "AX.25", "IPIP", "MICP", "SCC-SP", "ETHERIP", "ENCAP", "", // 90
    "GMTP", "IFMP", "PNNI", "PIM", "ARIS", "SCPS", "QNX", "A/N", "IPComp", "SNP", // 100
    "Compaq-Peer", "IPX-in-IP", "VRRP", "PGM", "", "L2TP", "DDX", "IATP", "STP", "SRP", // 110
    "UTI", "SMP", "SM", "PTP", "ISIS over IPv4", "FIRE", "CRTP", "CRUDP", "SSCOPMCE", "IPLT", // 120
    "SPS", "PIPE", "SCTP", "FC", "RSVP-E2E-IGNORE", "Mobility Header", "UDPLite", "MPLS-in-IP", "manet", "HIP", // 130
    "Shim6", "WESP", "ROHC", "Ethernet", "AGGFRAG", "NSH", // 140
};
static_assert(protocolKeywords.size() == 146);

constexpr std::uint16_t mptcp = 262; // IPPROTO_MPTCP, newer than some C libraries

constexpr auto numberedProtocol = QLatin1StringView("IP-");

/// A well-known port by what people call what runs there; null where nothing common does.
struct Service {
    std::uint16_t port;
    const char* stream; ///< over TCP and its like
    const char* datagram; ///< over UDP and its like
};

constexpr std::array services{
    Service{20, "ftp-data", nullptr},
    Service{21, "ftp", nullptr},
    Service{22, "ssh", nullptr},
    Service{23, "telnet", nullptr},
    Service{25, "smtp", nullptr},
    Service{43, "whois", nullptr},
    Service{53, "dns", "dns"},
    Service{67, nullptr, "dhcp"},
    Service{68, nullptr, "dhcp"},
    Service{69, nullptr, "tftp"},
    Service{80, "http", nullptr},
    Service{88, "kerberos", "kerberos"},
    Service{110, "pop3", nullptr},
    Service{111, "rpcbind", "rpcbind"},
    Service{119, "nntp", nullptr},
    Service{123, nullptr, "ntp"},
    Service{137, "netbios", "netbios"},
    Service{138, nullptr, "netbios"},
    Service{139, "netbios", nullptr},
    Service{143, "imap", nullptr},
    Service{161, "snmp", "snmp"},
    Service{162, "snmp-trap", "snmp-trap"},
    Service{179, "bgp", nullptr},
    Service{389, "ldap", "ldap"},
    Service{443, "https", "quic"},
    Service{445, "smb", nullptr},
    Service{464, "kpasswd", "kpasswd"},
    Service{465, "submissions", nullptr},
    Service{500, nullptr, "isakmp"},
    Service{514, "shell", "syslog"},
    Service{515, "printer", nullptr},
    Service{546, nullptr, "dhcpv6"},
    Service{547, nullptr, "dhcpv6"},
    Service{548, "afp", nullptr},
    Service{554, "rtsp", nullptr},
    Service{563, "nntps", nullptr},
    Service{587, "submission", nullptr},
    Service{623, nullptr, "ipmi"},
    Service{631, "ipp", "ipp"},
    Service{636, "ldaps", nullptr},
    Service{853, "dns-over-tls", "dns-over-quic"},
    Service{873, "rsync", nullptr},
    Service{989, "ftps-data", nullptr},
    Service{990, "ftps", nullptr},
    Service{992, "telnets", nullptr},
    Service{993, "imaps", nullptr},
    Service{995, "pop3s", nullptr},
};
static_assert(std::ranges::is_sorted(services, {}, &Service::port));

const char* serviceKeyword(std::uint16_t protocol, std::uint16_t port)
{
    const auto found = std::ranges::lower_bound(services, port, {}, &Service::port);
    if (found == services.end() || found->port != port)
        return nullptr;
    switch (protocol) {
    case IPPROTO_TCP:
    case mptcp:
        return found->stream;
    case IPPROTO_UDP:
    case IPPROTO_UDPLITE:
        return found->datagram;
    default:
        return nullptr;
    }
}

bool isMappedIpv4(const Address& address)
{
    in6_addr in6{};
    std::copy(address.begin(), address.end(), in6.s6_addr);
    return IN6_IS_ADDR_V4MAPPED(&in6);
}

/// A printable character of ASCII.
bool isPlain(char byte)
{
    return ' ' <= byte && byte <= '~';
}

/// Bytes in the UTF-8 character that begins with `lead`; 0 where none can.
qsizetype characterLength(char lead)
{
    const auto byte = static_cast<unsigned char>(lead);
    if (byte < 0x80)
        return 1;
    if (byte < 0xc2 || byte > 0xf4)
        return 0;
    return byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : 4;
}

/// The character at the front of `bytes`, or nothing where that is no printable UTF-8.
std::optional<QString> printableCharacter(QByteArrayView bytes)
{
    const qsizetype length = characterLength(bytes.front());
    if (length == 0 || length > bytes.size())
        return {};
    QStringDecoder decode(
        QStringDecoder::Utf8, QStringDecoder::Flag::Stateless | QStringDecoder::Flag::ConvertInitialBom);
    QString character = decode(bytes.first(length));
    if (decode.hasError())
        return {};
    const char32_t codePoint = character.toUcs4().value(0);
    const QChar::Category category = QChar::category(codePoint);
    if (!QChar::isPrint(codePoint) || category == QChar::Separator_Line || category == QChar::Separator_Paragraph)
        return {};
    return character;
}

} // namespace

QString protocolName(std::uint16_t protocol)
{
    if (protocol == protocol::packetSocket)
        return QStringLiteral("PACKET");
    if (protocol == mptcp)
        return QStringLiteral("MPTCP");
    if (protocol < protocolKeywords.size() && *protocolKeywords[protocol])
        return QString::fromLatin1(protocolKeywords[protocol]);
    return numberedProtocol + QString::number(protocol);
}

std::optional<std::uint16_t> protocolFromName(const QString& name)
{
    const auto is = [&name](const QString& other) { return name.compare(other, Qt::CaseInsensitive) == 0; };
    for (std::uint16_t number = 0; number < 256; ++number) {
        if (is(protocolName(number)))
            return number;
    }
    for (const std::uint16_t number : {mptcp, protocol::packetSocket}) {
        if (is(protocolName(number)))
            return number;
    }
    return {};
}

QString serviceName(std::uint16_t protocol, std::uint16_t port)
{
    if (port == 0)
        return {};
    const char* keyword = serviceKeyword(protocol, port);
    return keyword ? QString::fromLatin1(keyword) : QString::number(port);
}

QString addressText(const Address& address)
{
    if (address == Address{})
        return {};
    std::array<char, INET6_ADDRSTRLEN> text{};
    if (isMappedIpv4(address))
        inet_ntop(AF_INET, address.data() + 12, text.data(), text.size());
    else
        inet_ntop(AF_INET6, address.data(), text.data(), text.size());
    return QString::fromLatin1(text.data());
}

std::optional<Address> addressFromText(const QString& text)
{
    const QByteArray latin = text.toLatin1();
    Address address{};
    if (inet_pton(AF_INET6, latin.constData(), address.data()) == 1)
        return address;
    if (inet_pton(AF_INET, latin.constData(), address.data() + 12) != 1)
        return {};
    address[10] = address[11] = 0xff;
    return address;
}

QString scopeName(Scope scope)
{
    switch (scope) {
    case Scope::Loopback:
        return QStringLiteral("loopback");
    case Scope::Lan:
        return QStringLiteral("lan");
    case Scope::Tunnel:
        return QStringLiteral("tunnel");
    case Scope::Internet:
        break;
    }
    return QStringLiteral("internet");
}

QString userName(std::uint32_t uid)
{
    if (uid == unknownUid)
        return {};
    passwd account{};
    passwd* found = nullptr;
    std::vector<char> buffer(1024);
    while (getpwuid_r(uid, &account, buffer.data(), buffer.size(), &found) == ERANGE)
        buffer.resize(buffer.size() * 2);
    return found ? printable(QByteArrayView(found->pw_name)) : QString::number(uid);
}

QString printable(QByteArrayView bytes)
{
    // Nearly every name is plain, and every process has one in every snapshot.
    if (std::ranges::all_of(bytes, isPlain))
        return QString::fromLatin1(bytes);
    QString text;
    text.reserve(bytes.size());
    while (!bytes.isEmpty()) {
        if (const auto character = printableCharacter(bytes)) {
            bytes = bytes.sliced(characterLength(bytes.front()));
            text += *character;
        } else {
            text += QStringLiteral("\\x%1").arg(static_cast<unsigned char>(bytes.front()), 2, 16, QLatin1Char('0'));
            bytes = bytes.sliced(1);
        }
    }
    return text;
}

QString executableText(const Executable& executable)
{
    QString text = printable(executable.path);
    if (executable.isTail)
        text.prepend(QString::fromUtf8(tailMark));
    if (executable.isDeleted)
        text.append(QLatin1StringView(deletedMark));
    return text;
}

} // namespace bwt
