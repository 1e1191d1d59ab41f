// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>

namespace bwt {

/// One line of text that shortens itself rather than widening the window; the whole text is its tooltip.
class ElidedLabel : public QWidget {
    Q_OBJECT
public:
    enum class Tone { Plain, Muted };

    explicit ElidedLabel(Tone tone, Qt::TextElideMode mode, QWidget* parent = nullptr);

    void setText(const QString& text);
    [[nodiscard]] const QString& text() const { return m_text; }

    [[nodiscard]] QSize sizeHint() const override;
    [[nodiscard]] QSize minimumSizeHint() const override;

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    Tone m_tone;
    Qt::TextElideMode m_mode;
    QString m_text;
};

} // namespace bwt
