// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "dbus/appentry.h"

#include <QObject>
#include <QPoint>

class QInputDialog;
class QWidget;

namespace bwt {

/// Offers what can be decided of an app, and asks for what a decision takes.
class AppMenu : public QObject {
    Q_OBJECT
public:
    explicit AppMenu(QWidget* parent);

    /// `apps` are all that the helper tells of.
    void offer(const QString& app, const QString& name, const AppList& apps, const QPoint& at);

Q_SIGNALS:
    void decided(const bwt::AppChange& change);

private:
    void askForName(const QString& app, const QString& name);
    void askForWhole(const QString& app, const QString& name, const AppList& others);
    [[nodiscard]] QInputDialog* makeQuestion(const QString& title, const QString& label, const QString& acceptText);

    QWidget* m_parent;
};

} // namespace bwt
