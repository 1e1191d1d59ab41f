// SPDX-License-Identifier: GPL-3.0-or-later
#include "helper/proc/patientreader.h"

#include "helper/proc/boundedfile.h"

#include <condition_variable>
#include <mutex>
#include <thread>
#include <utility>

namespace bwt {

/// Where a thread that reads is handed its work, and hands it back.
struct PatientReader::Desk {
    std::mutex mutex;
    std::condition_variable changed;
    Descriptor file; ///< to be read
    qsizetype limit = 0;
    QByteArray contents; ///< that was read
    bool isReading = false; ///< or about to
    bool isClosed = false; ///< nobody will ask any more

    static void work(const std::shared_ptr<Desk>& desk)
    {
        std::unique_lock lock(desk->mutex);
        for (;;) {
            desk->changed.wait(lock, [&] { return desk->isReading || desk->isClosed; });
            if (desk->isClosed)
                return;
            const Descriptor file = std::exchange(desk->file, Descriptor());
            const qsizetype limit = desk->limit;
            lock.unlock();
            QByteArray contents = contentsOf(file, limit);
            lock.lock();
            desk->contents = std::move(contents);
            desk->isReading = false;
            desk->changed.notify_all();
        }
    }
};

PatientReader::PatientReader(std::chrono::milliseconds patience)
    : m_patience(patience)
{
}

PatientReader::PatientReader(PatientReader&&) noexcept = default;

PatientReader::~PatientReader()
{
    if (!m_desk)
        return;
    const std::lock_guard lock(m_desk->mutex);
    m_desk->isClosed = true;
    m_desk->changed.notify_all();
}

QByteArray PatientReader::read(Descriptor file, qsizetype limit)
{
    if (!file)
        return {};
    if (!m_desk) {
        m_desk = std::make_shared<Desk>();
        std::thread(&Desk::work, m_desk).detach(); // it may never come back
    }
    std::unique_lock lock(m_desk->mutex);
    if (m_desk->isReading)
        return {};
    m_desk->file = std::move(file);
    m_desk->limit = limit;
    m_desk->isReading = true;
    m_desk->changed.notify_all();
    if (!m_desk->changed.wait_for(lock, m_patience, [this] { return !m_desk->isReading; }))
        return {};
    return std::exchange(m_desk->contents, QByteArray());
}

} // namespace bwt
