// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/models/usagegroup.h"

#include <QWidget>

namespace bwt {

/// A short list of parts with their bytes and a bar for each one's share of the biggest; the rest is one line.
class BarList : public QWidget {
    Q_OBJECT
public:
    explicit BarList(QWidget* parent = nullptr);

    void setTitle(const QString& title);
    void setGroups(const QList<UsageGroup>& groups);
    void setColor(const QColor& color);
    [[nodiscard]] const QList<UsageGroup>& groups() const { return m_groups; }

    [[nodiscard]] QSize sizeHint() const override;
    [[nodiscard]] QSize minimumSizeHint() const override;

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    struct Line {
        QString name;
        quint64 bytes = 0;
    };
    [[nodiscard]] QList<Line> lines() const;
    [[nodiscard]] int lineHeight() const;

    QString m_title;
    QList<UsageGroup> m_groups;
    QColor m_color;
};

} // namespace bwt
