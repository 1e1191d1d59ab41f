// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "dbus/result.h"

#include <QByteArray>
#include <QElapsedTimer>
#include <QObject>
#include <QTimer>

#include <chrono>
#include <functional>
#include <memory>

namespace bwt {

/// Writes to a descriptor that a caller handed in, in a thread of its own, and leaves what the caller shares with it
/// as it is: no flag of it changes. Nobody waits for that thread: whoever reads decides how long a write takes, and
/// may hold it in the kernel for ever. Then the stream is given up, and its thread is left behind until the kernel
/// lets go of it.
class ExportStream : public QObject {
    Q_OBJECT
public:
    /// Makes the next text, in the stream's thread.
    using Text = std::function<QByteArray()>;

    /// Pipes, stream sockets and regular files that are open for writing; anything else is InvalidArgument. Takes a
    /// descriptor of its own. `held` is let go of when the thread ends, in that thread.
    [[nodiscard]] static Result<std::unique_ptr<ExportStream>> open(
        int fd, std::chrono::milliseconds patience, std::shared_ptr<void> held);
    ~ExportStream() override;
    ExportStream(const ExportStream&) = delete;
    ExportStream& operator=(const ExportStream&) = delete;

    /// Ends in written() or failed(); the next one comes after that.
    void write(Text text);

Q_SIGNALS:
    void written();
    /// The reader is gone, nothing moved for as long as `patience`, or the file can't grow.
    void failed(const bwt::Error& reason);

private:
    class Writer;
    ExportStream(std::shared_ptr<Writer> writer, std::chrono::milliseconds patience);
    void finish(const Result<void>& outcome);
    void checkProgress();

    const std::shared_ptr<Writer> m_writer; ///< shared with the thread
    const std::chrono::milliseconds m_patience;
    QTimer m_check;
    QElapsedTimer m_sinceProgress;
    quint64 m_moved = 0;
};

} // namespace bwt
