// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/views/panel.h"

#include <QColor>

namespace bwt {

/// One number in large figures, with a caption above it and words beside it.
class Card : public Panel {
    Q_OBJECT
public:
    explicit Card(const QString& caption, QWidget* parent = nullptr);

    enum class Hue { Text, Download, Upload };

    void setCaption(const QString& caption);
    /// "24.3 MB/s": the unit is set smaller. `mark` stands before the number.
    void setNumber(const QString& number, Hue hue = Hue::Text, const QString& mark = {});
    /// Quiet words after the number; they go where there is no room.
    void setWords(const QString& words);
    void setStale(bool stale);
    [[nodiscard]] const QString& number() const { return m_number; }

    [[nodiscard]] QSize sizeHint() const override;
    [[nodiscard]] QSize minimumSizeHint() const override;

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    void describe();
    [[nodiscard]] QColor color() const;

    QString m_caption;
    QString m_number;
    QString m_mark;
    QString m_words;
    Hue m_hue = Hue::Text;
    bool m_stale = false;
};

} // namespace bwt
