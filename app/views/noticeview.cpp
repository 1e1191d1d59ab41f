// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/views/noticeview.h"

#include "app/models/theme.h"

#include <QEvent>
#include <QHBoxLayout>
#include <QLabel>
#include <QPainter>
#include <QPushButton>
#include <QVBoxLayout>

namespace bwt {

namespace {

QColor hueOf(Notice::Kind kind, const QPalette& palette)
{
    switch (kind) {
    case Notice::Kind::Waiting:
    case Notice::Kind::Nothing:
        return theme::muted(palette);
    case Notice::Kind::Information:
        return theme::accent(palette);
    case Notice::Kind::Warning:
        return theme::warning(palette);
    case Notice::Kind::Error:
        return theme::bad(palette);
    }
    return theme::muted(palette);
}

QString glyphOf(Notice::Kind kind)
{
    switch (kind) {
    case Notice::Kind::Waiting:
        return QStringLiteral("…");
    case Notice::Kind::Nothing:
        return QStringLiteral("0");
    case Notice::Kind::Information:
        return QStringLiteral("i");
    case Notice::Kind::Warning:
    case Notice::Kind::Error:
        return QStringLiteral("!");
    }
    return {};
}

/// A ring with the kind's glyph: the kind never shows by colour alone.
QPixmap signOf(Notice::Kind kind, int side, const QPalette& palette, double ratio)
{
    QPixmap pixmap(QSize(side, side) * ratio);
    pixmap.setDevicePixelRatio(ratio);
    pixmap.fill(Qt::transparent);
    QPainter painter(&pixmap);
    painter.setRenderHint(QPainter::Antialiasing);
    const QColor hue = hueOf(kind, palette);
    const double width = side / 14.0;
    painter.setPen(QPen(hue, width));
    painter.drawEllipse(QRectF(0, 0, side, side).adjusted(width, width, -width, -width));
    QFont font = painter.font();
    font.setPixelSize(side * 11 / 20);
    font.setWeight(QFont::Bold);
    painter.setFont(font);
    painter.drawText(QRect(0, 0, side, side), Qt::AlignCenter, glyphOf(kind));
    return pixmap;
}

} // namespace

NoticeView::NoticeView(Form form, QWidget* parent)
    : QWidget(parent)
    , m_form(form)
    , m_sign(new QLabel(this))
    , m_title(new QLabel(this))
    , m_text(new QLabel(this))
    , m_button(new QPushButton(this))
{
    m_title->setObjectName(QStringLiteral("noticeTitle"));
    m_text->setObjectName(QStringLiteral("noticeText"));
    m_button->setObjectName(QStringLiteral("noticeButton"));
    m_text->setWordWrap(true);
    m_text->setTextFormat(Qt::PlainText);
    m_title->setTextFormat(Qt::PlainText);
    m_title->setWordWrap(true);
    QFont titleFont = font();
    titleFont.setWeight(QFont::DemiBold);
    if (form == Form::Middle)
        titleFont.setPointSizeF(titleFont.pointSizeF() * 1.3);
    m_title->setFont(titleFont);
    if (form == Form::Strip)
        layOutStrip();
    else
        layOutMiddle();
    m_button->setMinimumSize(fontMetrics().height() * 7, fontMetrics().height() * 2);
    connect(m_button, &QPushButton::clicked, this, [this] { Q_EMIT pressed(m_notice.button); });
}

void NoticeView::layOutStrip()
{
    setSizePolicy(QSizePolicy::Preferred, QSizePolicy::Maximum);
    auto* words = new QVBoxLayout;
    words->setSpacing(1);
    words->addWidget(m_title);
    words->addWidget(m_text);
    auto* row = new QHBoxLayout(this);
    row->setContentsMargins(14, 8, 14, 8);
    row->setSpacing(12);
    row->addWidget(m_sign);
    row->addLayout(words, 1);
    row->addWidget(m_button);
}

void NoticeView::layOutMiddle()
{
    m_title->setAlignment(Qt::AlignHCenter);
    m_text->setAlignment(Qt::AlignHCenter);
    const int width = fontMetrics().height() * 32;
    m_text->setMaximumWidth(width);
    m_text->setMinimumWidth(width / 2);
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(16, 2, 16, 2);
    column->setSpacing(8);
    column->addStretch(1);
    column->addWidget(m_sign, 0, Qt::AlignHCenter);
    column->addWidget(m_title);
    auto* centred = new QHBoxLayout;
    centred->addStretch(1);
    centred->addWidget(m_text, 100);
    centred->addStretch(1);
    column->addLayout(centred);
    column->addWidget(m_button, 0, Qt::AlignHCenter);
    column->addStretch(1);
}

void NoticeView::setNotice(const Notice& notice)
{
    m_notice = notice;
    setAccessibleName(notice.title);
    setAccessibleDescription(notice.text);
    m_title->setText(notice.title);
    m_text->setText(notice.text);
    m_text->setVisible(!notice.text.isEmpty());
    m_button->setText(buttonText(notice.button));
    m_button->setVisible(notice.button != Notice::Button::None);
    applyColors();
}

QSize NoticeView::minimumSizeHint() const
{
    const QSize whole = QWidget::minimumSizeHint();
    if (m_form == Form::Strip || m_sign->isHidden())
        return whole;
    return {whole.width(), whole.height() - m_sign->sizeHint().height()};
}

void NoticeView::applyColors()
{
    const int side = fontMetrics().height() * (m_form == Form::Strip ? 4 : 7) / 3;
    m_sign->setPixmap(signOf(m_notice.kind, side, palette(), devicePixelRatioF()));
    QPalette quiet = palette();
    quiet.setColor(
        QPalette::WindowText, m_form == Form::Strip ? palette().color(QPalette::Text) : theme::muted(palette()));
    m_text->setPalette(quiet);
    update();
}

void NoticeView::paintEvent(QPaintEvent*)
{
    if (m_form != Form::Strip)
        return;
    QPainter painter(this);
    const QColor hue = hueOf(m_notice.kind, palette());
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(QPen(theme::blend(palette().color(QPalette::Base), hue, 0.45), 1));
    painter.setBrush(theme::blend(palette().color(QPalette::Base), hue, 0.10));
    painter.drawRoundedRect(QRectF(rect()).adjusted(0.5, 0.5, -0.5, -0.5), 8, 8);
}

void NoticeView::changeEvent(QEvent* event)
{
    QWidget::changeEvent(event);
    if (event->type() == QEvent::PaletteChange)
        applyColors();
}

void NoticeView::resizeEvent(QResizeEvent* event)
{
    QWidget::resizeEvent(event);
    if (m_form == Form::Middle)
        m_sign->setVisible(height() >= fontMetrics().height() * 11); // words first
}

} // namespace bwt
