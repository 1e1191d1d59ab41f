// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/cli/livescreen.h"
#include "app/cli/livetotals.h"
#include "app/cli/screen.h"
#include "app/cli/session.h"

#include <QTimer>

namespace bwt::cli {

/// `bwtctl live`: on a terminal a screen that redraws itself, elsewhere lines, with --once a single frame. A helper
/// or bus that goes away is waited for once frames have come.
class Live : public QObject {
    Q_OBJECT
public:
    explicit Live(Request request);

private:
    void handleState();
    void handleFrame(const Frame& frame, bool complete);
    void giveUp();
    void draw();
    void printOnce();
    void printJson(QJsonDocument::JsonFormat format);
    void printChanges();
    [[nodiscard]] QList<Row> rows() const;
    [[nodiscard]] LivePicture picture() const;

    Session m_session;
    const bool m_hasPanels;
    const Dimensions m_by;
    LiveTotals m_totals;
    std::unique_ptr<Screen> m_screen;
    QString m_trouble; ///< why no frames come; empty while they do
    QTimer m_patience; ///< for the first frames
};

} // namespace bwt::cli
