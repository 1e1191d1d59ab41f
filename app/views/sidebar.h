// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/views/page.h"

#include <QWidget>

class QButtonGroup;

namespace bwt {

/// The way to each page, beside it. Tab reaches the bar, arrow keys move within it. Signs alone where the window is
/// narrow.
class SideBar : public QWidget {
    Q_OBJECT
public:
    explicit SideBar(QWidget* parent = nullptr);

    /// Without `chosen`.
    void setPage(Page page);
    void setNarrow(bool narrow);

Q_SIGNALS:
    void chosen(bwt::Page page);

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    QButtonGroup* m_buttons;
};

} // namespace bwt
