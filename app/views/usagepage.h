// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/views/noticeview.h"

#include <QTimer>
#include <QWidget>

class QBoxLayout;
class QPushButton;
class QStackedLayout;

namespace bwt {

class AppMenu;
class Card;
class DetailsPane;
class ElidedLabel;
class Legend;
class Panel;
class Session;
class UsageChart;
class UsageTable;

/// Everything that is a breakdown: cards, chart, table, details.
class UsagePage : public QWidget {
    Q_OBJECT
public:
    explicit UsagePage(Session& session, QWidget* parent = nullptr);

    void refresh();
    /// Words in place of the rows, nothing when there are rows.
    void setRowsNotice(const std::optional<Notice>& notice);
    void setStale(bool stale);

Q_SIGNALS:
    void noticePressed(bwt::Notice::Button button);

protected:
    void resizeEvent(QResizeEvent* event) override;
    void showEvent(QShowEvent* event) override;

private:
    [[nodiscard]] QWidget* makeCards();
    [[nodiscard]] QWidget* makeChart();
    [[nodiscard]] QWidget* makeTable();
    void refreshCards();
    void refreshFooter();
    void keepSelection();
    void offerApp(const QPoint& at);
    void arrange();

    Session& m_session;
    Card* m_download;
    Card* m_upload;
    Card* m_today;
    Card* m_range;
    QWidget* m_chartPanel = nullptr;
    Legend* m_legend;
    UsageChart* m_chart;
    UsageTable* m_table;
    AppMenu* m_appMenu;
    QStackedLayout* m_rowsStack = nullptr;
    NoticeView* m_rowsNotice;
    ElidedLabel* m_footer;
    QPushButton* m_sortAgain;
    DetailsPane* m_details;
    QBoxLayout* m_body;
    QTimer m_sortBeat;
    bool m_unfolded = false;
};

} // namespace bwt
