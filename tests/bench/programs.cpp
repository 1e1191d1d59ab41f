// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/bench/programs.h"

#include <QStringList>

#include <array>

namespace bwt::test {

namespace {

struct Group {
    Role role;
    std::uint32_t uid;
    std::uint32_t processes;
    const char* folder;
    const char* names; ///< separated by blanks
};

constexpr std::uint32_t user = 1000;
constexpr std::uint32_t otherUser = 1001;
constexpr std::uint32_t resolverUser = 101;
constexpr std::uint32_t timeUser = 102;
constexpr std::uint32_t subUser = 100'033; ///< of a container's

constexpr std::array groups{
    Group{Role::Kernel, 0, 1, nullptr, "[kernel]"},
    Group{Role::Browser, user, 12, "/usr/lib/firefox/", "firefox"},
    Group{Role::Browser, user, 10, "/usr/lib/chromium/", "chromium"},
    Group{Role::Browser, otherUser, 3, "/usr/lib/falkon/", "falkon"},
    Group{Role::App, user, 3, "/usr/bin/",
        "thunderbird signal-desktop element-desktop slack discord code teams-for-linux zoom spotify steam"},
    Group{Role::App, user, 1, "/usr/bin/",
        "evolution telegram-desktop dino nextcloud dropbox rclone insync vlc mpv lutris gnome-software "
        "gnome-calendar gnome-contacts gnome-weather gnome-maps libreoffice gimp idea postman dbeaver remmina obs "
        "kdeconnectd rhythmbox shotwell calibre zotero joplin obsidian bitwarden anki virt-manager akregator "
        "liferea quassel hexchat kmail digikam kodi minetest"},
    Group{Role::App, otherUser, 1, "/usr/bin/", "geary gnome-music cheese gnome-photos supertuxkart"},
    Group{Role::Peer, user, 1, "/usr/bin/", "transmission-gtk syncthing"},
    Group{Role::Service, resolverUser, 1, "/usr/lib/systemd/", "systemd-resolved"},
    Group{Role::Service, timeUser, 1, "/usr/lib/systemd/", "systemd-timesyncd"},
    Group{Role::Service, 0, 1, "/usr/sbin/",
        "NetworkManager avahi-daemon cupsd cups-browsed packagekitd fwupd snapd dockerd containerd tailscaled sshd "
        "dnsmasq smbd nmbd winbindd rpcbind rpc.statd rpc.mountd autofs iscsid unattended-upgrade apt-daily "
        "ModemManager wpa_supplicant dhclient systemd-networkd systemd-journal-upload rsyslogd collectd "
        "node_exporter zabbix_agentd puppet salt-minion openvpn charon xl2tpd postfix dovecot freshclam clamd "
        "geoclue flatpak-system-helper switcheroo accounts-daemon realmd sssd nscd pcscd saned minissdpd "
        "squid privoxy tor named slapd krb5kdc vsftpd ntpsec"},
    Group{Role::Container, subUser, 2, "/usr/local/bin/",
        "postgres redis-server nginx gitea grafana prometheus loki alertmanager"},
    Group{Role::Container, subUser, 1, "/usr/local/bin/",
        "mosquitto homeassistant zigbee2mqtt influxd telegraf minio traefik vaultwarden jellyfin navidrome "
        "paperless immich mealie freshrss wallabag pihole-FTL unbound searxng matrix-synapse mattermost nats-server "
        "rabbitmq memcached elasticsearch kibana registry drone-runner gitlab-runner "
        "etcd consul keycloak ntfy uptime-kuma syncplay"},
    Group{Role::Watch, 0, 1, "/usr/sbin/", "smokeping fping"},
    Group{Role::Task, user, 0, "/usr/bin/", "curl fetchmail yt-dlp restic borg"},
    Group{Role::Task, subUser, 0, "/usr/bin/", "wget"},
    Group{Role::Task, 0, 0, "/usr/lib/apt/methods/", "http https"},
    Group{Role::Task, 0, 0, "/usr/bin/", "certbot ddclient rsync apt-get ntpdate"},
    Group{Role::WorkTask, user, 0, "/usr/bin/",
        "git git-remote-https ssh scp sftp npm node pip3 cargo go mvn gradle docker podman kubectl helm terraform "
        "ansible gh ping dig whois"},
};

} // namespace

std::vector<Program> desktopPrograms()
{
    std::vector<Program> programs;
    for (const Group& group : groups) {
        const QStringList names = QString::fromLatin1(group.names).split(QLatin1Char(' '));
        for (const QString& name : names)
            programs.push_back({group.role, group.uid, group.processes, name,
                group.folder == nullptr ? QString() : QString::fromLatin1(group.folder) + name});
    }
    return programs;
}

} // namespace bwt::test
