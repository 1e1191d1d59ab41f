// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/views/topbar.h"

#include "app/models/theme.h"
#include "app/views/filterfield.h"
#include "app/views/rangedialog.h"
#include "app/views/segments.h"

#include <QAction>
#include <QDateTime>
#include <QEvent>
#include <QHBoxLayout>
#include <QLabel>
#include <QMenu>
#include <QPainter>
#include <QToolButton>
#include <QVBoxLayout>

#include <algorithm>

namespace bwt {

namespace {

constexpr int margin = 14;
constexpr int gap = 14;

template <typename Enum> int id(Enum value)
{
    return static_cast<int>(value);
}

QIcon menuIcon(const QPalette& palette)
{
    constexpr int size = 32;
    QPixmap pixmap(size, size);
    pixmap.fill(Qt::transparent);
    QPainter painter(&pixmap);
    painter.setPen(QPen(palette.color(QPalette::Text), 2.6, Qt::SolidLine, Qt::RoundCap));
    for (const int y : {9, 16, 23})
        painter.drawLine(6, y, 26, y);
    return pixmap;
}

} // namespace

TopBar::TopBar(QWidget* parent)
    : QWidget(parent)
    , m_range(new Segments(tr("Range"), this))
    , m_scope(new Segments(tr("Scope"), this))
    , m_groupLabel(new QLabel(tr("Group by"), this))
    , m_grouping(new Segments(tr("Group by"), this))
    , m_filter(new FilterField(this))
    , m_menu(new QToolButton(this))
    , m_firstRow(new QHBoxLayout)
    , m_secondRow(new QHBoxLayout)
{
    m_range->addChoice(id(RangeKind::Live), tr("Live"), QStringLiteral("rangeLive"));
    m_range->addChoice(id(RangeKind::Hour), tr("1 h"), QStringLiteral("rangeHour"));
    m_range->addChoice(id(RangeKind::Day), tr("24 h"), QStringLiteral("rangeDay"));
    m_range->addChoice(id(RangeKind::Week), tr("7 d"), QStringLiteral("rangeWeek"));
    m_range->addChoice(id(RangeKind::Month), tr("30 d"), QStringLiteral("rangeMonth"));
    m_range->addChoice(id(RangeKind::Fixed), tr("Choose…"), QStringLiteral("rangeFixed"));
    m_scope->addChoice(id(ScopeChoice::Internet), tr("Internet"), QStringLiteral("scopeInternet"));
    m_scope->addChoice(id(ScopeChoice::Lan), tr("LAN"), QStringLiteral("scopeLan"));
    m_scope->addChoice(id(ScopeChoice::Tunnel), tr("Tunnel"), QStringLiteral("scopeTunnel"));
    m_scope->addChoice(id(ScopeChoice::All), tr("All"), QStringLiteral("scopeAll"));
    m_grouping->addChoice(id(Grouping::App), tr("App"), QStringLiteral("groupApp"));
    m_grouping->addChoice(id(Grouping::Process), tr("Process"), QStringLiteral("groupProcess"));
    m_grouping->addChoice(id(Grouping::Host), tr("Host"), QStringLiteral("groupHost"));
    m_grouping->addChoice(id(Grouping::Protocol), tr("Protocol"), QStringLiteral("groupProtocol"));
    m_grouping->addChoice(id(Grouping::Country), tr("Country"), QStringLiteral("groupCountry"));
    m_grouping->addChoice(id(Grouping::Operator), tr("Operator"), QStringLiteral("groupOperator"));

    m_filter->setObjectName(QStringLiteral("filter"));
    m_filter->setPlaceholderText(tr("Filter apps, hosts, users…"));
    m_filter->setToolTip(
        tr("Shows only what has this text in its name, path, address, country, network operator or user"));
    m_filter->setAccessibleName(tr("Filter"));
    m_filter->setMaximumWidth(fontMetrics().height() * 15);
    m_menu->setObjectName(QStringLiteral("menuButton"));
    m_menu->setAccessibleName(tr("Menu"));
    m_menu->setAutoRaise(true);
    m_menu->setIcon(menuIcon(palette()));
    for (QWidget* control : {static_cast<QWidget*>(m_filter), static_cast<QWidget*>(m_menu)})
        control->setFixedHeight(m_range->sizeHint().height());

    auto* rows = new QVBoxLayout(this);
    rows->setContentsMargins(margin, 9, margin, 10);
    rows->setSpacing(8);
    rows->addLayout(m_firstRow);
    rows->addLayout(m_secondRow);
    for (QBoxLayout* row : {m_firstRow, m_secondRow})
        row->setSpacing(gap);
    arrange(false);

    connect(m_range, &Segments::chosen, this, [this](int kind) { chooseRange(static_cast<RangeKind>(kind)); });
    connect(m_scope, &Segments::chosen, this, [this](int scope) {
        m_choice.scope = static_cast<ScopeChoice>(scope);
        announce();
    });
    connect(m_grouping, &Segments::chosen, this, [this](int grouping) {
        m_choice.grouping = static_cast<Grouping>(grouping);
        offerPlaces();
        announce();
    });
    connect(m_filter, &FilterField::textChanged, this, [this](const QString& text) {
        m_choice.filter = text;
        announce();
    });
    setChoice({});
}

void TopBar::setChoice(const ViewChoice& choice)
{
    m_choice = choice;
    m_range->setCurrent(id(choice.range.kind));
    m_scope->setCurrent(id(choice.scope));
    m_grouping->setCurrent(id(choice.grouping));
    offerPlaces();
    if (m_filter->text() != choice.filter) {
        const QSignalBlocker blocker(m_filter);
        m_filter->setText(choice.filter);
    }
}

void TopBar::setMenu(const QList<QAction*>& actions)
{
    auto* menu = new QMenu(m_menu);
    menu->addActions(actions);
    // Shown by hand: a button with a menu of its own gets an arrow from most styles.
    connect(m_menu, &QToolButton::clicked, menu, [this, menu] {
        menu->popup(m_menu->mapToGlobal(QPoint(m_menu->width() - menu->sizeHint().width(), m_menu->height())));
    });
}

void TopBar::focusFilter()
{
    m_filter->setFocus(Qt::ShortcutFocusReason);
    m_filter->selectAll();
}

void TopBar::setPlaces(bool hasCountries, bool hasOperators)
{
    m_hasCountries = hasCountries;
    m_hasOperators = hasOperators;
    offerPlaces();
}

void TopBar::offerPlaces()
{
    m_grouping->setThere(id(Grouping::Country), m_hasCountries);
    m_grouping->setThere(id(Grouping::Operator), m_hasOperators);
    arrangeForWidth();
}

void TopBar::setChoosable(bool choosable)
{
    for (QWidget* control : {static_cast<QWidget*>(m_range), static_cast<QWidget*>(m_scope),
             static_cast<QWidget*>(m_groupLabel), static_cast<QWidget*>(m_grouping), static_cast<QWidget*>(m_filter)})
        control->setEnabled(choosable);
}

QSize TopBar::minimumSizeHint() const
{
    const int first = m_range->sizeHint().width() + filterAtLeast() + m_menu->sizeHint().width() + 2 * gap;
    const int second
        = m_scope->sizeHint().width() + m_groupLabel->sizeHint().width() + m_grouping->sizeHint().width() + 2 * gap;
    return {std::max(first, second) + 2 * margin, QWidget::minimumSizeHint().height()};
}

int TopBar::filterAtLeast() const
{
    return fontMetrics().height() * 7;
}

void TopBar::chooseRange(RangeKind kind)
{
    if (kind == RangeKind::Fixed)
        return askForRange();
    m_choice.range = {kind, {}};
    announce();
}

void TopBar::askForRange()
{
    // Begins with what is on show, so that looking closer takes one change.
    const TimeSpan start = m_choice.range.isLive()
        ? RangeChoice{RangeKind::Hour, {}}.spanAt(QDateTime::currentMSecsSinceEpoch())
        : m_choice.range.spanAt(QDateTime::currentMSecsSinceEpoch());
    auto* dialog = new RangeDialog(start, this);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    connect(dialog, &QDialog::accepted, this, [this, dialog] {
        m_choice.range = {RangeKind::Fixed, dialog->span()};
        announce();
    });
    connect(dialog, &QDialog::rejected, this, [this] { setChoice(m_choice); });
    dialog->open();
}

void TopBar::announce()
{
    Q_EMIT choiceMade(m_choice);
}

void TopBar::arrange(bool compact)
{
    m_compact = compact;
    for (QBoxLayout* row : {m_firstRow, m_secondRow}) {
        while (const QLayoutItem* item = row->takeAt(0))
            delete item;
    }
    QBoxLayout* second = compact ? m_secondRow : m_firstRow;
    m_firstRow->addWidget(m_range);
    if (compact) {
        m_firstRow->addStretch(1);
        m_firstRow->addWidget(m_filter, 2);
        m_firstRow->addWidget(m_menu);
    }
    second->addWidget(m_scope);
    second->addWidget(m_groupLabel);
    second->addWidget(m_grouping);
    second->addStretch(1);
    if (!compact) {
        second->addWidget(m_filter, 2);
        second->addWidget(m_menu);
    }
}

void TopBar::paintEvent(QPaintEvent*)
{
    QPainter painter(this);
    painter.fillRect(rect(), palette().base());
    painter.setPen(QPen(theme::border(palette()), 1));
    painter.drawLine(0, height() - 1, width(), height() - 1);
}

void TopBar::resizeEvent(QResizeEvent* event)
{
    QWidget::resizeEvent(event);
    arrangeForWidth();
}

void TopBar::arrangeForWidth()
{
    const int needed = 2 * margin + 5 * gap + m_range->sizeHint().width() + m_scope->sizeHint().width()
        + m_groupLabel->sizeHint().width() + m_grouping->sizeHint().width() + filterAtLeast()
        + m_menu->sizeHint().width();
    if ((width() < needed) != m_compact)
        arrange(!m_compact);
}

void TopBar::changeEvent(QEvent* event)
{
    QWidget::changeEvent(event);
    if (event->type() == QEvent::PaletteChange)
        m_menu->setIcon(menuIcon(palette()));
}

} // namespace bwt
