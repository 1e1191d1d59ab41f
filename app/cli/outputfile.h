// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "dbus/result.h"

#include <QByteArray>
#include <QString>
#include <QTemporaryFile>

#include <memory>

namespace bwt::cli {

/// A file that is there whole or not at all: it is written beside its place, and put there at the end. Whatever ends
/// the program before, Ctrl-C among it, leaves nothing of it. One at a time.
class OutputFile {
public:
    /// Takes the place of a regular file, and of nothing else.
    [[nodiscard]] static Result<std::unique_ptr<OutputFile>> open(const QString& path);
    ~OutputFile();
    OutputFile(const OutputFile&) = delete;
    OutputFile& operator=(const OutputFile&) = delete;

    [[nodiscard]] Result<void> write(const QByteArray& bytes);
    [[nodiscard]] Result<void> putInPlace();

private:
    explicit OutputFile(const QString& path);
    [[nodiscard]] tl::unexpected<Error> failed() const;

    const QString m_path;
    QTemporaryFile m_file;
};

} // namespace bwt::cli
