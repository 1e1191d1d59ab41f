// SPDX-License-Identifier: GPL-3.0-or-later
#include "helper/source/descriptorstore.h"

#include <QString>

#include <systemd/sd-daemon.h>

#include <chrono>
#include <cstdlib>

namespace bwt {

namespace {

constexpr std::chrono::microseconds longestWait = std::chrono::seconds(10);

} // namespace

DescriptorStore DescriptorStore::open()
{
    DescriptorStore store;
    store.m_isThere = std::getenv("NOTIFY_SOCKET") != nullptr;
    char** names = nullptr;
    const int count = sd_listen_fds_with_names(1, &names);
    for (int i = 0; i < count; ++i) {
        store.m_contents.insert_or_assign(names[i], Descriptor(SD_LISTEN_FDS_START + i));
        std::free(names[i]);
    }
    std::free(names);
    return store;
}

void DescriptorStore::dropRest()
{
    for (const auto& [name, descriptor] : m_contents)
        if (descriptor)
            drop(name);
    m_contents.clear();
}

void DescriptorStore::dropAll()
{
    for (const auto& [name, descriptor] : m_contents)
        drop(name);
    m_contents.clear();
}

void DescriptorStore::keep(const QByteArray& name, int fd) const
{
    // Without FDPOLL=0 it would drop maps at once, since polling one reports an error.
    if (m_isThere)
        sd_pid_notify_with_fds(0, 0, QByteArray("FDSTORE=1\nFDPOLL=0\nFDNAME=" + name).constData(), &fd, 1);
}

void DescriptorStore::drop(const QByteArray& name) const
{
    if (m_isThere)
        sd_notify(0, QByteArray("FDSTOREREMOVE=1\nFDNAME=" + name).constData());
}

bool DescriptorStore::settle() const
{
    return !m_isThere || sd_notify_barrier(0, static_cast<std::uint64_t>(longestWait.count())) > 0;
}

} // namespace bwt
