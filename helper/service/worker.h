// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>
#include <QThread>

#include <memory>
#include <utility>

namespace bwt {

/// A thread with one object in it. Jobs go in as functions of that object, answers come back to `home`'s thread, both
/// in the order in which they were sent; nothing else is shared. `home` outlives the worker.
template <typename T> class Worker {
public:
    /// `make()` builds the object in its thread, where it also ends.
    template <typename Make>
    Worker(const QString& name, QObject* home, Make make)
        : m_home(home)
    {
        m_thread.setObjectName(name);
        m_door.moveToThread(&m_thread);
        m_thread.start();
        enter([&] { m_object = make(); }, Qt::BlockingQueuedConnection);
    }
    /// Waits for the jobs handed in before.
    ~Worker()
    {
        enter([this] { m_object.reset(); }, Qt::BlockingQueuedConnection);
        m_thread.quit();
        m_thread.wait();
    }
    Worker(const Worker&) = delete;
    Worker& operator=(const Worker&) = delete;

    /// Does `job(object)` in the thread, then `reply(answer)` at home, where what the reply holds also ends: moving
    /// the pointer leaves nothing behind in the thread, as moving a reply with constant members would.
    template <typename Job, typename Reply> void run(Job job, Reply reply)
    {
        enter(
            [this, job = std::move(job), held = std::make_unique<Reply>(std::move(reply))]() mutable {
                auto goHome
                    = [held = std::move(held), answer = job(*m_object)]() mutable { (*held)(std::move(answer)); };
                QMetaObject::invokeMethod(m_home, std::move(goHome), Qt::QueuedConnection);
            },
            Qt::QueuedConnection);
    }

    /// Does `job(object)` in the thread; nobody waits for it.
    template <typename Job> void tell(Job job)
    {
        enter([this, job = std::move(job)]() mutable { job(*m_object); }, Qt::QueuedConnection);
    }

    /// Does `job(object)` in the thread and waits. For the start, when nothing else runs yet.
    template <typename Job> auto ask(Job job)
    {
        decltype(job(std::declval<T&>())) answer;
        enter([&] { answer = job(*m_object); }, Qt::BlockingQueuedConnection);
        return answer;
    }

    /// For connecting the object's signals; not for calls.
    [[nodiscard]] const T* object() const { return m_object.get(); }

private:
    template <typename Function> void enter(Function function, Qt::ConnectionType how)
    {
        QMetaObject::invokeMethod(&m_door, std::move(function), how);
    }

    QObject* m_home;
    QThread m_thread;
    QObject m_door; ///< lives in the thread, so that what is posted to it runs there
    std::unique_ptr<T> m_object;
};

} // namespace bwt
