// SPDX-License-Identifier: GPL-3.0-or-later
#include "helper/service/exportstream.h"

#include "helper/source/descriptor.h"

#include <QCoreApplication>

#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <condition_variable>
#include <csignal>
#include <mutex>
#include <system_error>
#include <thread>

namespace bwt {

namespace {

constexpr std::size_t pieceBytes = 65'536; // what a pipe holds
constexpr int checksInPatience = 4;

enum class Kind { Pipe, Socket, File };

Error ioError(int code)
{
    return {ErrorCode::Io,
        code == EPIPE || code == ECONNRESET
            ? QStringLiteral("fd: nobody reads it any more")
            : QStringLiteral("fd: %1").arg(QString::fromStdString(std::generic_category().message(code)))};
}

bool isWritable(int fd)
{
    const int flags = fcntl(fd, F_GETFL);
    return flags >= 0 && (flags & O_PATH) == 0 && (flags & O_ACCMODE) != O_RDONLY;
}

Result<Kind> kindOf(int fd)
{
    struct stat about{};
    if (fstat(fd, &about) == 0 && isWritable(fd)) {
        if (S_ISFIFO(about.st_mode))
            return Kind::Pipe;
        if (S_ISREG(about.st_mode))
            return Kind::File;
        int type = 0;
        socklen_t size = sizeof type;
        if (S_ISSOCK(about.st_mode) && getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) == 0 && type == SOCK_STREAM)
            return Kind::Socket;
    }
    return failure(ErrorCode::InvalidArgument,
        QStringLiteral("fd: neither a pipe, a stream socket nor a regular file that is open for writing"));
}

} // namespace

/// What both threads know. The main thread hands in one text at a time and asks for the end; the other one does the
/// rest.
class ExportStream::Writer : public std::enable_shared_from_this<ExportStream::Writer> {
public:
    Writer(Kind kind, Descriptor out, std::shared_ptr<void> held)
        : m_kind(kind)
        , m_out(std::move(out))
        , m_held(std::move(held))
    {
    }

    [[nodiscard]] Result<void> start();
    void write(Text text);
    /// From now on `stream` hears nothing any more, and the thread ends as soon as the kernel lets it.
    void giveUp();
    [[nodiscard]] quint64 moved() const { return m_moved; }

    ExportStream* stream = nullptr; ///< of the main thread

private:
    void run();
    void report(const Result<void>& outcome);
    [[nodiscard]] Result<void> put(QByteArrayView bytes);
    [[nodiscard]] ssize_t putSome(QByteArrayView bytes);
    [[nodiscard]] Result<void> emptyStage(std::size_t bytes);
    [[nodiscard]] Result<void> awaitRoom() const;

    const Kind m_kind;
    const Descriptor m_out;
    Descriptor m_wake; ///< readable once the stream is given up
    std::array<Descriptor, 2> m_stage; ///< a pipe of our own: its end to read, its end to write
    std::shared_ptr<void> m_held;
    std::atomic<quint64> m_moved = 0;
    std::mutex m_lock; ///< of what follows
    std::condition_variable m_changed;
    Text m_text;
    bool m_isGivenUp = false;
};

