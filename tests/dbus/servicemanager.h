// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>
#include <QStringList>
#include <QTemporaryDir>

#include <map>
#include <mutex>
#include <thread>

namespace bwt::test {

/// Stands in for the service manager where none runs, as far as it keeps descriptors (sd_notify(3), "FDSTORE=1"):
/// hears what a helper says through NOTIFY_SOCKET, and hands what it keeps to the next one.
class ServiceManager {
public:
    ServiceManager();
    ~ServiceManager();
    ServiceManager(const ServiceManager&) = delete;
    ServiceManager& operator=(const ServiceManager&) = delete;

    [[nodiscard]] QString socketPath() const { return m_directory.filePath(QStringLiteral("notify")); }

    /// Gives up what is kept, as when the service is stopped.
    void stopService();
    /// Keeps nothing from now on, as for a service without FileDescriptorStoreMax=.
    void keepNothing();
    /// Loses what has such a name.
    void lose(const QByteArray& prefix);
    /// Names of what is kept, once everything that was said before is done.
    [[nodiscard]] QStringList kept();
    /// Descriptors whose name begins so; the caller's own.
    [[nodiscard]] std::vector<int> duplicatesOf(const QByteArray& prefix);

    /// A command line that runs a program with what is kept, by the rules of sd_listen_fds(3).
    class Start {
    public:
        Start(ServiceManager& manager, const QStringList& command);
        ~Start();
        Start(const Start&) = delete;
        Start& operator=(const Start&) = delete;
        /// To be run while this object lives.
        [[nodiscard]] const QStringList& command() const { return m_command; }

    private:
        std::vector<int> m_inherited;
        QStringList m_command;
    };

private:
    void listen();
    void take(const QByteArray& message, std::vector<int> descriptors);
    /// Waits until everything that was said before is done.
    void settle();

    QTemporaryDir m_directory;
    int m_socket = -1;
    std::mutex m_mutex;
    std::multimap<QByteArray, int> m_kept;
    bool m_keeps = true;
    std::thread m_thread;
};

} // namespace bwt::test
