// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QHash>
#include <QString>
#include <QStringList>

namespace bwt {

/// What the user decided of apps: how they are called, and which of them count for another. Holds for everything that
/// is told, live or of the past; what is stored stays as it was, so that a decision can be taken back.
class AppChoices {
public:
    struct Choice {
        QString name; ///< null: its own
        QString into; ///< the app that it counts for; null: itself

        friend bool operator==(const Choice&, const Choice&) = default;
    };
    /// An app as it is told.
    struct Told {
        QString id;
        QString name;
    };

    /// `ownName` is what the app is called without a decision.
    void insert(const QString& app, const Choice& choice, const QString& ownName);
    /// An app that no decision is about, but that others count for.
    void insertOwnName(const QString& app, const QString& ownName) { m_ownNames.insert(app, ownName); }

    [[nodiscard]] bool isEmpty() const { return m_choices.isEmpty(); }
    [[nodiscard]] Choice choice(const QString& app) const { return m_choices.value(app); }
    /// The app that it counts for at last, which may be itself.
    [[nodiscard]] QString wholeOf(const QString& app) const;
    [[nodiscard]] Told told(const QString& app, const QString& ownName) const;
    /// Whether it is the app `whole` or counts for it.
    [[nodiscard]] bool isPartOf(const QString& app, const QString& whole) const;
    /// The app and all that count for it.
    [[nodiscard]] QStringList partsOf(const QString& whole) const;

    friend bool operator==(const AppChoices&, const AppChoices&) = default;

private:
    QHash<QString, Choice> m_choices; ///< by app; no app counts for itself over others, whatever a file says
    QHash<QString, QString> m_ownNames;
};

} // namespace bwt
