// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/client/reversenames.h"

#include <QCoreApplication>
#include <QPointer>
#include <QTimer>

#include <arpa/inet.h>
#include <netdb.h>

#include <algorithm>
#include <array>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>

namespace bwt {

namespace {

bool isPlain(char byte)
{
    return ('a' <= byte && byte <= 'z') || ('A' <= byte && byte <= 'Z') || ('0' <= byte && byte <= '9') || byte == '.'
        || byte == '-' || byte == '_';
}

} // namespace

QString reverseName(const QString& address)
{
    const QByteArray text = address.toLatin1();
    sockaddr_in v4{};
    sockaddr_in6 v6{};
    v4.sin_family = AF_INET;
    v6.sin6_family = AF_INET6;
    const bool is4 = inet_pton(AF_INET, text.constData(), &v4.sin_addr) == 1;
    if (!is4 && inet_pton(AF_INET6, text.constData(), &v6.sin6_addr) != 1)
        return {};
    const auto* const socketAddress
        = is4 ? reinterpret_cast<const sockaddr*>(&v4) : reinterpret_cast<const sockaddr*>(&v6);
    std::array<char, NI_MAXHOST> name{};
    if (getnameinfo(socketAddress, is4 ? sizeof v4 : sizeof v6, name.data(), name.size(), nullptr, 0, NI_NAMEREQD)
        != 0)
        return {};
    const QByteArray found = QByteArray(name.data()).toLower();
    return std::ranges::all_of(found, isPlain) ? QString::fromLatin1(found) : QString();
}

/// What both sides know of one call. A thread that waits for the network is left behind where its answer comes late.
class ReverseNames::Job : public std::enable_shared_from_this<Job> {
public:
    Job(QStringList addresses, Resolve resolve, std::function<void(const Names&)> reply)
        : m_resolve(std::move(resolve))
        , m_reply(std::move(reply))
        , m_waiting(std::move(addresses))
        , m_open(m_waiting.size())
    {
    }

    void start()
    {
        try {
            for (qsizetype threads = std::min<qsizetype>(mostThreads, m_open); threads > 0; --threads)
                std::thread([self = shared_from_this()] { self->run(); }).detach();
        } catch (const std::system_error&) {
            // The threads that there are do it, or nobody does.
        }
    }
    /// In the main thread; once.
    void finish()
    {
        if (const auto reply = close())
            reply(m_found);
    }
    void cancel() { static_cast<void>(close()); }

private:
    [[nodiscard]] std::function<void(const Names&)> close()
    {
        const std::scoped_lock held(m_lock);
        m_isOver = true;
        return std::exchange(m_reply, nullptr);
    }

    void run()
    {
        for (;;) {
            std::unique_lock held(m_lock);
            if (m_isOver || m_waiting.isEmpty())
                return;
            const QString address = m_waiting.takeFirst();
            held.unlock();
            const QString name = m_resolve(address);
            held.lock();
            if (m_isOver) // perhaps long ago, so that there may be no application any more
                return;
            if (!name.isNull())
                m_found.insert(address, name);
            if (--m_open == 0)
                QMetaObject::invokeMethod(
                    QCoreApplication::instance(), [self = shared_from_this()] { self->finish(); },
                    Qt::QueuedConnection);
        }
    }

    const Resolve m_resolve;
    std::mutex m_lock; ///< of what follows
    std::function<void(const Names&)> m_reply;
    QStringList m_waiting;
    Names m_found; ///< changes no more once it is over
    qsizetype m_open;
    bool m_isOver = false;
};

ReverseNames::ReverseNames(std::chrono::milliseconds patience, Resolve resolve, QObject* parent)
    : QObject(parent)
    , m_patience(patience)
    , m_resolve(std::move(resolve))
{
}

ReverseNames::~ReverseNames()
{
    for (const std::weak_ptr<Job>& weak : m_jobs) {
        if (const auto job = weak.lock())
            job->cancel();
    }
}

void ReverseNames::lookUp(const QStringList& addresses, QObject* context, std::function<void(const Names&)> reply)
{
    std::erase_if(m_jobs, [](const std::weak_ptr<Job>& job) { return job.expired(); });
    auto job = std::make_shared<Job>(addresses, m_resolve, [guard = QPointer(context), reply](const Names& names) {
        if (guard)
            reply(names);
    });
    m_jobs.push_back(job);
    job->start();
    QTimer::singleShot(
        addresses.isEmpty() ? std::chrono::milliseconds::zero() : m_patience, this, [job] { job->finish(); });
}

} // namespace bwt
