// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/views/mainwindow.h"

#include "app/views/actions.h"
#include "app/views/diagnosispage.h"
#include "app/views/noticeview.h"
#include "app/views/session.h"
#include "app/views/settingspage.h"
#include "app/views/sidebar.h"
#include "app/views/statusline.h"
#include "app/views/topbar.h"
#include "app/views/usagepage.h"
#include "app/views/words.h"

#include <QAction>
#include <QCloseEvent>
#include <QCoreApplication>
#include <QDateTime>
#include <QHBoxLayout>
#include <QSettings>
#include <QShortcut>
#include <QStackedWidget>
#include <QVBoxLayout>

#include <algorithm>
#include <chrono>

namespace bwt {

using namespace std::chrono_literals;

namespace {

constexpr auto geometryKey = QLatin1StringView("window/geometry");
constexpr QSize firstSize(1240, 800);
constexpr int narrowBelow = 1000;
constexpr auto ageingInterval = 1s;
constexpr auto failureShown = 12s;

/// Whether the helper has a file in use that tells so.
bool tells(const std::optional<Status>& status, bool PlaceSource::* what)
{
    return status && std::ranges::any_of(status->placeSources, [what](const PlaceSource& source) {
        return source.*what && !source.type.isEmpty();
    });
}

} // namespace

MainWindow::MainWindow(Session& session, Actions& actions, QWidget* parent)
    : QWidget(parent)
    , m_session(session)
    , m_bar(new TopBar(this))
    , m_side(new SideBar(this))
    , m_strip(new NoticeView(NoticeView::Form::Strip, this))
    , m_stack(new QStackedWidget(this))
    , m_usage(new UsagePage(session, this))
    , m_diagnosis(new DiagnosisPage(session, this))
    , m_settings(new SettingsPage(session, this))
    , m_pageNotice(new NoticeView(NoticeView::Form::Middle, this))
    , m_status(new StatusLine(session, this))
{
    setObjectName(QStringLiteral("mainWindow"));
    setWindowTitle(tr("Bandwidth Tracker"));
    m_strip->setObjectName(QStringLiteral("stripNotice"));
    m_pageNotice->setObjectName(QStringLiteral("pageNotice"));
    for (QWidget* page : {static_cast<QWidget*>(m_usage), static_cast<QWidget*>(m_pageNotice),
             static_cast<QWidget*>(m_diagnosis), static_cast<QWidget*>(m_settings)})
        m_stack->addWidget(page);

    m_stripRow = new QWidget(this);
    auto* stripMargin = new QVBoxLayout(m_stripRow);
    stripMargin->setContentsMargins(14, 10, 14, 0);
    stripMargin->addWidget(m_strip);
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);
    auto* besidePages = new QVBoxLayout;
    besidePages->addWidget(m_stripRow);
    besidePages->addWidget(m_stack, 1);
    auto* middle = new QHBoxLayout;
    middle->setSpacing(0);
    middle->addWidget(m_side);
    middle->addLayout(besidePages, 1);
    column->addWidget(m_bar);
    column->addLayout(middle, 1);
    column->addWidget(m_status);

    m_bar->setChoice(session.choice());
    m_bar->setMenu({actions.everyone, actions.pause, actions.quit});
    addAction(actions.quit);
    addShortcuts();
    resize(firstSize);
    restoreGeometry(QSettings().value(geometryKey).toByteArray());

    connect(m_bar, &TopBar::choiceMade, &m_session, &Session::setChoice);
    connect(&m_session, &Session::choiceChanged, this, [this] { m_bar->setChoice(m_session.choice()); });
    connect(&m_session, &Session::numbersChanged, this, &MainWindow::refreshNotices);
    connect(&m_session, &Session::stateChanged, this, &MainWindow::refreshNotices);
    connect(&m_session, &Session::commandFailed, this, [this](const Error& error) {
        m_failure = Notice{Notice::Kind::Warning, Notice::Place::Strip, tr("That did not happen"),
            words::errorText(error.code), Notice::Button::None};
        m_failureTimer.start(failureShown);
        refreshNotices();
    });
    m_failureTimer.setSingleShot(true);
    connect(&m_failureTimer, &QTimer::timeout, this, [this] {
        m_failure.reset();
        refreshNotices();
    });
    for (NoticeView* view : {m_strip, m_pageNotice})
        connect(view, &NoticeView::pressed, this, &MainWindow::answer);
    connect(m_usage, &UsagePage::noticePressed, this, &MainWindow::answer);
    connect(m_side, &SideBar::chosen, this, &MainWindow::setPage);
    connect(m_status, &StatusLine::pressed, this, [this] { setPage(Page::Diagnosis); });
    connect(&m_ageing, &QTimer::timeout, this, &MainWindow::refreshNotices);
    m_ageing.setInterval(ageingInterval);
    setPage(Page::Usage);
}

