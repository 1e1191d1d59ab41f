// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/views/segments.h"

#include "app/models/theme.h"

#include <QButtonGroup>
#include <QEvent>
#include <QHBoxLayout>
#include <QPainter>

namespace bwt {

namespace {

constexpr double radius = 6;

QFont emphasised(QFont font)
{
    font.setWeight(QFont::DemiBold);
    return font;
}

class Segment : public QAbstractButton {
public:
    Segment(const QString& text, QWidget* parent)
        : QAbstractButton(parent)
    {
        setText(text);
        setCheckable(true);
        setFocusPolicy(Qt::StrongFocus);
    }

    [[nodiscard]] QSize sizeHint() const override
    {
        // As wide as when it is chosen, so that choosing moves nothing.
        const QFontMetrics metrics(emphasised(font()));
        const int em = fontMetrics().height();
        return {metrics.horizontalAdvance(text()) + em * 3 / 2, em * 15 / 8};
    }

protected:
    void paintEvent(QPaintEvent*) override
    {
        QPainter painter(this);
        painter.setRenderHint(QPainter::Antialiasing);
        painter.setOpacity(isEnabled() ? 1 : 0.45);
        const QRectF inside = QRectF(rect()).adjusted(1, 1, -1, -1);
        painter.setPen(Qt::NoPen);
        if (isChecked() || isDown() || underMouse()) {
            const QColor quiet = theme::blend(palette().color(QPalette::Base), palette().color(QPalette::Text), 0.06);
            painter.setBrush(isChecked() ? theme::chosen(palette()) : quiet);
            painter.drawRoundedRect(inside, radius - 1, radius - 1);
        }
        if (hasFocus()) {
            painter.setBrush(Qt::NoBrush);
            painter.setPen(QPen(theme::accent(palette()), 2));
            painter.drawRoundedRect(inside.adjusted(1, 1, -1, -1), radius - 2, radius - 2);
        }
        if (isChecked())
            painter.setFont(emphasised(font()));
        painter.setPen(isChecked() ? palette().color(QPalette::Text) : theme::muted(palette()));
        painter.drawText(rect(), Qt::AlignCenter, text());
    }

    bool event(QEvent* event) override
    {
        if (event->type() == QEvent::Enter || event->type() == QEvent::Leave)
            update();
        return QAbstractButton::event(event);
    }
};

} // namespace

Segments::Segments(const QString& accessibleName, QWidget* parent)
    : QWidget(parent)
    , m_buttons(new QButtonGroup(this))
    , m_layout(new QHBoxLayout(this))
{
    setAccessibleName(accessibleName);
    m_layout->setContentsMargins(0, 0, 0, 0);
    m_layout->setSpacing(0);
    setSizePolicy(QSizePolicy::Fixed, QSizePolicy::Fixed);
    connect(m_buttons, &QButtonGroup::idClicked, this, &Segments::chosen);
}

void Segments::addChoice(int id, const QString& text, const QString& objectName)
{
    auto* segment = new Segment(text, this);
    segment->setObjectName(objectName);
    segment->setAccessibleName(accessibleName() % QStringLiteral(": ") % text);
    m_buttons->addButton(segment, id);
    m_layout->addWidget(segment);
}

void Segments::setThere(int id, bool isThere)
{
    m_buttons->button(id)->setVisible(isThere || id == current());
}

void Segments::setText(int id, const QString& text)
{
    m_buttons->button(id)->setText(text);
    m_buttons->button(id)->updateGeometry();
}

void Segments::setCurrent(int id)
{
    m_buttons->button(id)->setChecked(true);
}

int Segments::current() const
{
    return m_buttons->checkedId();
}

void Segments::paintEvent(QPaintEvent*)
{
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(QPen(theme::border(palette()), 1));
    painter.setBrush(palette().base());
    painter.drawRoundedRect(QRectF(rect()).adjusted(0.5, 0.5, -0.5, -0.5), radius, radius);
    const QList<QAbstractButton*> buttons = m_buttons->buttons();
    for (qsizetype i = 1; i < buttons.size(); ++i) {
        const double x = buttons.at(i)->x() + 0.5;
        painter.drawLine(QPointF(x, 1), QPointF(x, height() - 1));
    }
}

} // namespace bwt
