// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QTreeView>

namespace bwt {

class UsageDelegate;

/// The table of groups. Columns keep their width while numbers change.
class UsageTable : public QTreeView {
    Q_OBJECT
public:
    enum class Columns { Live, Past };

    explicit UsageTable(QWidget* parent = nullptr);

    void setModel(QAbstractItemModel* model) override;
    /// A past range has no "now".
    void setColumns(Columns columns);
    /// Columns of places are there where there is something to show in them.
    void setPlaces(bool hasCountries, bool hasOperators);
    void setStale(bool stale);
    /// The selected row's key, empty without one.
    [[nodiscard]] QString currentKey() const;
    /// Nobody points at a row or moves through them.
    [[nodiscard]] bool isAtRest() const;

Q_SIGNALS:
    void currentKeyChanged(const QString& key);

protected:
    void currentChanged(const QModelIndex& current, const QModelIndex& previous) override;
    void resizeEvent(QResizeEvent* event) override;

private:
    void layOutColumns();

    UsageDelegate* m_delegate;
    Columns m_columns = Columns::Live;
    bool m_hasCountries = false;
    bool m_hasOperators = false;
};

} // namespace bwt
