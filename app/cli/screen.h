// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>
#include <QSocketNotifier>
#include <QStringList>

#include <termios.h>

#include <memory>
#include <optional>

namespace bwt::cli {

class Output;

/// The terminal taken over: the alternate screen without cursor, keys one by one. Gives it back when it goes, and
/// while the process is stopped. One at a time.
class Screen : public QObject {
    Q_OBJECT
public:
    explicit Screen(Output& output, QObject* parent = nullptr);
    ~Screen() override;
    Screen(const Screen&) = delete;
    Screen& operator=(const Screen&) = delete;

    /// Redraws in place.
    void show(const QStringList& lines);

Q_SIGNALS:
    /// The size may have changed, or something else drew here.
    void stale();
    /// Ctrl-C, q, or a signal that ends programs.
    void quit();

private:
    void enter();
    void leave();
    void readKeys();
    void readSignals();

    Output& m_output;
    std::optional<termios> m_before; ///< how the keyboard was, where there is one
    std::unique_ptr<QSocketNotifier> m_keys;
    std::unique_ptr<QSocketNotifier> m_signals;
};

} // namespace bwt::cli
