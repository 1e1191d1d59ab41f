// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/cli/exportprogress.h"
#include "app/cli/outputfile.h"
#include "app/cli/session.h"

#include <QElapsedTimer>
#include <QSocketNotifier>

#include <memory>
#include <optional>

namespace bwt::cli {

/// `bwtctl export`: the helper writes into a pipe, and what comes out of it goes to a file or to standard output, as
/// it comes. Tells on a terminal how far it is.
class Export : public QObject {
    Q_OBJECT
public:
    explicit Export(Request request);
    ~Export() override;

private:
    struct Pipe;

    void start();
    void send();
    /// Passes on what is in the pipe.
    void pass();
    void store(const QByteArray& bytes);
    void end(const Result<quint64>& rows);
    void fail(const Error& error);
    void showProgress();
    void hideProgress();

    Session m_session;
    std::unique_ptr<Pipe> m_pipe;
    std::unique_ptr<QSocketNotifier> m_notifier;
    std::unique_ptr<OutputFile> m_file;
    std::optional<ExportProgress> m_progress;
    QElapsedTimer m_sinceShown;
    const bool m_showsProgress;
    bool m_sent = false;
    bool m_isOver = false;
};

} // namespace bwt::cli
