// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QHash>
#include <QObject>
#include <QStringList>

#include <chrono>
#include <functional>
#include <memory>
#include <vector>

namespace bwt {

/// What an address's owner calls it, as this computer's resolver finds out; null where there is nothing. Waits for
/// the network.
[[nodiscard]] QString reverseName(const QString& address);

/// Looks up such names in threads of its own. That asks the network, so it is for a user's own request alone, and
/// what it finds is not what programs asked for: to be marked where it shows.
class ReverseNames : public QObject {
    Q_OBJECT
public:
    using Resolve = std::function<QString(const QString& address)>;
    using Names = QHash<QString, QString>; ///< by address; without those that have none

    explicit ReverseNames(std::chrono::milliseconds patience = std::chrono::seconds(5),
        Resolve resolve = &reverseName, QObject* parent = nullptr);
    ~ReverseNames() override;

    /// Answers once, later than the call, with what was found in time. `context` going first cancels.
    void lookUp(const QStringList& addresses, QObject* context, std::function<void(const Names&)> reply);

    static constexpr int mostThreads = 8; ///< for one call

private:
    class Job;

    std::chrono::milliseconds m_patience;
    Resolve m_resolve;
    std::vector<std::weak_ptr<Job>> m_jobs;
};

} // namespace bwt
