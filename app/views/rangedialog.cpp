// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/views/rangedialog.h"

#include "app/models/theme.h"

#include <QDateTimeEdit>
#include <QDialogButtonBox>
#include <QFormLayout>
#include <QLabel>
#include <QPushButton>

namespace bwt {

namespace {

QDateTimeEdit* makeEdit(qint64 ms, const QString& objectName, QWidget* parent)
{
    auto* edit = new QDateTimeEdit(QDateTime::fromMSecsSinceEpoch(ms), parent);
    edit->setObjectName(objectName);
    edit->setCalendarPopup(true);
    edit->setDisplayFormat(QStringLiteral("yyyy-MM-dd HH:mm"));
    return edit;
}

} // namespace

RangeDialog::RangeDialog(const TimeSpan& start, QWidget* parent)
    : QDialog(parent)
    , m_since(makeEdit(start.sinceMs, QStringLiteral("rangeSince"), this))
    , m_until(makeEdit(start.untilMs, QStringLiteral("rangeUntil"), this))
    , m_complaint(new QLabel(this))
{
    setObjectName(QStringLiteral("rangeDialog"));
    setWindowTitle(tr("Choose a range"));
    auto* form = new QFormLayout(this);
    form->addRow(tr("&From"), m_since);
    form->addRow(tr("&To"), m_until);
    form->addRow(m_complaint);
    auto* buttons = new QDialogButtonBox(QDialogButtonBox::Ok | QDialogButtonBox::Cancel, this);
    m_accept = buttons->button(QDialogButtonBox::Ok);
    m_accept->setText(tr("&Show"));
    form->addRow(buttons);

    QPalette palette = m_complaint->palette();
    palette.setColor(QPalette::WindowText, theme::bad(palette));
    m_complaint->setPalette(palette);
    connect(buttons, &QDialogButtonBox::accepted, this, &QDialog::accept);
    connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
    connect(m_since, &QDateTimeEdit::dateTimeChanged, this, &RangeDialog::check);
    connect(m_until, &QDateTimeEdit::dateTimeChanged, this, &RangeDialog::check);
    check();
}

TimeSpan RangeDialog::span() const
{
    return {m_since->dateTime().toMSecsSinceEpoch(), m_until->dateTime().toMSecsSinceEpoch()};
}

void RangeDialog::check()
{
    QString complaint;
    if (span().lengthMs() <= 0)
        complaint = tr("The end has to be after the start.");
    else if (m_since->dateTime() > QDateTime::currentDateTime())
        complaint = tr("The range has not begun yet.");
    m_complaint->setText(complaint);
    m_accept->setEnabled(complaint.isEmpty());
}

} // namespace bwt
