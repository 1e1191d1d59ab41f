// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/outputfile.h"

#include <QFileInfo>

#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>

namespace bwt::cli {

namespace {

constexpr std::array endingSignals{SIGINT, SIGTERM, SIGHUP, SIGQUIT};

/// What a signal that ends the program takes away; null when there is nothing.
const char* volatile unfinished = nullptr;
QByteArray unfinishedName;

/// Ends the program as the signal would have, once it returns.
void takeAway(int number)
{
    if (unfinished != nullptr)
        unlink(unfinished);
    raise(number);
}

void handleSignals(void (*handler)(int))
{
    struct sigaction action{};
    action.sa_handler = handler;
    action.sa_flags = static_cast<int>(SA_RESETHAND);
    for (const int number : endingSignals)
        sigaction(number, &action, nullptr);
}

tl::unexpected<Error> failure(const QString& path, const QString& reason)
{
    return bwt::failure(ErrorCode::Io, QStringLiteral("can't write %1: %2").arg(path, reason));
}

} // namespace

Result<std::unique_ptr<OutputFile>> OutputFile::open(const QString& path)
{
    const QFileInfo there(path);
    if (there.exists() && !there.isFile())
        return failure(path, QStringLiteral("it is there, and no file"));
    auto file = std::unique_ptr<OutputFile>(new OutputFile(path));
    if (!file->m_file.open())
        return file->failed();
    unfinishedName = QFile::encodeName(file->m_file.fileName());
    unfinished = unfinishedName.constData();
    handleSignals(takeAway);
    return file;
}

OutputFile::OutputFile(const QString& path)
    : m_path(path)
    , m_file(path + QStringLiteral(".XXXXXX"))
{
}

OutputFile::~OutputFile()
{
    handleSignals(SIG_DFL);
    unfinished = nullptr;
}

Result<void> OutputFile::write(const QByteArray& bytes)
{
    if (m_file.write(bytes) == bytes.size())
        return {};
    return failed();
}

Result<void> OutputFile::putInPlace()
{
    if (!m_file.flush() || fsync(m_file.handle()) != 0)
        return failed();
    if (std::rename(unfinished, QFile::encodeName(m_path).constData()) != 0)
        return failure(m_path, qt_error_string(errno));
    m_file.setAutoRemove(false);
    return {};
}

tl::unexpected<Error> OutputFile::failed() const
{
    return failure(m_path, m_file.errorString());
}

} // namespace bwt::cli
