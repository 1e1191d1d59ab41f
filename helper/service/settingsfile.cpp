// SPDX-License-Identifier: GPL-3.0-or-later
#include "helper/service/settingsfile.h"

#include <QFile>

namespace bwt {

Result<QList<SettingsEntry>> readSettingsFile(const QString& path, const QString& section, MissingFile missing)
{
    QList<SettingsEntry> entries;
    QFile file(path);
    if (missing == MissingFile::IsEmpty && !file.exists())
        return entries;
    if (!file.open(QIODevice::ReadOnly | QIODevice::Text))
        return failure(ErrorCode::InvalidArgument,
            QStringLiteral("the settings file %1 can't be read: %2").arg(path, file.errorString()));
    bool isInSection = false;
    for (int number = 1; !file.atEnd(); ++number) {
        const QString line = QString::fromUtf8(file.readLine()).trimmed();
        if (line.isEmpty() || line.startsWith(QLatin1Char('#')) || line.startsWith(QLatin1Char(';')))
            continue;
        if (line.startsWith(QLatin1Char('[')) && line.endsWith(QLatin1Char(']'))) {
            isInSection = QStringView(line).mid(1, line.size() - 2).trimmed() == section;
            continue;
        }
        const qsizetype equals = line.indexOf(QLatin1Char('='));
        if (equals <= 0)
            return failure(ErrorCode::InvalidArgument,
                QStringLiteral("%1:%2: \"%3\" is neither [section] nor key=value").arg(path).arg(number).arg(line));
        if (isInSection)
            entries.append({line.left(equals).trimmed(), line.mid(equals + 1).trimmed(), number});
    }
    return entries;
}

} // namespace bwt