Result<void> ExportStream::Writer::start()
{
    m_wake = Descriptor(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
    std::array<int, 2> ends{-1, -1};
    if (m_kind == Kind::Pipe && pipe2(ends.data(), O_CLOEXEC | O_NONBLOCK) != 0)
        return tl::unexpected(ioError(errno));
    m_stage = {Descriptor(ends[0]), Descriptor(ends[1])};
    if (!m_wake)
        return tl::unexpected(ioError(errno));
    try {
        std::thread([self = shared_from_this()] { self->run(); }).detach();
    } catch (const std::system_error&) {
        return failure(ErrorCode::LimitExceeded, QStringLiteral("no thread is left to write with"));
    }
    return {};
}

void ExportStream::Writer::write(Text text)
{
    const std::scoped_lock held(m_lock);
    m_text = std::move(text);
    m_changed.notify_one();
}

void ExportStream::Writer::giveUp()
{
    stream = nullptr;
    const std::scoped_lock held(m_lock);
    m_isGivenUp = true;
    m_changed.notify_one();
    const quint64 one = 1;
    [[maybe_unused]] const ssize_t woken = ::write(m_wake.get(), &one, sizeof one);
}

void ExportStream::Writer::run()
{
    sigset_t all;
    sigfillset(&all); // among them SIGPIPE and SIGXFSZ, which whoever reads could send
    pthread_sigmask(SIG_BLOCK, &all, nullptr);
    for (;;) {
        std::unique_lock held(m_lock);
        m_changed.wait(held, [this] { return m_isGivenUp || m_text; });
        if (m_isGivenUp)
            break;
        const Text text = std::exchange(m_text, nullptr);
        held.unlock();
        report(put(text()));
    }
    m_held.reset();
}

void ExportStream::Writer::report(const Result<void>& outcome)
{
    const std::scoped_lock held(m_lock);
    if (m_isGivenUp) // perhaps long ago, so that there may be no application any more
        return;
    const auto tell = [weak = weak_from_this(), outcome] {
        if (const auto self = weak.lock(); self && self->stream != nullptr)
            self->stream->finish(outcome);
    };
    QMetaObject::invokeMethod(QCoreApplication::instance(), tell, Qt::QueuedConnection);
}

Result<void> ExportStream::Writer::put(QByteArrayView bytes)
{
    while (!bytes.isEmpty()) {
        const QByteArrayView piece = bytes.first(std::min<qsizetype>(bytes.size(), pieceBytes));
        const ssize_t count = putSome(piece);
        if (count < 0 && errno != EAGAIN && errno != EINTR)
            return tl::unexpected(ioError(errno));
        if (count > 0)
            bytes = bytes.sliced(count);
        if (m_kind == Kind::Pipe && count > 0) {
            if (const auto emptied = emptyStage(static_cast<std::size_t>(count)); !emptied)
                return emptied;
        } else if (count > 0) {
            m_moved += static_cast<quint64>(count);
        } else if (const auto room = awaitRoom(); !room) {
            return room;
        }
    }
    return {};
}

/// As write(2). A socket can be told not to wait at each call; a file takes what it is given.
ssize_t ExportStream::Writer::putSome(QByteArrayView bytes)
{
    const auto size = static_cast<std::size_t>(bytes.size());
    switch (m_kind) {
    case Kind::Pipe:
        return ::write(m_stage[1].get(), bytes.data(), size);
    case Kind::Socket:
        return send(m_out.get(), bytes.data(), size, MSG_DONTWAIT | MSG_NOSIGNAL);
    case Kind::File:
        break;
    }
    return ::write(m_out.get(), bytes.data(), size);
}

/// Writing to a pipe waits for room, unless its description says otherwise, which is the caller's too: moving bytes
/// from another pipe can be told not to.
Result<void> ExportStream::Writer::emptyStage(std::size_t bytes)
{
    while (bytes > 0) {
        const ssize_t count
            = splice(m_stage[0].get(), nullptr, m_out.get(), nullptr, bytes, SPLICE_F_NONBLOCK | SPLICE_F_MOVE);
        if (count > 0) {
            bytes -= static_cast<std::size_t>(count);
            m_moved += static_cast<quint64>(count);
        } else if (count < 0 && errno != EAGAIN && errno != EINTR) {
            return tl::unexpected(ioError(errno));
        } else if (const auto room = awaitRoom(); !room) {
            return room;
        }
    }
    return {};
}

Result<void> ExportStream::Writer::awaitRoom() const
{
    std::array<pollfd, 2> watched{{{m_out.get(), POLLOUT, 0}, {m_wake.get(), POLLIN, 0}}};
    if (poll(watched.data(), watched.size(), -1) < 0 && errno != EINTR)
        return tl::unexpected(ioError(errno));
    if ((watched[1].revents & POLLIN) != 0)
        return failure(ErrorCode::Io, QStringLiteral("fd: given up"));
    return {};
}

Result<std::unique_ptr<ExportStream>> ExportStream::open(
    int fd, std::chrono::milliseconds patience, std::shared_ptr<void> held)
{
    const auto kind = kindOf(fd);
    if (!kind)
        return tl::unexpected(kind.error());
    Descriptor own(fcntl(fd, F_DUPFD_CLOEXEC, 0));
    if (!own)
        return tl::unexpected(ioError(errno));
    auto writer = std::make_shared<Writer>(*kind, std::move(own), std::move(held));
    return writer->start().map(
        [&] { return std::unique_ptr<ExportStream>(new ExportStream(std::move(writer), patience)); });
}

ExportStream::ExportStream(std::shared_ptr<Writer> writer, std::chrono::milliseconds patience)
    : m_writer(std::move(writer))
    , m_patience(patience)
{
    m_writer->stream = this;
    m_check.setInterval(patience / checksInPatience);
    m_check.callOnTimeout(this, &ExportStream::checkProgress);
}

ExportStream::~ExportStream()
{
    m_writer->giveUp();
}

void ExportStream::write(Text text)
{
    m_sinceProgress.start();
    m_check.start();
    m_writer->write(std::move(text));
}

void ExportStream::finish(const Result<void>& outcome)
{
    m_check.stop();
    if (outcome)
        Q_EMIT written();
    else
        Q_EMIT failed(outcome.error());
}

void ExportStream::checkProgress()
{
    if (const quint64 moved = m_writer->moved(); moved != m_moved) {
        m_moved = moved;
        m_sinceProgress.start();
    } else if (m_sinceProgress.hasExpired(m_patience.count())) {
        m_check.stop();
        m_writer->giveUp();
        Q_EMIT failed({ErrorCode::Io,
            QStringLiteral("fd: nothing was read for %1 s")
                .arg(std::chrono::duration_cast<std::chrono::seconds>(m_patience).count())});
    }
}

} // namespace bwt
