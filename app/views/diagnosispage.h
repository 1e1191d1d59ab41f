// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/views/diagnosis.h"
#include "app/views/sheetpage.h"

class QLabel;

namespace bwt {

class Session;

/// What the numbers are worth, and what to do where something is missing. Follows the session while it is visible.
class DiagnosisPage : public SheetPage {
    Q_OBJECT
public:
    explicit DiagnosisPage(Session& session, QWidget* parent = nullptr);

    /// What is shown, as it is copied.
    [[nodiscard]] QString text() const { return diagnosis::text(m_sections); }

protected:
    void showEvent(QShowEvent* event) override;
    void changeEvent(QEvent* event) override;

private:
    void refresh();
    void rebuild();
    void updateTexts();
    void addSection(const diagnosis::Section& section);

    Session& m_session;
    QList<diagnosis::Section> m_sections;
    QList<QLabel*> m_texts; ///< of the items, in order
};

} // namespace bwt
