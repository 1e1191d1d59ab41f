// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/views/settingwords.h"

#include <QCoreApplication>

namespace bwt::words {

namespace {

struct Text {
    Q_DECLARE_TR_FUNCTIONS(bwt::Settings)
};

} // namespace

QList<SettingGroup> settingGroups()
{
    return {
        {Text::tr("History"),
            {
                {QStringLiteral("keep-minutes"), Text::tr("Every minute, with hosts"),
                    Text::tr("How long each minute is kept with the process and the address that it talked to."),
                    SettingKind::Days},
                {QStringLiteral("keep-app-minutes"), Text::tr("Every minute, by app"),
                    Text::tr("How long each minute is kept for every app, without addresses."), SettingKind::Days,
                    Text::tr("31 days, or as long as hosts")},
                {QStringLiteral("keep-hours"), Text::tr("Every hour"),
                    Text::tr("How long hours are kept. Days are kept for ever."), SettingKind::Days},
                {QStringLiteral("history-size"), Text::tr("Most room on the disk"),
                    Text::tr("When the history needs more, its oldest details go first. No total changes."),
                    SettingKind::Megabytes},
            }},
        {Text::tr("Privacy"),
            {
                {QStringLiteral("totals-only-apps"), Text::tr("Apps without hosts"),
                    Text::tr(
                        "Whom these apps talk to is not recorded, only how much. App ids, with commas between them."),
                    SettingKind::Text},
                {QStringLiteral("totals-only-remotes"), Text::tr("Hosts without names"),
                    Text::tr("That it was these addresses is not recorded, only how much. With commas between them."),
                    SettingKind::Text},
            }},
        {Text::tr("Places"),
            {
                {QStringLiteral("country-db"), Text::tr("File of countries"),
                    Text::tr("A MaxMind file that says in which country an address is.")},
                {QStringLiteral("asn-db"), Text::tr("File of operators"),
                    Text::tr("A MaxMind file that says whose network an address is in.")},
            }},
        {Text::tr("Counting"),
            {
                {QStringLiteral("interval"), Text::tr("Read the counters every"),
                    Text::tr("Shorter is livelier, longer is lighter. Nothing is missed either way."),
                    SettingKind::Seconds, Text::tr("1 s while somebody looks, else 5 s")},
                {QStringLiteral("wire"), Text::tr("Count on the wire, too"),
                    Text::tr("Packets with their headers, and what was sent again, beside what programs moved."),
                    SettingKind::Switch},
            }},
    };
}

} // namespace bwt::words