void MainWindow::setPage(Page page)
{
    m_page = page;
    m_side->setPage(page);
    refreshNotices();
}

void MainWindow::addShortcuts()
{
    const auto add = [this](const QKeySequence& keys, auto act) {
        connect(new QShortcut(keys, this), &QShortcut::activated, this, act);
    };
    add(QKeySequence::Find, [this] { m_bar->focusFilter(); });
    add(QKeySequence::Close, [this] { close(); });
    add(QKeySequence(Qt::CTRL | Qt::Key_1), [this] { setPage(Page::Usage); });
    add(QKeySequence(Qt::CTRL | Qt::Key_2), [this] { setPage(Page::Diagnosis); });
    add(QKeySequence(Qt::CTRL | Qt::Key_3), [this] { setPage(Page::Settings); });
    add(QKeySequence(Qt::Key_Escape), [this] {
        if (m_page != Page::Usage)
            return setPage(Page::Usage);
        ViewChoice choice = m_session.choice();
        if (choice.filter.isEmpty())
            choice.range = {}; // back to live
        choice.filter.clear();
        m_session.setChoice(choice);
    });
}

void MainWindow::raiseToUser()
{
    setWindowState(windowState() & ~Qt::WindowMinimized);
    show();
    raise();
    activateWindow();
}

Situation MainWindow::situation() const
{
    Situation now;
    now.state = m_session.state();
    now.error = m_session.error();
    now.hasNumbers = m_session.hasNumbers();
    now.ageMs = std::max<qint64>(0, QDateTime::currentMSecsSinceEpoch() - m_session.lastFrameMs());
    now.isStale = m_session.isStale();
    now.isPermissionOver = m_session.isPermissionOver();
    now.status = m_session.status();
    now.choice = m_session.choice();
    now.history = m_session.history().state();
    now.historyError = m_session.history().error();
    now.hasRows = m_session.rows().rowCount() > 0;
    return now;
}

void MainWindow::refreshNotices()
{
    const Situation now = situation();
    auto notice = noticeFor(now);
    if (!notice)
        notice = m_failure;
    const bool isPage = notice && notice->place == Notice::Place::Page;
    if (isPage)
        m_pageNotice->setNotice(*notice);
    else if (notice)
        m_strip->setNotice(*notice);
    m_stripRow->setVisible(notice && !isPage);
    m_bar->setPlaces(
        tells(now.status, &PlaceSource::tellsCountries), tells(now.status, &PlaceSource::tellsOperators));
    showPage(isPage);
    m_usage->setRowsNotice(rowsNoticeFor(now));
    m_usage->setStale(now.isStale);
    if (now.isStale && isVisible())
        m_ageing.start();
    else
        m_ageing.stop();
}

/// Diagnosis and settings answer for no choice, and are there when nothing else is.
void MainWindow::showPage(bool hasPageNotice)
{
    m_bar->setChoosable(m_page == Page::Usage && !hasPageNotice);
    switch (m_page) {
    case Page::Usage:
        return m_stack->setCurrentWidget(hasPageNotice ? static_cast<QWidget*>(m_pageNotice) : m_usage);
    case Page::Diagnosis:
        return m_stack->setCurrentWidget(m_diagnosis);
    case Page::Settings:
        return m_stack->setCurrentWidget(m_settings);
    }
}

void MainWindow::answer(Notice::Button button)
{
    switch (button) {
    case Notice::Button::StartHelper:
    case Notice::Button::TryAgain:
        m_session.startHelper();
        break;
    case Notice::Button::AskPermission:
    case Notice::Button::AskAgain:
        m_session.setWantsEveryone(true);
        break;
    case Notice::Button::Resume:
        m_session.setPaused(false);
        break;
    case Notice::Button::None:
        break;
    }
}

void MainWindow::closeEvent(QCloseEvent* event)
{
    QSettings settings;
    settings.setValue(geometryKey, saveGeometry());
    saveChoice(settings, m_session.choice());
    event->accept();
    if (m_closing == Closing::Quits)
        QCoreApplication::quit();
}

void MainWindow::showEvent(QShowEvent* event)
{
    QWidget::showEvent(event);
    m_session.setWatched(true);
    refreshNotices();
}

void MainWindow::resizeEvent(QResizeEvent* event)
{
    QWidget::resizeEvent(event);
    m_side->setNarrow(width() < narrowBelow);
}

void MainWindow::hideEvent(QHideEvent* event)
{
    QWidget::hideEvent(event);
    m_session.setWatched(false);
}

} // namespace bwt
