// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/views/usagepage.h"

#include "app/charts/usagechart.h"
#include "app/models/format.h"
#include "app/models/usagemodel.h"
#include "app/views/appmenu.h"
#include "app/views/card.h"
#include "app/views/detailspane.h"
#include "app/views/elidedlabel.h"
#include "app/views/legend.h"
#include "app/views/session.h"
#include "app/views/usagetable.h"

#include <QAction>
#include <QBoxLayout>
#include <QPushButton>
#include <QStackedLayout>

#include <chrono>

namespace bwt {

using namespace std::chrono_literals;

namespace {

constexpr int gap = 10;
constexpr auto sortBeat = 20s;
constexpr int besideFromEm = 58; ///< width in heights of a line from which the details stand beside the table

QString bothWays(const Numbers& numbers)
{
    return UsagePage::tr("%1 ↓  %2 ↑").arg(formatBytes(numbers.rxBytes), formatBytes(numbers.txBytes));
}

QString rangeCaption(const Session& session)
{
    switch (session.choice().range.kind) {
    case RangeKind::Live:
        if (session.status() && session.status()->countingSinceMs > 0)
            return UsagePage::tr("Since counting began, %1").arg(formatMoment(session.status()->countingSinceMs));
        return UsagePage::tr("Since counting began");
    case RangeKind::Hour:
        return UsagePage::tr("Last hour");
    case RangeKind::Day:
        return UsagePage::tr("Last 24 hours");
    case RangeKind::Week:
        return UsagePage::tr("Last 7 days");
    case RangeKind::Month:
        return UsagePage::tr("Last 30 days");
    case RangeKind::Fixed:
        break;
    }
    const TimeSpan span = session.span();
    return UsagePage::tr("%1 to %2").arg(formatMoment(span.sinceMs), formatMoment(span.untilMs));
}

QString groupsCaption(Grouping grouping)
{
    switch (grouping) {
    case Grouping::App:
        return UsagePage::tr("Apps: %1");
    case Grouping::Process:
        return UsagePage::tr("Processes: %1");
    case Grouping::Host:
        return UsagePage::tr("Hosts: %1");
    case Grouping::Protocol:
        return UsagePage::tr("Protocols: %1");
    case Grouping::Country:
        return UsagePage::tr("Countries: %1");
    case Grouping::Operator:
        return UsagePage::tr("Network operators: %1");
    }
    return {};
}

} // namespace

UsagePage::UsagePage(Session& session, QWidget* parent)
    : QWidget(parent)
    , m_session(session)
    , m_download(new Card(tr("Download now"), this))
    , m_upload(new Card(tr("Upload now"), this))
    , m_today(new Card(tr("Today"), this))
    , m_range(new Card({}, this))
    , m_legend(new Legend(this))
    , m_chart(new UsageChart(this))
    , m_table(new UsageTable(this))
    , m_appMenu(new AppMenu(this))
    , m_rowsNotice(new NoticeView(NoticeView::Form::Middle, this))
    , m_footer(new ElidedLabel(ElidedLabel::Tone::Muted, Qt::ElideRight, this))
    , m_sortAgain(new QPushButton(tr("Sort again"), this))
    , m_details(new DetailsPane(session, this))
    , m_body(new QBoxLayout(QBoxLayout::LeftToRight))
{
    m_download->setObjectName(QStringLiteral("cardDownload"));
    m_upload->setObjectName(QStringLiteral("cardUpload"));
    m_today->setObjectName(QStringLiteral("cardToday"));
    m_range->setObjectName(QStringLiteral("cardRange"));
    m_chart->setObjectName(QStringLiteral("usageChart"));
    m_rowsNotice->setObjectName(QStringLiteral("rowsNotice"));
    m_footer->setObjectName(QStringLiteral("tableFooter"));
    m_sortAgain->setObjectName(QStringLiteral("sortAgain"));

    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(14, 12, 14, 12);
    column->setSpacing(gap);
    column->addWidget(makeCards());
    m_chartPanel = makeChart();
    column->addWidget(m_chartPanel, 4);
    m_body->setSpacing(gap);
    m_body->addWidget(makeTable(), 1);
    m_body->addWidget(m_details);
    column->addLayout(m_body, 7);

    connect(&m_session, &Session::numbersChanged, this, &UsagePage::refresh);
    connect(&m_session, &Session::selectionChanged, m_details, &DetailsPane::refresh);
    connect(m_table, &UsageTable::currentKeyChanged, this, [this](const QString& key) {
        if (!key.isEmpty())
            m_session.select(key);
    });
    m_table->setContextMenuPolicy(Qt::CustomContextMenu);
    connect(m_table, &QWidget::customContextMenuRequested, this, &UsagePage::offerApp);
    connect(m_appMenu, &AppMenu::decided, &m_session, &Session::changeApp);
    connect(m_rowsNotice, &NoticeView::pressed, this, &UsagePage::noticePressed);
    connect(m_sortAgain, &QPushButton::clicked, &m_session, &Session::sortAgain);
    connect(m_details, &DetailsPane::foldToggled, this, [this] {
        m_unfolded = !m_unfolded;
        arrange();
    });
    connect(m_table, &QAbstractItemView::activated, this, [this] {
        m_unfolded = true;
        arrange();
    });
    connect(&m_sortBeat, &QTimer::timeout, this, [this] {
        if (m_table->isAtRest() && !m_session.table().isInOrder())
            m_session.sortAgain();
    });
    m_sortBeat.start(sortBeat);
}

QWidget* UsagePage::makeCards()
{
    auto* cards = new QWidget(this);
    auto* row = new QHBoxLayout(cards);
    row->setContentsMargins(0, 0, 0, 0);
    row->setSpacing(gap);
    row->addWidget(m_download, 4);
    row->addWidget(m_upload, 4);
    row->addWidget(m_today, 6);
    row->addWidget(m_range, 6);
    return cards;
}

QWidget* UsagePage::makeChart()
{
    auto* panel = new Panel(this);
    auto* column = new QVBoxLayout(panel);
    column->setContentsMargins(12, 8, 12, 6);
    column->setSpacing(4);
    column->addWidget(m_legend);
    column->addWidget(m_chart, 1);
    return panel;
}

QWidget* UsagePage::makeTable()
{
    auto* panel = new Panel(this);
    m_table->setModel(&m_session.rows());
    auto* lookUp = new QAction(tr("Look up name"), m_table);
    lookUp->setObjectName(QStringLiteral("lookUpName"));
    lookUp->setEnabled(false);
    m_table->addAction(lookUp);
    m_table->setContextMenuPolicy(Qt::ActionsContextMenu);
    connect(lookUp, &QAction::triggered, &m_session, &Session::lookUpName);
    connect(&m_session, &Session::selectionChanged, lookUp,
        [this, lookUp] { lookUp->setEnabled(m_session.canLookUpName()); });
    m_sortAgain->setFlat(true);
    m_sortAgain->setToolTip(
        tr("Rows hold still while numbers change. This sorts them by the marked column once more; "
           "so does a while without a pointer over the table."));
    QSizePolicy keepsItsPlace = m_sortAgain->sizePolicy();
    keepsItsPlace.setRetainSizeWhenHidden(true);
    m_sortAgain->setSizePolicy(keepsItsPlace);

    auto* rows = new QWidget(panel);
    rows->setMinimumHeight(fontMetrics().height() * 6);
    m_rowsStack = new QStackedLayout(rows);
    m_rowsStack->addWidget(m_table);
    m_rowsStack->addWidget(m_rowsNotice);
    auto* footer = new QHBoxLayout;
    footer->setContentsMargins(10, 0, 4, 0);
    footer->addWidget(m_footer, 1);
    footer->addWidget(m_sortAgain);
    auto* column = new QVBoxLayout(panel);
    column->setContentsMargins(1, 4, 1, 2);
    column->setSpacing(2);
    column->addWidget(rows, 1);
    column->addLayout(footer);
    return panel;
}

void UsagePage::refresh()
{
    if (!isVisible())
        return;
    const ChartData chart = m_session.chart();
    m_chart->setData(chart);
    m_legend->setBands(chart.bands);
    m_table->setColumns(chart.live ? UsageTable::Columns::Live : UsageTable::Columns::Past);
    m_table->setPlaces(
        m_session.table().isKnown(UsageModel::CountryColumn), m_session.table().isKnown(UsageModel::OperatorColumn));
    keepSelection();
    refreshCards();
    refreshFooter();
    m_details->refresh();
}

void UsagePage::refreshCards()
{
    const Numbers now = m_session.now();
    m_download->setNumber(formatRate(now.rxRate), Card::Hue::Download, QStringLiteral("↓"));
    m_upload->setNumber(formatRate(now.txRate), Card::Hue::Upload, QStringLiteral("↑"));
    const auto today = m_session.today();
    m_today->setNumber(today ? formatBytes(today->rxBytes + today->txBytes) : QStringLiteral("—"));
    m_today->setWords(today ? bothWays(*today) : QString());
    m_range->setCaption(rangeCaption(m_session));
    const bool isKnown = m_session.choice().range.isLive()
        ? m_session.hasNumbers()
        : m_session.history().state() == HistoryFeed::State::Answered;
    const Numbers total = m_session.rangeTotal();
    m_range->setNumber(isKnown ? formatBytes(total.rxBytes + total.txBytes) : QStringLiteral("—"));
    m_range->setWords(isKnown ? bothWays(total) : QString());
}

void UsagePage::refreshFooter()
{
    const int shown = m_session.rows().rowCount();
    const int all = m_session.table().rowCount();
    const QString count = shown == all ? QString::number(all) : tr("%1 of %2").arg(shown).arg(all);
    m_footer->setText(all == 0 ? QString() : groupsCaption(m_session.choice().grouping).arg(count));
    m_sortAgain->setVisible(!m_session.table().isInOrder());
}

/// Something is always selected, so that the details answer for something.
void UsagePage::keepSelection()
{
    const QAbstractItemModel* rows = m_table->model();
    if (rows->rowCount() == 0)
        return;
    if (!m_table->currentIndex().isValid())
        m_table->setCurrentIndex(rows->index(0, 0));
    if (m_table->currentKey() != (m_session.selected() ? m_session.selected()->key : QString()))
        m_session.select(m_table->currentKey());
}

/// Of the row that is pointed at, which is the selected one.
void UsagePage::offerApp(const QPoint& at)
{
    const auto group = m_session.selected();
    const bool isApp = group && m_session.choice().grouping == Grouping::App && group->row.kind == RowKind::Named
        && !group->row.appId.isEmpty();
    if (!isApp || m_session.state() != HelperClient::State::Ready)
        return;
    const QPoint global = m_table->viewport()->mapToGlobal(at);
    m_session.askApps(this, [this, app = group->row.appId, name = group->name, global](const AppList& apps) {
        m_appMenu->offer(app, name, apps, global);
    });
}

void UsagePage::setRowsNotice(const std::optional<Notice>& notice)
{
    if (notice)
        m_rowsNotice->setNotice(*notice);
    m_rowsStack->setCurrentIndex(notice ? 1 : 0);
    m_details->setVisible(!notice);
}

void UsagePage::setStale(bool stale)
{
    for (Card* card : {m_download, m_upload, m_today, m_range})
        card->setStale(stale);
    m_chart->setStale(stale);
    m_table->setStale(stale);
}

void UsagePage::arrange()
{
    const int em = fontMetrics().height();
    const bool beside = width() >= besideFromEm * em;
    // Unfolded details take the chart's place where there is none for both. What goes leaves before what comes, or
    // the window would grow to hold both for a moment, and stay so.
    const bool hasChart = beside || !m_unfolded || height() >= em * 44;
    if (!hasChart)
        m_chartPanel->hide();
    m_range->setVisible(beside);
    m_body->setDirection(beside ? QBoxLayout::LeftToRight : QBoxLayout::TopToBottom);
    if (beside) {
        m_details->setShape(DetailsPane::Shape::Beside);
        m_details->setFixedWidth(em * 18);
    } else {
        m_details->setShape(m_unfolded ? DetailsPane::Shape::Unfolded : DetailsPane::Shape::Folded);
        m_details->setMinimumWidth(0);
        m_details->setMaximumWidth(QWIDGETSIZE_MAX);
    }
    m_details->setSizePolicy(QSizePolicy::Preferred, beside ? QSizePolicy::Preferred : QSizePolicy::Maximum);
    m_chartPanel->setVisible(hasChart);
}

void UsagePage::resizeEvent(QResizeEvent* event)
{
    QWidget::resizeEvent(event);
    arrange();
}

void UsagePage::showEvent(QShowEvent* event)
{
    QWidget::showEvent(event);
    refresh();
}

} // namespace bwt
