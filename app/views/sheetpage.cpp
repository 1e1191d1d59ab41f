// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/views/sheetpage.h"

#include "app/models/theme.h"
#include "app/views/panel.h"

#include <QEvent>
#include <QGridLayout>
#include <QLabel>
#include <QVBoxLayout>

#include <utility>

namespace bwt {

namespace {

constexpr int margin = 14;
constexpr int spacing = 10;
constexpr int captionCharacters = 28;
constexpr int bodyPlace = 1; // below the words

void setInk(QLabel* label, const QColor& ink)
{
    QPalette palette = label->palette();
    palette.setColor(QPalette::WindowText, ink);
    label->setPalette(palette);
}

} // namespace

SheetPage::SheetPage(const QString& name, const QString& words, QWidget* parent)
    : QScrollArea(parent)
    , m_top(new QHBoxLayout)
    , m_words(label(words, theme::muted(palette()), this))
{
    setAccessibleName(name);
    setFrameShape(QFrame::NoFrame);
    setWidgetResizable(true);
    setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    auto* sheet = new QWidget(this);
    auto* column = new QVBoxLayout(sheet);
    column->setContentsMargins(margin, spacing, margin, margin);
    column->setSpacing(spacing);
    m_top->addWidget(m_words, 1);
    column->addLayout(m_top);
    column->addStretch(1);
    setWidget(sheet);
}

void SheetPage::changeEvent(QEvent* event)
{
    QScrollArea::changeEvent(event);
    if (event->type() == QEvent::PaletteChange)
        setInk(m_words, theme::muted(palette()));
}

void SheetPage::beginBody()
{
    delete std::exchange(m_body, new QWidget(widget()));
    auto* column = new QVBoxLayout(m_body);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(spacing);
    static_cast<QVBoxLayout*>(widget()->layout())->insertWidget(bodyPlace, m_body);
}

QGridLayout* SheetPage::addPanel(const QString& title)
{
    auto* panel = new bwt::Panel(m_body);
    auto* grid = new QGridLayout(panel);
    grid->setContentsMargins(margin, spacing, margin, spacing);
    grid->setHorizontalSpacing(margin);
    grid->setVerticalSpacing(4);
    grid->setColumnMinimumWidth(0, fontMetrics().averageCharWidth() * captionCharacters);
    grid->setColumnStretch(1, 1);
    auto* heading = new QLabel(title, panel);
    QFont font = heading->font();
    font.setWeight(QFont::DemiBold);
    heading->setFont(font);
    grid->addWidget(heading, 0, 0, 1, -1);
    grid->setRowMinimumHeight(0, fontMetrics().height() * 3 / 2);
    m_body->layout()->addWidget(panel);
    return grid;
}

QLabel* SheetPage::label(const QString& text, const QColor& ink, QWidget* parent)
{
    auto* label = new QLabel(text, parent);
    label->setTextFormat(Qt::PlainText);
    label->setWordWrap(true);
    label->setTextInteractionFlags(Qt::TextSelectableByMouse);
    setInk(label, ink);
    return label;
}

} // namespace bwt
