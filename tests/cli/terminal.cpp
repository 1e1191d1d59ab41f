// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/cli/terminal.h"

#include "tests/dbus/childprocess.h"

#include <fcntl.h>
#include <pty.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include <array>
#include <functional>

namespace bwt::test {

namespace {

winsize windowOf(QSize size)
{
    winsize window{};
    window.ws_col = static_cast<unsigned short>(size.width());
    window.ws_row = static_cast<unsigned short>(size.height());
    return window;
}

} // namespace

Terminal::Terminal(QSize size, std::optional<uid_t> user)
{
    const winsize window = windowOf(size);
    if (openpty(&m_ours, &m_theirs, nullptr, nullptr, &window) != 0)
        return;
    fcntl(m_ours, F_SETFL, O_NONBLOCK);
    m_reader = std::make_unique<QSocketNotifier>(m_ours, QSocketNotifier::Read);
    QObject::connect(m_reader.get(), &QSocketNotifier::activated, m_reader.get(), [this] { read(); });
    const std::function<void()> becomeUser = [&] {
        tie(m_process, user);
        return m_process.childProcessModifier();
    }();
    if (user && fchown(m_theirs, *user, *user) != 0)
        qWarning("the terminal can't be given away");
    m_process.setChildProcessModifier([theirs = m_theirs, becomeUser] {
        becomeUser();
        setsid();
        ioctl(theirs, TIOCSCTTY, 0);
        for (const int standard : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO})
            dup2(theirs, standard);
    });
}

Terminal::~Terminal()
{
    m_process.kill();
    m_process.waitForFinished();
    m_reader.reset();
    close(m_ours);
    close(m_theirs);
}

bool Terminal::start(const QString& program, const QStringList& arguments)
{
    m_process.start(program, arguments);
    return m_process.waitForStarted();
}

void Terminal::type(const QByteArray& keys) const
{
    if (write(m_ours, keys.constData(), static_cast<std::size_t>(keys.size())) != keys.size())
        qWarning("the terminal does not take keys");
}

void Terminal::resize(QSize size) const
{
    const winsize window = windowOf(size);
    ioctl(m_ours, TIOCSWINSZ, &window);
}

bool Terminal::isAsBefore() const
{
    termios state{};
    constexpr tcflag_t usual = ICANON | ECHO;
    return tcgetattr(m_theirs, &state) == 0 && (state.c_lflag & usual) == usual;
}

void Terminal::read()
{
    std::array<char, 4096> chunk{};
    for (ssize_t count = 0; (count = ::read(m_ours, chunk.data(), chunk.size())) > 0;)
        m_drawn.append(chunk.data(), count);
}

} // namespace bwt::test
