// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/export.h"

#include "app/cli/messages.h"
#include "app/cli/query.h"
#include "app/cli/text.h"
#include "app/models/format.h"

#include <QDateTime>

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cstdio>

namespace bwt::cli {

namespace {

using namespace std::chrono_literals;

constexpr std::chrono::milliseconds timeBetweenPictures = 200ms;
constexpr int pieceBytes = 65'536;
/// Each with a day to spare: what is older than a tier has its detail no more.
constexpr std::chrono::milliseconds minutesReachBack = 24h * 6;
constexpr std::chrono::milliseconds hoursReachBack = 24h * 730;

/// As fine as the range is kept.
QString stepOf(const Request& request, const TimeRange& range, qint64 nowMs)
{
    if (!request.bucket.isEmpty())
        return request.bucket;
    const std::chrono::milliseconds age(nowMs - range.sinceMs);
    if (age <= minutesReachBack)
        return QStringLiteral("minute");
    return age <= hoursReachBack ? QStringLiteral("hour") : QStringLiteral("day");
}

} // namespace

/// The helper's end and ours.
struct Export::Pipe {
    std::array<int, 2> ends{-1, -1};

    Pipe() = default;
    ~Pipe()
    {
        for (const int end : ends) {
            if (end >= 0)
                close(end);
        }
    }
    Pipe(const Pipe&) = delete;
    Pipe& operator=(const Pipe&) = delete;

    [[nodiscard]] bool open()
    {
        return pipe2(ends.data(), O_CLOEXEC) == 0 && fcntl(ends[0], F_SETFL, O_NONBLOCK) == 0;
    }
    void closeHelpersEnd() { close(std::exchange(ends[1], -1)); }
};

Export::Export(Request request)
    : m_session(std::move(request))
    , m_pipe(std::make_unique<Pipe>())
    , m_showsProgress(isatty(STDERR_FILENO) == 1
          && (!m_session.request().outputFile.isEmpty() || !m_session.output().isTerminal()))
{
    connect(&m_session.helper(), &HelperClient::stateChanged, this, &Export::start);
}

Export::~Export() = default;

void Export::start()
{
    if (m_sent)
        return; // the call's own answer tells what became of it
    const HelperClient& helper = m_session.helper();
    if (helper.state() != HelperClient::State::Ready) {
        m_session.fail(stateMessage(helper.state(), helper.error(), m_session.request()));
        return;
    }
    m_sent = true;
    send();
}

void Export::send()
{
    const Request& request = m_session.request();
    const qint64 nowMs = QDateTime::currentMSecsSinceEpoch();
    const TimeRange range = rangeOf(request);
    if (!request.outputFile.isEmpty()) {
        auto file = OutputFile::open(request.outputFile);
        if (!file) {
            fail(file.error());
            return;
        }
        m_file = std::move(*file);
    }
    if (!m_pipe->open()) {
        fail({ErrorCode::Io, qt_error_string(errno)});
        return;
    }
    m_progress.emplace(request.json ? ExportProgress::Format::Json : ExportProgress::Format::Csv, range.sinceMs,
        range.untilMs != 0 ? range.untilMs : nowMs);
    m_notifier = std::make_unique<QSocketNotifier>(m_pipe->ends[0], QSocketNotifier::Read);
    connect(m_notifier.get(), &QSocketNotifier::activated, this, &Export::pass);
    m_session.helper().exportHistory(
        {m_pipe->ends[1], range.sinceMs, range.untilMs, stepOf(request, range, nowMs),
            request.by.value_or(Dimensions{Dimension::Process, Dimension::Remote, Dimension::Protocol}),
            request.filter, request.json ? QStringLiteral("json") : QStringLiteral("csv")},
        this, [this](const Result<quint64>& rows) { end(rows); });
    m_pipe->closeHelpersEnd();
}

void Export::pass()
{
    QByteArray bytes(pieceBytes, Qt::Uninitialized);
    const ssize_t count = read(m_pipe->ends[0], bytes.data(), pieceBytes);
    if (count <= 0) {
        m_notifier->setEnabled(count < 0); // at its end it would be readable for ever
        return;
    }
    m_session.dismissAgent();
    bytes.truncate(count);
    store(bytes);
}

void Export::store(const QByteArray& bytes)
{
    m_progress->pass(bytes);
    showProgress();
    if (!m_file) {
        if (!m_session.output().write(bytes)) {
            m_isOver = true;
            m_session.finish();
        }
        return;
    }
    if (const auto stored = m_file->write(bytes); !stored)
        fail(stored.error());
}

/// Everything was in the pipe before the helper answered.
void Export::end(const Result<quint64>& rows)
{
    m_notifier->setEnabled(false);
    std::array<char, pieceBytes> piece{};
    for (ssize_t count = 1; count > 0 && !m_isOver;) {
        count = read(m_pipe->ends[0], piece.data(), piece.size());
        if (count > 0)
            store(QByteArray(piece.data(), count));
    }
    if (m_isOver)
        return;
    if (!rows) {
        fail(rows.error());
        return;
    }
    hideProgress();
    if (m_file) {
        if (const auto there = m_file->putInPlace(); !there) {
            fail(there.error());
            return;
        }
        m_session.output().print({QStringLiteral("Wrote %1 rows to %2.")
                .arg(formatCount(*rows), printable(m_session.request().outputFile))});
    }
    m_session.finish();
}

void Export::fail(const Error& error)
{
    m_isOver = true;
    if (m_notifier)
        m_notifier->setEnabled(false);
    hideProgress();
    m_file.reset();
    m_session.fail(
        error.code == ErrorCode::Io ? printable(error.detail) : failureMessage(error, m_session.request()));
}

void Export::showProgress()
{
    if (!m_showsProgress || (m_sinceShown.isValid() && !m_sinceShown.hasExpired(timeBetweenPictures.count())))
        return;
    m_sinceShown.start();
    std::fprintf(stderr, "\r\x1b[K%s", qUtf8Printable(m_progress->text()));
    std::fflush(stderr);
}

void Export::hideProgress()
{
    if (!m_sinceShown.isValid())
        return;
    std::fputs("\r\x1b[K", stderr);
    std::fflush(stderr);
}

} // namespace bwt::cli
