// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/views/notice.h"

#include <QWidget>

class QLabel;
class QPushButton;

namespace bwt {

/// A notice where its place is: a strip above the numbers, or words in the middle of where numbers would be.
class NoticeView : public QWidget {
    Q_OBJECT
public:
    enum class Form { Strip, Middle };

    explicit NoticeView(Form form, QWidget* parent = nullptr);

    /// Without the sign, which gives way first.
    [[nodiscard]] QSize minimumSizeHint() const override;

    void setNotice(const Notice& notice);
    [[nodiscard]] const Notice& notice() const { return m_notice; }

Q_SIGNALS:
    void pressed(bwt::Notice::Button button);

protected:
    void paintEvent(QPaintEvent* event) override;
    void changeEvent(QEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;

private:
    void layOutStrip();
    void layOutMiddle();
    void applyColors();

    Form m_form;
    Notice m_notice;
    QLabel* m_sign;
    QLabel* m_title;
    QLabel* m_text;
    QPushButton* m_button;
};

} // namespace bwt
