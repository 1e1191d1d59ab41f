// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>

class QAction;

namespace bwt {

class Session;

/// What window and tray offer alike.
class Actions : public QObject {
    Q_OBJECT
public:
    explicit Actions(Session& session, QObject* parent = nullptr);

    QAction* open;
    QAction* everyone;
    QAction* pause;
    QAction* quit;

private:
    void refresh();

    Session& m_session;
};

} // namespace bwt
