// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/views/appmenu.h"

#include <QHash>
#include <QInputDialog>
#include <QMenu>

#include <algorithm>

namespace bwt {

namespace {

/// Those that count for themselves, but for one; none of them counts for that one.
AppList othersThan(const QString& app, const AppList& apps)
{
    AppList others = apps;
    others.removeIf([&app](const AppEntry& one) { return one.id == app || !one.into.isNull(); });
    return others;
}

/// Names, with the id where two have the same, each with its id.
QList<std::pair<QString, QString>> choicesOf(const AppList& apps)
{
    QHash<QString, int> count;
    for (const AppEntry& app : apps)
        ++count[app.name];
    QList<std::pair<QString, QString>> choices;
    for (const AppEntry& app : apps)
        choices.append({count.value(app.name) == 1 ? app.name : QString(app.name % u" · " % app.id), app.id});
    return choices;
}

} // namespace

AppMenu::AppMenu(QWidget* parent)
    : QObject(parent)
    , m_parent(parent)
{
}

void AppMenu::offer(const QString& app, const QString& name, const AppList& apps, const QPoint& at)
{
    const auto own = std::ranges::find(apps, app, &AppEntry::id);
    const bool isRenamed = own != apps.cend() && own->name != own->ownName;
    QStringList parts;
    for (const AppEntry& one : apps) {
        if (one.into == app)
            parts.append(one.id);
    }
    const AppList others = othersThan(app, apps);

    auto* menu = new QMenu(m_parent);
    menu->setObjectName(QStringLiteral("appMenu"));
    connect(menu, &QMenu::aboutToHide, menu, &QObject::deleteLater);
    const auto add = [&](const QString& text, const char* objectName, bool isPossible, const auto& act) {
        QAction* action = menu->addAction(text);
        action->setObjectName(QLatin1StringView(objectName));
        action->setEnabled(isPossible);
        connect(action, &QAction::triggered, this, act);
    };
    add(tr("&Rename…"), "appRename", true, [=, this] { askForName(app, name); });
    add(tr("&Merge into…"), "appMerge", !others.isEmpty(), [=, this] { askForWhole(app, name, others); });
    menu->addSeparator();
    add(tr("&Own name again"), "appOwnName", isRenamed, [=, this] { Q_EMIT decided({AppChange::Kind::Reset, app}); });
    add(tr("&Take apart"), "appTakeApart", !parts.isEmpty(), [=, this] {
        for (const QString& part : parts)
            Q_EMIT decided({AppChange::Kind::Reset, part});
    });
    menu->popup(at);
}

void AppMenu::askForName(const QString& app, const QString& name)
{
    QInputDialog* question = makeQuestion(tr("Rename"), tr("&Name of “%1” from now on:").arg(name), tr("&Rename"));
    question->setTextValue(name);
    connect(question, &QInputDialog::textValueSelected, this, [this, app](const QString& text) {
        if (!text.trimmed().isEmpty())
            Q_EMIT decided({AppChange::Kind::Rename, app, text.trimmed()});
    });
    question->open();
}

void AppMenu::askForWhole(const QString& app, const QString& name, const AppList& others)
{
    const QList<std::pair<QString, QString>> choices = choicesOf(others);
    QStringList texts;
    for (const auto& [text, id] : choices)
        texts.append(text);
    QInputDialog* question = makeQuestion(tr("Merge"), tr("&Count “%1” for:").arg(name), tr("&Merge"));
    question->setOption(QInputDialog::UseListViewForComboBoxItems);
    question->setComboBoxItems(texts);
    question->setTextValue(texts.constFirst());
    connect(question, &QInputDialog::textValueSelected, this, [this, app, choices](const QString& chosen) {
        const auto found = std::ranges::find(choices, chosen, &std::pair<QString, QString>::first);
        if (found != choices.end())
            Q_EMIT decided({AppChange::Kind::Merge, app, found->second});
    });
    question->open();
}

QInputDialog* AppMenu::makeQuestion(const QString& title, const QString& label, const QString& acceptText)
{
    auto* question = new QInputDialog(m_parent);
    question->setObjectName(QStringLiteral("appQuestion"));
    question->setAttribute(Qt::WA_DeleteOnClose);
    question->setWindowTitle(title);
    question->setLabelText(label);
    question->setOkButtonText(acceptText);
    return question;
}

} // namespace bwt
