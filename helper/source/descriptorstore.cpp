// SPDX-License-Identifier: GPL-3.0-or-later
#include "helper/source/descriptorstore.h"

#include <QString>

#include <systemd/sd-daemon.h>

#include <array>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

namespace bwt {

namespace {

constexpr std::chrono::microseconds longestWait = std::chrono::seconds(10);

/// systemd closes what it doesn't keep a moment after it has answered.
constexpr std::chrono::milliseconds closingTime(100);

void sendKeep(const QByteArray& name, int fd)
{
    // Without FDPOLL=0 it would drop maps at once, since polling one reports an error.
    sd_pid_notify_with_fds(0, 0, QByteArray("FDSTORE=1\nFDPOLL=0\nFDNAME=" + name).constData(), &fd, 1);
}

void sendDrop(const QByteArray& name)
{
    sd_notify(0, QByteArray("FDSTOREREMOVE=1\nFDNAME=" + name).constData());
}

bool awaitAnswer()
{
    return sd_notify_barrier(0, static_cast<std::uint64_t>(longestWait.count())) > 0;
}

} // namespace

DescriptorStore DescriptorStore::open()
{
    DescriptorStore store;
    char** names = nullptr;
    const int count = sd_listen_fds_with_names(1, &names);
    for (int i = 0; i < count; ++i) {
        store.m_contents.try_emplace(names[i], Descriptor(SD_LISTEN_FDS_START + i));
        std::free(names[i]);
    }
    std::free(names);
    if (qEnvironmentVariableIsEmpty("NOTIFY_SOCKET"))
        store.m_isThere = false;
    else if (!store.m_contents.empty() || qEnvironmentVariableIntValue("FDSTORE") > 0) // since systemd 254
        store.m_isThere = true;
    else
        store.m_isThere.reset();
    return store;
}

bool DescriptorStore::isThere()
{
    if (!m_isThere)
        m_isThere = keepsSomething();
    return *m_isThere;
}

/// A pipe tells when its other end was closed by all who had it.
bool DescriptorStore::keepsSomething()
{
    const QByteArray name = QByteArrayLiteral("trial");
    std::array<int, 2> ends{};
    if (pipe2(ends.data(), O_CLOEXEC) != 0)
        return false;
    const Descriptor near(ends[0]);
    {
        const Descriptor far(ends[1]);
        sendKeep(name, far.get());
    }
    pollfd look{near.get(), 0, 0};
    const bool isKept = awaitAnswer() && poll(&look, 1, static_cast<int>(closingTime.count())) == 0;
    sendDrop(name);
    return isKept;
}

void DescriptorStore::dropRest()
{
    std::erase_if(m_contents, [](const auto& kept) {
        const bool isRest = bool(kept.second);
        if (isRest)
            sendDrop(kept.first);
        return isRest;
    });
}

void DescriptorStore::dropAll()
{
    for (const auto& [name, descriptor] : m_contents)
        sendDrop(name);
    m_contents.clear();
}

void DescriptorStore::keep(const QByteArray& name, int fd)
{
    if (!isThere())
        return;
    sendKeep(name, fd);
    m_contents.insert_or_assign(name, Descriptor());
}

void DescriptorStore::drop(const QByteArray& name)
{
    if (m_contents.erase(name) > 0)
        sendDrop(name);
}

bool DescriptorStore::settle() const
{
    return !m_isThere.value_or(false) || awaitAnswer();
}

} // namespace bwt
