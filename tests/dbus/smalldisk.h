// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>
#include <QTemporaryDir>

namespace bwt::test {

/// A file system of one megabyte that can be full, or read-only. Needs root.
class SmallDisk {
public:
    SmallDisk() = default;
    ~SmallDisk();
    SmallDisk(const SmallDisk&) = delete;
    SmallDisk& operator=(const SmallDisk&) = delete;

    [[nodiscard]] bool mount();
    [[nodiscard]] QString path() const { return m_directory.path(); }
    [[nodiscard]] bool setReadOnly(bool readOnly) const;
    /// Leaves no room for a single byte.
    [[nodiscard]] bool fill() const;
    /// Takes back what fill() took.
    [[nodiscard]] bool empty() const;

private:
    QTemporaryDir m_directory;
    bool m_isMounted = false;
};

} // namespace bwt::test
