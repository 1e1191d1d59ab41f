// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/views/diagnosispage.h"

#include "app/models/theme.h"
#include "app/views/session.h"

#include <QClipboard>
#include <QEvent>
#include <QGridLayout>
#include <QGuiApplication>
#include <QHBoxLayout>
#include <QLabel>
#include <QPushButton>

#include <algorithm>
#include <utility>

namespace bwt {

namespace {

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
    : SheetPage(tr("Diagnosis"), tr("What the numbers are worth, and how they are made."), parent)
    , m_session(session)
{
    setObjectName(QStringLiteral("diagnosisPage"));
    auto* copy = new QPushButton(tr("&Copy as text"), widget());
    copy->setObjectName(QStringLiteral("diagnosisCopy"));
    copy->setToolTip(tr("For the report of a bug. Names no program and no address."));
    connect(copy, &QPushButton::clicked, this, [this] { QGuiApplication::clipboard()->setText(text()); });
    top().addWidget(copy);
    connect(&session, &Session::stateChanged, this, [this] {
        if (isVisible())
            refresh();
    });
}

void DiagnosisPage::showEvent(QShowEvent* event)
{
    SheetPage::showEvent(event);
    refresh();
}

void DiagnosisPage::refresh()
{
    const QList<diagnosis::Section> before = std::exchange(
        m_sections, diagnosis::sections({m_session.state(), m_session.status(), m_session.cpuShare()}));
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
    beginBody();
    for (const diagnosis::Section& section : std::as_const(m_sections))
        addSection(section);
}

void DiagnosisPage::addSection(const diagnosis::Section& section)
{
    QGridLayout* grid = addPanel(section.title);
    QWidget* panel = grid->parentWidget();
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
    SheetPage::changeEvent(event);
    if (event->type() == QEvent::PaletteChange)
        rebuild();
}

} // namespace bwt
