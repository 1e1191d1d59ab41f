// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/views/statusline.h"

#include "app/models/format.h"
#include "app/models/theme.h"
#include "app/views/session.h"
#include "app/views/words.h"

#include <QLocale>
#include <QMouseEvent>
#include <QPainter>

#include <algorithm>

namespace bwt {

namespace {

constexpr int margin = 14;

QString percent(double share)
{
    return QLocale().toString(share * 100, 'f', 1);
}

} // namespace

StatusLine::StatusLine(Session& session, QWidget* parent)
    : QWidget(parent)
    , m_session(session)
{
    setObjectName(QStringLiteral("statusLine"));
    setSizePolicy(QSizePolicy::Preferred, QSizePolicy::Fixed);
    setAccessibleName(tr("Status"));
    setToolTip(tr("Opens the diagnosis"));
    setCursor(Qt::PointingHandCursor);
    connect(&session, &Session::stateChanged, this, &StatusLine::refresh);
    refresh();
}

void StatusLine::refresh()
{
    m_verdict = diagnosis::verdict(m_session.state(), m_session.status());
    m_facts.clear();
    m_costs.clear();
    const auto& status = m_session.status();
    if (status && m_session.state() == HelperClient::State::Ready) {
        if (!status->backend.isEmpty())
            m_facts.append(words::backendName(status->backend));
        if (!status->kernel.isEmpty())
            m_facts.append(tr("kernel %1").arg(status->kernel));
        const bool hasLosses = std::ranges::any_of(status->losses, [](const Loss& loss) { return loss.count > 0; });
        m_facts.append(hasLosses ? tr("not everything was seen") : tr("nothing lost"));
        if (status->identified)
            m_facts.append(tr("%1 identified").arg(formatShare(status->identified)));
        if (const auto share = m_session.cpuShare())
            m_costs.append(tr("own cost %1 % CPU").arg(percent(*share)));
        if (status->residentBytes > 0)
            m_costs.append(formatBytes(status->residentBytes));
        m_costs.append(tr("history %1").arg(formatBytes(status->databaseBytes)));
    }
    setAccessibleDescription(text());
    update();
}

QString StatusLine::text() const
{
    return (QStringList{m_verdict.text} + m_facts + m_costs).join(QStringLiteral(" · "));
}

QColor StatusLine::color() const
{
    switch (m_verdict.health) {
    case diagnosis::Health::Good:
        return theme::good(palette());
    case diagnosis::Health::Paused:
        return theme::warning(palette());
    case diagnosis::Health::Wrong:
        return theme::bad(palette());
    case diagnosis::Health::Unknown:
        break;
    }
    return theme::muted(palette());
}

QSize StatusLine::sizeHint() const
{
    return {fontMetrics().height() * 30, fontMetrics().height() * 7 / 4};
}

QSize StatusLine::minimumSizeHint() const
{
    return {fontMetrics().height() * 10, sizeHint().height()};
}

void StatusLine::mouseReleaseEvent(QMouseEvent* event)
{
    if (event->button() == Qt::LeftButton && rect().contains(event->position().toPoint()))
        Q_EMIT pressed();
}

void StatusLine::paintEvent(QPaintEvent*)
{
    QPainter painter(this);
    painter.fillRect(rect(), palette().base());
    painter.setPen(QPen(theme::border(palette()), 1));
    painter.drawLine(0, 0, width(), 0);

    const QRect inside = rect().adjusted(margin, 1, -margin, 0);
    const double side = fontMetrics().height() * 0.5;
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(Qt::NoPen);
    painter.setBrush(color());
    painter.drawEllipse(QRectF(inside.left(), inside.center().y() - side / 2 + 1, side, side));

    int x = inside.left() + static_cast<int>(side) + 6;
    const auto write = [&](const QString& text, const QColor& pen) {
        painter.setPen(pen);
        const QString elided = fontMetrics().elidedText(text, Qt::ElideRight, inside.right() - x);
        painter.drawText(QRect(x, inside.top(), inside.right() - x, inside.height()), Qt::AlignVCenter, elided);
        x += fontMetrics().horizontalAdvance(elided) + 18;
    };
    write(m_verdict.text, color());
    // Costs give way to facts where the line is short.
    const QString costs = m_costs.join(QStringLiteral(" · "));
    for (const QString& fact : m_facts)
        write(fact, theme::muted(palette()));
    if (inside.right() - x >= fontMetrics().horizontalAdvance(costs)) {
        painter.setPen(theme::muted(palette()));
        painter.drawText(inside, Qt::AlignVCenter | Qt::AlignRight, costs);
    }
}

} // namespace bwt
