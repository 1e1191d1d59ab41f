// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/tray/trayicon.h"

#include "app/models/format.h"
#include "app/views/actions.h"
#include "app/views/session.h"

#include <QAction>
#include <QIcon>

namespace bwt {

namespace {

constexpr qsizetype samplesShown = 11;

} // namespace

TrayIcon::TrayIcon(Session& session, Actions& actions, QObject* parent)
    : QObject(parent)
    , m_session(session)
    , m_rates(new QAction(this))
    , m_nobody(new QAction(tr("Nobody sends or receives"), this))
{
    m_rates->setEnabled(false);
    m_nobody->setEnabled(false);
    m_menu.addAction(m_rates);
    m_menu.addSeparator();
    for (int i = 0; i < talkersShown; ++i) {
        m_talkers.append(m_menu.addAction(QString()));
        connect(m_talkers.last(), &QAction::triggered, this, &TrayIcon::openRequested);
    }
    m_menu.addAction(m_nobody);
    m_menu.addSeparator();
    m_menu.addAction(actions.everyone);
    m_menu.addAction(actions.pause);
    m_menu.addSeparator();
    m_menu.addAction(actions.open);
    m_menu.addAction(actions.quit);
    m_icon.setContextMenu(&m_menu);

    connect(&m_icon, &QSystemTrayIcon::activated, this, [this](QSystemTrayIcon::ActivationReason reason) {
        if (reason == QSystemTrayIcon::Trigger)
            Q_EMIT openRequested();
    });
    connect(actions.open, &QAction::triggered, this, &TrayIcon::openRequested);
    connect(actions.everyone, &QAction::triggered, this, &TrayIcon::openRequested); // that is where they show
    connect(&session, &Session::numbersChanged, this, &TrayIcon::refresh);
    connect(&session, &Session::stateChanged, this, &TrayIcon::refresh);
    refreshIcon();
    refresh();
}

QString TrayIcon::ratesText() const
{
    if (m_session.state() != HelperClient::State::Ready)
        return tr("No contact with the helper");
    if (m_session.status() && m_session.status()->paused)
        return tr("Recording is paused");
    const Numbers now = m_session.now();
    return tr("%1 ↓   %2 ↑").arg(formatRate(now.rxRate), formatRate(now.txRate));
}

void TrayIcon::refresh()
{
    m_rates->setText(ratesText());
    m_icon.setToolTip(tr("Bandwidth Tracker") % u'\n' % ratesText());
    const QList<UsageGroup> talkers
        = m_session.isStale() ? QList<UsageGroup>() : m_session.topTalkers(m_talkers.size());
    for (qsizetype i = 0; i < m_talkers.size(); ++i) {
        m_talkers.at(i)->setVisible(i < talkers.size());
        if (i >= talkers.size())
            continue;
        const UsageGroup& group = talkers.at(i);
        // An ampersand in a name is no accelerator.
        m_talkers.at(i)->setText(tr("%1   %2 ↓  %3 ↑")
                .arg(QString(group.name).replace(u'&', QStringLiteral("&&")), formatRate(group.row.numbers.rxRate),
                    formatRate(group.row.numbers.txRate)));
    }
    m_nobody->setVisible(talkers.isEmpty());
    refreshIcon();
}

/// Panels redraw their whole row for a new icon, so it changes only when the picture does.
void TrayIcon::refreshIcon()
{
    const auto samples = meterSamples(m_session.liveTimeline(), m_session.choice().scope, samplesShown);
    const bool isPale = m_session.state() != HelperClient::State::Ready;
    if (samples == m_drawn && isPale == m_drawnPale && !m_icon.icon().isNull())
        return;
    m_drawn = samples;
    m_drawnPale = isPale;
    QIcon icon;
    for (const int side : {22, 44})
        icon.addPixmap(meterPixmap(samples, side, isPale));
    m_icon.setIcon(icon);
}

} // namespace bwt
