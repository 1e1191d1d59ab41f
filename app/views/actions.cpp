// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/views/actions.h"

#include "app/views/session.h"

#include <QAction>

namespace bwt {

Actions::Actions(Session& session, QObject* parent)
    : QObject(parent)
    , open(new QAction(tr("&Open"), this))
    , everyone(new QAction(this))
    , pause(new QAction(this))
    , quit(new QAction(tr("&Quit"), this))
    , m_session(session)
{
    open->setObjectName(QStringLiteral("actionOpen"));
    everyone->setObjectName(QStringLiteral("actionEveryone"));
    pause->setObjectName(QStringLiteral("actionPause"));
    quit->setObjectName(QStringLiteral("actionQuit"));
    quit->setShortcut(QKeySequence::Quit);

    connect(everyone, &QAction::triggered, this, [this] { m_session.setWantsEveryone(!m_session.seesEveryone()); });
    connect(pause, &QAction::triggered, this,
        [this] { m_session.setPaused(!(m_session.status() && m_session.status()->paused)); });
    connect(&session, &Session::stateChanged, this, &Actions::refresh);
    refresh();
}

/// The dots promise a question before anything happens.
void Actions::refresh()
{
    const bool isReady = m_session.state() == HelperClient::State::Ready;
    const bool isPaused = m_session.status() && m_session.status()->paused;
    const bool isGivenAnyway = m_session.seesEveryone() && !m_session.wantsEveryone();
    everyone->setText(isGivenAnyway    ? tr("Everyone's are shown")
            : m_session.seesEveryone() ? tr("Show only &mine")
                                       : tr("Show &everyone's…"));
    everyone->setEnabled((isReady && !isGivenAnyway) || m_session.state() == HelperClient::State::Refused);
    pause->setText(isPaused ? tr("&Resume recording…") : tr("&Pause recording…"));
    pause->setEnabled(isReady && m_session.status());
}

} // namespace bwt
