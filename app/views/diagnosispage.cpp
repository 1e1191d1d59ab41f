// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/views/diagnosispage.h"

#include "app/models/theme.h"
#include "app/views/panel.h"
#include "app/views/session.h"

#include <QClipboard>
#include <QEvent>
#include <QGridLayout>
#include <QGuiApplication>
#include <QLabel>
#include <QPushButton>
#include <QVBoxLayout>

#include <algorithm>
#include <utility>

namespace bwt {

namespace {

constexpr int margin = 14;
constexpr int captionCharacters = 22;

QLabel* label(const QString& text, const QColor& ink, QWidget* parent)
{
    auto* label = new QLabel(text, parent);
    label->setTextFormat(Qt::PlainText); // names of interfaces and files are anybody's
    label->setWordWrap(true);
    label->setTextInteractionFlags(Qt::TextSelectableByMouse);
    QPalette palette = label->palette();
    palette.setColor(QPalette::WindowText, ink);
    label->setPalette(palette);
    return label;
}

QLabel* heading(const QString& text, QWidget* parent)
{
    auto* heading = new QLabel(text, parent);
    QFont font = heading->font();
    font.setWeight(QFont::DemiBold);
    heading->setFont(font);
    return heading;
}

/// What is wrong is told by a sign as well as by its colour.
QString textOf(const diagnosis::Item& item)
{
    return item.isWrong ? QString(QStringLiteral("⚠ ") % item.text) : item.text;
}

bool haveOneShape(const QList<diagnosis::Section>& one, const QList<diagnosis::Section>& other)
{
    const auto haveItems = [](const diagnosis::Item& item, const diagnosis::Item& beside) {
        return item.caption == beside.caption && item.isWrong == beside.isWrong && item.advice == beside.advice;
    };
    return std::ranges::equal(one, other, [&](const diagnosis::Section& section, const diagnosis::Section& beside) {
        return section.title == beside.title && std::ranges::equal(section.items, beside.items, haveItems);
    });
}

} // namespace

DiagnosisPage::DiagnosisPage(Session& session, QWidget* parent)
    : QScrollArea(parent)
    , m_session(session)
{
    setObjectName(QStringLiteral("diagnosisPage"));
    setAccessibleName(tr("Diagnosis"));
    setFrameShape(QFrame::NoFrame);
    setWidgetResizable(true);
    setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    auto* sheet = new QWidget(this);
    auto* column = new QVBoxLayout(sheet);
    column->setContentsMargins(margin, 12, margin, margin);
    column->setSpacing(10);
    auto* copy = new QPushButton(tr("&Copy as text"), sheet);
    copy->setObjectName(QStringLiteral("diagnosisCopy"));
    copy->setToolTip(tr("For the report of a bug. Names no program and no address."));
    connect(copy, &QPushButton::clicked, this, [this] { QGuiApplication::clipboard()->setText(text()); });
    auto* top = new QHBoxLayout;
    top->addWidget(
        label(tr("What the numbers are worth, and how they are made."), theme::muted(palette()), sheet), 1);
    top->addWidget(copy);
    column->addLayout(top);
    column->addStretch(1);
    setWidget(sheet);
    connect(&session, &Session::stateChanged, this, [this] {
        if (isVisible())
            refresh();
    });
}

void DiagnosisPage::showEvent(QShowEvent* event)
{
    QScrollArea::showEvent(event);
    refresh();
}

void DiagnosisPage::refresh()
{
    const QList<diagnosis::Section> before = std::exchange(m_sections,
        diagnosis::sections({m_session.state(), m_session.error(), m_session.status(), m_session.cpuShare()}));
    if (before == m_sections)
        return;
    if (haveOneShape(before, m_sections))
        updateTexts();
    else
        rebuild();
}

void DiagnosisPage::rebuild()
{
    m_texts.clear();
    delete std::exchange(m_body, new QWidget(widget()));
    auto* column = new QVBoxLayout(m_body);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(10);
    for (const diagnosis::Section& section : std::as_const(m_sections))
        column->addWidget(panelOf(section));
    static_cast<QVBoxLayout*>(widget()->layout())->insertWidget(1, m_body);
}

QWidget* DiagnosisPage::panelOf(const diagnosis::Section& section)
{
    auto* panel = new bwt::Panel(m_body);
    auto* grid = new QGridLayout(panel);
    grid->setContentsMargins(margin, 10, margin, 12);
    grid->setHorizontalSpacing(margin);
    grid->setVerticalSpacing(4);
    grid->setColumnMinimumWidth(0, fontMetrics().averageCharWidth() * captionCharacters);
    grid->setColumnStretch(1, 1);
    grid->addWidget(heading(section.title, panel), 0, 0, 1, 2);
    grid->setRowMinimumHeight(0, fontMetrics().height() * 3 / 2);
    int row = 1;
    for (const diagnosis::Item& item : section.items) {
        const QColor ink = item.isWrong ? theme::bad(palette()) : palette().color(QPalette::Text);
        QLabel* text = label(textOf(item), ink, panel);
        text->setAccessibleName(item.caption);
        m_texts.append(text);
        const int first = item.caption.isEmpty() ? 0 : 1;
        if (first > 0)
            grid->addWidget(label(item.caption, theme::muted(palette()), panel), row, 0, Qt::AlignTop);
        grid->addWidget(text, row++, first, 1, 2 - first);
        if (!item.advice.isEmpty())
            grid->addWidget(label(item.advice, theme::muted(palette()), panel), row++, first, 1, 2 - first);
    }
    return panel;
}

/// Numbers grow while a text is read or selected: nothing moves.
void DiagnosisPage::updateTexts()
{
    auto text = m_texts.cbegin();
    for (const diagnosis::Section& section : std::as_const(m_sections)) {
        for (const diagnosis::Item& item : section.items) {
            if ((*text)->text() != textOf(item))
                (*text)->setText(textOf(item));
            ++text;
        }
    }
}

void DiagnosisPage::changeEvent(QEvent* event)
{
    QScrollArea::changeEvent(event);
    if (event->type() == QEvent::PaletteChange && m_body != nullptr)
        rebuild();
}

} // namespace bwt
