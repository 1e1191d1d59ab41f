// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/models/viewchoice.h"

#include <QDialog>

class QDateTimeEdit;
class QLabel;
class QPushButton;

namespace bwt {

/// Asks for a fixed range of local time.
class RangeDialog : public QDialog {
    Q_OBJECT
public:
    explicit RangeDialog(const TimeSpan& start, QWidget* parent = nullptr);

    [[nodiscard]] TimeSpan span() const;

private:
    void check();

    QDateTimeEdit* m_since;
    QDateTimeEdit* m_until;
    QLabel* m_complaint;
    QPushButton* m_accept;
};

} // namespace bwt
