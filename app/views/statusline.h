// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/views/diagnosis.h"

#include <QWidget>

namespace bwt {

class Session;

/// What the numbers are worth: whether anything is counted, by what, what was lost, and what it costs.
class StatusLine : public QWidget {
    Q_OBJECT
public:
    explicit StatusLine(Session& session, QWidget* parent = nullptr);

    void refresh();
    /// The words as they stand, for tests and screen readers.
    [[nodiscard]] QString text() const;

    [[nodiscard]] QSize sizeHint() const override;
    [[nodiscard]] QSize minimumSizeHint() const override;

Q_SIGNALS:
    void pressed();

protected:
    void mouseReleaseEvent(QMouseEvent* event) override;
    void paintEvent(QPaintEvent* event) override;

private:
    [[nodiscard]] QColor color() const;

    Session& m_session;
    diagnosis::Verdict m_verdict;
    QStringList m_facts;
    QStringList m_costs;
};

} // namespace bwt
