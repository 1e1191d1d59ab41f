// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/views/panel.h"

#include <array>

class QBoxLayout;
class QLabel;
class QPushButton;
class QScrollArea;
class QToolButton;

namespace bwt {

class BarList;
class ElidedLabel;
class FactList;
class Session;
class Swatch;

/// Answers "what is this?" for the selected row. Where the window is small it folds to one line under the table.
class DetailsPane : public Panel {
    Q_OBJECT
public:
    enum class Shape { Beside, Folded, Unfolded };

    explicit DetailsPane(Session& session, QWidget* parent = nullptr);

    void setShape(Shape shape);
    [[nodiscard]] Shape shape() const { return m_shape; }
    /// Reads the session again.
    void refresh();

Q_SIGNALS:
    void foldToggled();

protected:
    void changeEvent(QEvent* event) override;

private:
    void applyAge();
    void refreshFacts();
    void refreshSections();

    Session& m_session;
    Shape m_shape = Shape::Beside;
    QToolButton* m_fold;
    Swatch* m_swatch;
    ElidedLabel* m_title;
    ElidedLabel* m_subtitle;
    QScrollArea* m_scroll;
    QBoxLayout* m_body;
    FactList* m_facts;
    QLabel* m_hidden; ///< why there is nothing to break down
    QPushButton* m_everyone;
    std::array<BarList*, 2> m_sections;
};

} // namespace bwt
