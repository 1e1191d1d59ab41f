// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/screen.h"

#include "app/cli/output.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>

namespace bwt::cli {

namespace {

constexpr auto enterScreen = "\x1b[?1049h\x1b[?25l\x1b[?7l"; // other buffer, no cursor, no wrapping
constexpr auto leaveScreen = "\x1b[?7h\x1b[?25h\x1b[?1049l";

constexpr std::array watchedSignals{SIGINT, SIGTERM, SIGHUP, SIGWINCH, SIGTSTP, SIGCONT};

/// Signals come to the event loop through this pipe (the "self-pipe trick").
std::array<int, 2> signalPipe{-1, -1};

void forwardSignal(int number)
{
    const int before = errno;
    const auto byte = static_cast<unsigned char>(number);
    [[maybe_unused]] const ssize_t written = write(signalPipe[1], &byte, 1); // a full pipe holds enough of them
    errno = before;
}

void handleSignals(void (*handler)(int))
{
    struct sigaction action{};
    action.sa_handler = handler;
    action.sa_flags = SA_RESTART;
    for (const int number : watchedSignals)
        sigaction(number, &action, nullptr);
}

} // namespace

Screen::Screen(Output& output, QObject* parent)
    : QObject(parent)
    , m_output(output)
{
    if (pipe2(signalPipe.data(), O_CLOEXEC | O_NONBLOCK) == 0) {
        m_signals = std::make_unique<QSocketNotifier>(signalPipe[0], QSocketNotifier::Read);
        connect(m_signals.get(), &QSocketNotifier::activated, this, &Screen::readSignals);
        handleSignals(forwardSignal);
    }
    if (termios now{}; tcgetattr(STDIN_FILENO, &now) == 0) {
        m_before = now;
        m_keys = std::make_unique<QSocketNotifier>(STDIN_FILENO, QSocketNotifier::Read);
        connect(m_keys.get(), &QSocketNotifier::activated, this, &Screen::readKeys);
    }
    enter();
}

Screen::~Screen()
{
    leave();
    handleSignals(SIG_DFL);
    m_signals.reset();
    for (int& end : signalPipe)
        close(std::exchange(end, -1));
}

void Screen::show(const QStringList& lines)
{
    // line by line over what is there, in one piece: nothing flickers
    QByteArray bytes = "\x1b[H";
    for (qsizetype i = 0; i < lines.size(); ++i)
        bytes += (i == 0 ? "\x1b[2K" : "\r\n\x1b[2K") + lines[i].toUtf8();
    if (!m_output.write(bytes))
        Q_EMIT quit();
}

void Screen::enter()
{
    if (m_before) {
        termios single = *m_before;
        single.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO);
        single.c_cc[VMIN] = 1;
        single.c_cc[VTIME] = 0;
        tcsetattr(STDIN_FILENO, TCSANOW, &single);
    }
    m_output.write(enterScreen);
}

void Screen::leave()
{
    m_output.write(leaveScreen);
    if (m_before)
        tcsetattr(STDIN_FILENO, TCSANOW, &*m_before);
}

void Screen::readKeys()
{
    std::array<char, 64> keys{};
    const ssize_t count = read(STDIN_FILENO, keys.data(), keys.size());
    if (count <= 0) { // the terminal is gone
        m_keys->setEnabled(false);
        Q_EMIT quit();
        return;
    }
    if (keys[0] == 'q' || keys[0] == 'Q')
        Q_EMIT quit();
}

void Screen::readSignals()
{
    unsigned char number = 0;
    while (read(signalPipe[0], &number, 1) == 1) {
        switch (number) {
        case SIGWINCH:
            Q_EMIT stale();
            break;
        case SIGTSTP:
            leave();
            raise(SIGSTOP);
            break;
        case SIGCONT:
            enter();
            Q_EMIT stale();
            break;
        default:
            Q_EMIT quit();
            return;
        }
    }
}

} // namespace bwt::cli
