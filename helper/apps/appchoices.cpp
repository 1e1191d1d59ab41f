// SPDX-License-Identifier: GPL-3.0-or-later
#include "helper/apps/appchoices.h"

namespace bwt {

void AppChoices::insert(const QString& app, const Choice& choice, const QString& ownName)
{
    Choice kept = choice;
    if (!kept.into.isNull() && isPartOf(kept.into, app))
        kept.into = QString();
    m_choices.insert(app, kept);
    insertOwnName(app, ownName);
}

QString AppChoices::wholeOf(const QString& app) const
{
    QString whole = app;
    for (QString into = choice(app).into; !into.isNull(); into = choice(into).into)
        whole = into;
    return whole;
}

AppChoices::Told AppChoices::told(const QString& app, const QString& ownName) const
{
    if (isEmpty())
        return {app, ownName};
    const QString whole = wholeOf(app);
    const QString chosen = choice(whole).name;
    if (!chosen.isNull())
        return {whole, chosen};
    return {whole, whole == app ? ownName : m_ownNames.value(whole)};
}

bool AppChoices::isPartOf(const QString& app, const QString& whole) const
{
    QString part = app;
    while (part != whole) {
        part = choice(part).into;
        if (part.isNull())
            return false;
    }
    return true;
}

QStringList AppChoices::partsOf(const QString& whole) const
{
    QStringList parts{whole};
    for (auto choice = m_choices.keyBegin(); choice != m_choices.keyEnd(); ++choice) {
        if (*choice != whole && isPartOf(*choice, whole))
            parts.append(*choice);
    }
    return parts;
}

} // namespace bwt
