// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/views/statusline.h"

#include "app/models/format.h"
#include "app/models/theme.h"
#include "app/views/session.h"
#include "app/views/words.h"
#include "dbus/gaps.h"
#include "dbus/losses.h"

#include <QLocale>
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
    connect(&session, &Session::stateChanged, this, &StatusLine::refresh);
    refresh();
}

void StatusLine::refresh()
{
    judge();
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
    setToolTip(explanation());
    setAccessibleName(tr("Status"));
    setAccessibleDescription(text());
    update();
}

void StatusLine::judge()
{
    const auto& status = m_session.status();
    m_health = Health::Wrong;
    switch (m_session.state()) {
    case HelperClient::State::Connecting:
        m_health = Health::Unknown;
        m_verdict = tr("Waiting for the helper");
        return;
    case HelperClient::State::Missing:
        m_verdict = tr("Helper not running");
        return;
    case HelperClient::State::Silent:
        m_verdict = tr("Helper does not answer");
        return;
    case HelperClient::State::Refused:
        m_verdict = tr("Not permitted");
        return;
    case HelperClient::State::NoBus:
        m_verdict = tr("No message bus");
        return;
    case HelperClient::State::Ready:
        break;
    }
    if (!status) {
        m_health = Health::Unknown;
        m_verdict = tr("Helper found");
    } else if (status->paused) {
        m_health = Health::Paused;
        m_verdict = tr("Paused");
    } else if (!status->counting) {
        m_verdict = tr("Not counting");
    } else {
        m_health = Health::Counting;
        m_verdict = tr("Counting");
    }
}

QString StatusLine::explanation() const
{
    const auto& status = m_session.status();
    if (!status)
        return {};
    QStringList lines;
    if (status->countingSinceMs > 0)
        lines.append(tr("Counting since %1.").arg(formatMoment(status->countingSinceMs)));
    for (const Loss& loss : status->losses) {
        if (loss.count > 0)
            lines.append(loss::text(loss.code, formatCount(loss.count)) % u'.');
    }
    for (const Book& book : status->books) {
        if (const auto share = identifiedShare(book))
            lines.append(tr("%1 of what passed %2 is identified; in nobody's name: %3 received, %4 sent.")
                    .arg(formatShare(share), book.interface, formatSignedBytes(book.rx.rest()),
                        formatSignedBytes(book.tx.rest())));
    }
    if (!status->gaps.isEmpty())
        lines.append(tr("Can't be seen this way:"));
    for (const QString& code : status->gaps)
        lines.append(QStringLiteral("• ") % gap::text(code));
    if (!status->backends.isEmpty())
        lines.append(tr("What the kernel's hooks answered:"));
    for (const BackendReport& backend : status->backends)
        for (const QString& line : hookLines(backend))
            lines.append(QStringLiteral("• %1: %2").arg(words::backendName(backend.name), line));
    return lines.join(u'\n');
}

QString StatusLine::text() const
{
    return (QStringList{m_verdict} + m_facts + m_costs).join(QStringLiteral(" · "));
}

QColor StatusLine::color() const
{
    switch (m_health) {
    case Health::Counting:
        return theme::good(palette());
    case Health::Paused:
        return theme::warning(palette());
    case Health::Wrong:
        return theme::bad(palette());
    case Health::Unknown:
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
    write(m_verdict, color());
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
