// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/models/viewchoice.h"

#include <QWidget>

class QAction;
class QBoxLayout;
class QLabel;
class QToolButton;

namespace bwt {

class FilterField;
class Segments;

/// The bar that rules everything below it: range, scope, grouping, filter. Takes a second row where it is narrow.
class TopBar : public QWidget {
    Q_OBJECT
public:
    explicit TopBar(QWidget* parent = nullptr);

    /// Shows a choice without choiceMade.
    void setChoice(const ViewChoice& choice);
    void setMenu(const QList<QAction*>& actions);
    void focusFilter();
    /// By what of places there is something to group.
    void setPlaces(bool hasCountries, bool hasOperators);
    /// Without numbers there is nothing to choose; the menu stays.
    void setChoosable(bool choosable);

    /// That of two rows: one row would keep the window wide.
    [[nodiscard]] QSize minimumSizeHint() const override;

Q_SIGNALS:
    void choiceMade(const bwt::ViewChoice& choice);

protected:
    void paintEvent(QPaintEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;
    void changeEvent(QEvent* event) override;

private:
    [[nodiscard]] int filterAtLeast() const;
    void arrange(bool compact);
    void arrangeForWidth();
    void offerPlaces();
    void chooseRange(RangeKind kind);
    void askForRange();
    void announce();

    ViewChoice m_choice;
    Segments* m_range;
    Segments* m_scope;
    QLabel* m_groupLabel;
    Segments* m_grouping;
    FilterField* m_filter;
    QToolButton* m_menu;
    QBoxLayout* m_firstRow;
    QBoxLayout* m_secondRow;
    bool m_compact = false;
    bool m_hasCountries = false;
    bool m_hasOperators = false;
};

} // namespace bwt
