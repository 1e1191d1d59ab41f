// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QTimer>
#include <QWidget>

#include "app/views/notice.h"
#include "app/views/page.h"

class QStackedWidget;

namespace bwt {

class Actions;
class DiagnosisPage;
class NoticeView;
class Session;
class SettingsPage;
class SideBar;
class StatusLine;
class TopBar;
class UsagePage;

/// The window. Tests read it by the object names of its parts, which are stable:
///  - `rangeLive` `rangeHour` `rangeDay` `rangeWeek` `rangeMonth` `rangeFixed`, `scopeInternet` `scopeLan`
///  `scopeTunnel` `scopeAll`,
///    `groupApp` `groupProcess` `groupHost` `groupProtocol`: QAbstractButton; `filter`: QLineEdit
///  - `cardDownload` `cardUpload` `cardToday` `cardRange`: Card::number(), or QWidget::accessibleDescription()
///  - `usageTable`: QAbstractItemView with a row a group; UsageModel::Column and ::Role say what is where
///  - `usageChart`: UsageChart::data()
///  - `detailsTitle`: ElidedLabel; `detailsFacts`: FactList; `detailsFirstSection` `detailsSecondSection`: BarList
///  - `pageNotice` `stripNotice` `rowsNotice`: NoticeView::notice() while visible; each holds `noticeTitle`,
///    `noticeText` and `noticeButton`
///  - `statusLine`: StatusLine::text()
///  - `pageUsage` `pageDiagnosis` `pageSettings`: QAbstractButton; `diagnosisPage`: DiagnosisPage::text();
///    `diagnosisCopy`; `settingsPage`: SettingsPage, whose editors are named as it says
class MainWindow : public QWidget {
    Q_OBJECT
public:
    /// What closing the window means.
    enum class Closing { Quits, Hides };

    MainWindow(Session& session, Actions& actions, QWidget* parent = nullptr);

    void setClosing(Closing closing) { m_closing = closing; }
    void setPage(Page page);
    /// Shows the window in front of the others.
    void raiseToUser();

protected:
    void closeEvent(QCloseEvent* event) override;
    void showEvent(QShowEvent* event) override;
    void hideEvent(QHideEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;

private:
    void addShortcuts();
    void refreshNotices();
    void showPage(bool hasPageNotice);
    void answer(Notice::Button button);
    [[nodiscard]] Situation situation() const;

    Session& m_session;
    TopBar* m_bar;
    SideBar* m_side;
    NoticeView* m_strip;
    QWidget* m_stripRow = nullptr; ///< the strip with the room around it
    QStackedWidget* m_stack;
    UsagePage* m_usage;
    DiagnosisPage* m_diagnosis;
    SettingsPage* m_settings;
    NoticeView* m_pageNotice; ///< in place of the usage page
    StatusLine* m_status;
    QTimer m_ageing; ///< lets the age of old numbers grow
    std::optional<Notice> m_failure; ///< of a command, for a while
    QTimer m_failureTimer;
    Page m_page = Page::Usage;
    Closing m_closing = Closing::Quits;
};

} // namespace bwt
