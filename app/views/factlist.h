// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QList>
#include <QString>
#include <QWidget>

namespace bwt {

/// Captions on the left, what is known on the right.
class FactList : public QWidget {
    Q_OBJECT
public:
    struct Fact {
        QString caption;
        QString text;

        friend bool operator==(const Fact&, const Fact&) = default;
    };

    explicit FactList(QWidget* parent = nullptr);

    void setFacts(const QList<Fact>& facts);
    [[nodiscard]] const QList<Fact>& facts() const { return m_facts; }

    [[nodiscard]] QSize sizeHint() const override;
    [[nodiscard]] QSize minimumSizeHint() const override { return sizeHint(); }

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    [[nodiscard]] int lineHeight() const;

    QList<Fact> m_facts;
};

} // namespace bwt
