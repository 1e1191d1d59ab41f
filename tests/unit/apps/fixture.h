// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "helper/source/trafficsource.h"

#include <QByteArray>
#include <QJsonObject>
#include <QTemporaryDir>

#include <vector>

namespace bwt::test {

/// A file of tests/fixtures/apps, laid out below a folder as the machine that it describes would have it.
class Fixture {
public:
    enum class Processes { Living, Gone };

    Fixture(const QString& path, Processes processes);

    [[nodiscard]] QByteArray root() const { return m_folder.path().toUtf8(); }
    /// As the kernel tells of them.
    [[nodiscard]] std::vector<ProcessInfo> processes() const { return m_processes; }
    /// As the file has them, in the same order.
    [[nodiscard]] const std::vector<QJsonObject>& described() const { return m_described; }

    /// A process more, and what is in its folder of /proc.
    void add(const QJsonObject& process, Processes processes);

private:
    void write(const QByteArray& path, const QByteArray& contents) const;
    void link(const QByteArray& path, const QByteArray& target) const;
    [[nodiscard]] std::uint64_t group(const QByteArray& path) const;

    QTemporaryDir m_folder;
    std::vector<ProcessInfo> m_processes;
    std::vector<QJsonObject> m_described;
};

} // namespace bwt::test
