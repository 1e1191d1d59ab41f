// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/views/sidebar.h"

#include "app/models/theme.h"

#include <QAbstractButton>
#include <QButtonGroup>
#include <QEvent>
#include <QPainter>
#include <QPainterPath>
#include <QStyle>
#include <QVBoxLayout>

#include <utility>

namespace bwt {

namespace {

constexpr double radius = 6;

/// Drawn in a square of 16, so that it has the text's colour and is sharp on every screen.
QPainterPath signOf(Page page)
{
    QPainterPath path;
    switch (page) {
    case Page::Usage: // bars
        for (const auto& [x, top] : {std::pair(2.5, 9.0), std::pair(8.0, 3.0), std::pair(13.5, 6.0)}) {
            path.moveTo(x, 14);
            path.lineTo(x, top);
        }
        break;
    case Page::Diagnosis: // a pulse
        path.moveTo(1, 9);
        for (const QPointF point :
            {QPointF(4.5, 9), QPointF(6.5, 3), QPointF(9.5, 14), QPointF(11.5, 9), QPointF(15, 9)})
            path.lineTo(point);
        break;
    case Page::Settings: // sliders
        for (const auto& [y, knob] : {std::pair(4.0, 10.5), std::pair(12.0, 5.5)}) {
            path.moveTo(1, y);
            path.lineTo(knob - 2, y);
            path.addEllipse(QPointF(knob, y), 2, 2);
            path.moveTo(knob + 2, y);
            path.lineTo(15, y);
        }
        break;
    }
    return path;
}

class PageButton : public QAbstractButton {
public:
    PageButton(Page page, const QString& text, QWidget* parent)
        : QAbstractButton(parent)
        , m_page(page)
    {
        setText(text);
        setToolTip(text);
        setCheckable(true);
        setFocusPolicy(Qt::StrongFocus);
        setSizePolicy(QSizePolicy::Minimum, QSizePolicy::Fixed);
    }

    void setNarrow(bool narrow)
    {
        m_narrow = narrow;
        updateGeometry();
        update();
    }
    [[nodiscard]] QSize sizeHint() const override
    {
        const int em = fontMetrics().height();
        return {m_narrow ? em * 5 / 2 : em * 17 / 2, em * 2};
    }

protected:
    void paintEvent(QPaintEvent*) override
    {
        QPainter painter(this);
        painter.setRenderHint(QPainter::Antialiasing);
        const QRectF inside = QRectF(rect()).adjusted(1, 1, -1, -1);
        const QColor base = palette().color(QPalette::Base);
        const QColor text = palette().color(QPalette::Text);
        painter.setPen(Qt::NoPen);
        if (isChecked() || isDown() || underMouse()) {
            painter.setBrush(isChecked() ? theme::chosen(palette()) : theme::blend(base, text, 0.06));
            painter.drawRoundedRect(inside, radius, radius);
        }
        painter.setBrush(Qt::NoBrush);
        if (hasFocus()) {
            painter.setPen(QPen(theme::accent(palette()), 2));
            painter.drawRoundedRect(inside.adjusted(1, 1, -1, -1), radius - 1, radius - 1);
        }
        const QColor ink = isChecked() ? text : theme::muted(palette());
        drawSign(painter, ink);
        if (m_narrow)
            return;
        QFont font = this->font();
        if (isChecked())
            font.setWeight(QFont::DemiBold);
        painter.setFont(font);
        painter.setPen(ink);
        painter.drawText(QStyle::visualRect(layoutDirection(), rect(), rect().adjusted(textLeft(), 0, 0, 0)),
            static_cast<int>(QStyle::visualAlignment(layoutDirection(), Qt::AlignLeft)) | Qt::AlignVCenter,
            this->text());
    }

    bool event(QEvent* event) override
    {
        if (event->type() == QEvent::Enter || event->type() == QEvent::Leave)
            update();
        return QAbstractButton::event(event);
    }

private:
    [[nodiscard]] int signSide() const { return fontMetrics().height() * 4 / 5; }
    [[nodiscard]] int signLeft() const
    {
        return m_narrow ? (width() - signSide()) / 2 : fontMetrics().height() * 3 / 5;
    }
    [[nodiscard]] int textLeft() const { return signLeft() + signSide() * 8 / 5; }
    void drawSign(QPainter& painter, const QColor& ink) const
    {
        const QRect place = QStyle::visualRect(
            layoutDirection(), rect(), QRect(signLeft(), (height() - signSide()) / 2, signSide(), signSide()));
        painter.save();
        painter.translate(place.topLeft());
        painter.scale(signSide() / 16.0, signSide() / 16.0);
        painter.setPen(QPen(ink, 2, Qt::SolidLine, Qt::RoundCap, Qt::RoundJoin));
        painter.drawPath(signOf(m_page));
        painter.restore();
    }

    Page m_page;
    bool m_narrow = false;
};

} // namespace

SideBar::SideBar(QWidget* parent)
    : QWidget(parent)
    , m_buttons(new QButtonGroup(this))
{
    setAccessibleName(tr("Pages"));
    setSizePolicy(QSizePolicy::Fixed, QSizePolicy::Preferred);
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(8, 10, 9, 10);
    column->setSpacing(4);
    const auto add = [&](Page page, const QString& text, const char* objectName) {
        auto* button = new PageButton(page, text, this);
        button->setObjectName(QLatin1StringView(objectName));
        m_buttons->addButton(button, static_cast<int>(page));
        column->addWidget(button);
    };
    add(Page::Usage, tr("Usage"), "pageUsage");
    column->addStretch(1);
    add(Page::Diagnosis, tr("Diagnosis"), "pageDiagnosis");
    add(Page::Settings, tr("Settings"), "pageSettings");
    connect(m_buttons, &QButtonGroup::idClicked, this, [this](int id) { Q_EMIT chosen(static_cast<Page>(id)); });
}

void SideBar::setPage(Page page)
{
    m_buttons->button(static_cast<int>(page))->setChecked(true);
}

void SideBar::setNarrow(bool narrow)
{
    for (QAbstractButton* button : m_buttons->buttons())
        static_cast<PageButton*>(button)->setNarrow(narrow);
}

void SideBar::paintEvent(QPaintEvent*)
{
    QPainter painter(this);
    painter.fillRect(rect(), palette().base());
    painter.setPen(QPen(theme::border(palette()), 1));
    const int edge = layoutDirection() == Qt::RightToLeft ? 0 : width() - 1;
    painter.drawLine(edge, 0, edge, height());
}

} // namespace bwt
