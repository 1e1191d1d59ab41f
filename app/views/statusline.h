// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

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

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    enum class Health { Unknown, Counting, Paused, Wrong };

    void judge();
    [[nodiscard]] QString explanation() const;
    [[nodiscard]] QColor color() const;

    Session& m_session;
    Health m_health = Health::Unknown;
    QString m_verdict;
    QStringList m_facts;
    QStringList m_costs;
};

} // namespace bwt
