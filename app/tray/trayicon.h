// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/tray/traymeter.h"

#include <QMenu>
#include <QObject>
#include <QSystemTrayIcon>

namespace bwt {

class Actions;
class Session;

/// Rates in the panel: a live icon, the rates as its tooltip, and a menu with who causes them.
class TrayIcon : public QObject {
    Q_OBJECT
public:
    TrayIcon(Session& session, Actions& actions, QObject* parent = nullptr);

    void show() { m_icon.show(); }

    // What the panel shows, for tests.
    [[nodiscard]] QString toolTip() const { return m_icon.toolTip(); }
    [[nodiscard]] QMenu& menu() { return m_menu; }

Q_SIGNALS:
    void openRequested();

private:
    void refresh();
    void refreshIcon();
    [[nodiscard]] QString ratesText() const;

    static constexpr int talkersShown = 5;

    Session& m_session;
    QSystemTrayIcon m_icon;
    QMenu m_menu;
    QAction* m_rates;
    QList<QAction*> m_talkers;
    QAction* m_nobody;
    QList<MeterSample> m_drawn;
    bool m_drawnPale = false;
};

} // namespace bwt
