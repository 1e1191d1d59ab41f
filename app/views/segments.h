// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QAbstractButton>
#include <QWidget>

class QButtonGroup;
class QHBoxLayout;

namespace bwt {

/// A row of choices of which one is chosen. Tab reaches the row, arrow keys move within it.
class Segments : public QWidget {
    Q_OBJECT
public:
    explicit Segments(const QString& accessibleName, QWidget* parent = nullptr);

    void addChoice(int id, const QString& text, const QString& objectName);
    /// What is not there can't be chosen, but the present choice stays until there is another.
    void setThere(int id, bool isThere);
    void setText(int id, const QString& text);
    /// Chooses without `chosen`.
    void setCurrent(int id);
    [[nodiscard]] int current() const;

Q_SIGNALS:
    /// The reader chose; also when it is the present choice once more.
    void chosen(int id);

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    QButtonGroup* m_buttons;
    QHBoxLayout* m_layout;
};

} // namespace bwt
