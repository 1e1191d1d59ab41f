// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QScrollArea>

class QGridLayout;
class QHBoxLayout;
class QLabel;

namespace bwt {

/// A page of panels under each other, which scrolls.
class SheetPage : public QScrollArea {
    Q_OBJECT
public:
    /// `words` say in a line above the panels what the page is for.
    SheetPage(const QString& name, const QString& words, QWidget* parent);

protected:
    void changeEvent(QEvent* event) override;
    /// Beside the words.
    [[nodiscard]] QHBoxLayout& top() { return *m_top; }
    /// An empty one, in place of the last, which is gone with all that was in it.
    void beginBody();
    /// A panel of the body, with captions in its grid's first column.
    [[nodiscard]] QGridLayout* addPanel(const QString& title);
    /// Wraps; plain text, since names of interfaces and files are anybody's.
    [[nodiscard]] static QLabel* label(const QString& text, const QColor& ink, QWidget* parent);

private:
    QHBoxLayout* m_top;
    QLabel* m_words;
    QWidget* m_body = nullptr;
};

} // namespace bwt
