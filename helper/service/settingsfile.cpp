// SPDX-License-Identifier: GPL-3.0-or-later
#include "helper/service/settingsfile.h"

#include <QFile>
#include <QSaveFile>
#include <QStringBuilder>
#include <QStringList>

#include <algorithm>

namespace bwt {

namespace {

/// What a line is to us.
struct Line {
    enum class Kind { Nothing, Comment, Section, Entry, Wrong };

    Kind kind = Kind::Nothing;
    QString name; ///< of the section; the key, also of an entry that is commented out
    QString value;
};

std::optional<std::pair<QString, QString>> entryIn(QStringView text)
{
    const qsizetype equals = text.indexOf(u'=');
    if (equals <= 0)
        return std::nullopt;
    return std::pair(text.first(equals).trimmed().toString(), text.sliced(equals + 1).trimmed().toString());
}

Line parsed(const QString& line)
{
    const QStringView text = QStringView(line).trimmed();
    if (text.isEmpty())
        return {};
    if (text.startsWith(u'#') || text.startsWith(u';')) {
        const auto entry = entryIn(text.sliced(1));
        return {Line::Kind::Comment, entry ? entry->first : QString(), {}};
    }
    if (text.startsWith(u'[') && text.endsWith(u']'))
        return {Line::Kind::Section, text.sliced(1, text.size() - 2).trimmed().toString(), {}};
    if (const auto entry = entryIn(text))
        return {Line::Kind::Entry, entry->first, entry->second};
    return {Line::Kind::Wrong, {}, {}};
}

/// Where a key is in a section's lines, and where it would go; below 0 where nowhere.
struct Places {
    QList<qsizetype> entries;
    qsizetype comment = -1; ///< the last that comments it out
    qsizetype end = -1; ///< the section's last line that says something
};

Places find(const QStringList& lines, const QString& section, const QString& key)
{
    Places places;
    bool isInSection = false;
    for (qsizetype i = 0; i < lines.size(); ++i) {
        const Line line = parsed(lines[i]);
        if (line.kind == Line::Kind::Section)
            isInSection = line.name == section;
        if (!isInSection || line.kind == Line::Kind::Nothing)
            continue;
        places.end = i;
        if (line.name == key && line.kind == Line::Kind::Entry)
            places.entries.append(i);
        if (line.name == key && line.kind == Line::Kind::Comment)
            places.comment = i;
    }
    return places;
}

} // namespace

Result<QString> readSettingsFile(const QString& path, MissingFile missing)
{
    QFile file(path);
    if (missing == MissingFile::IsEmpty && !file.exists())
        return QString();
    if (!file.open(QIODevice::ReadOnly | QIODevice::Text))
        return failure(ErrorCode::InvalidArgument,
            QStringLiteral("the settings file %1 can't be read: %2").arg(path, file.errorString()));
    return QString::fromUtf8(file.readAll());
}

Result<void> writeSettingsFile(const QString& path, const QString& text)
{
    QSaveFile file(path);
    constexpr auto everyoneReads
        = QFileDevice::ReadOwner | QFileDevice::WriteOwner | QFileDevice::ReadGroup | QFileDevice::ReadOther;
    const QByteArray bytes = text.toUtf8();
    const bool isWritten = file.open(QIODevice::WriteOnly) && file.setPermissions(everyoneReads)
        && file.write(bytes) == bytes.size() && file.commit();
    if (!isWritten)
        return failure(
            ErrorCode::Io, QStringLiteral("the settings file %1 can't be written: %2").arg(path, file.errorString()));
    return {};
}

Result<QList<SettingsEntry>> settingsIn(const QString& text, const QString& path, const QString& section)
{
    QList<SettingsEntry> entries;
    bool isInSection = false;
    int number = 0;
    for (const QString& raw : text.split(u'\n')) {
        ++number;
        const Line line = parsed(raw);
        if (line.kind == Line::Kind::Section)
            isInSection = line.name == section;
        if (line.kind == Line::Kind::Wrong)
            return failure(ErrorCode::InvalidArgument,
                QStringLiteral("%1:%2: \"%3\" is neither [section] nor key=value")
                    .arg(path)
                    .arg(number)
                    .arg(raw.trimmed()));
        if (line.kind == Line::Kind::Entry && isInSection)
            entries.append({line.name, line.value, number});
    }
    return entries;
}

QString withSetting(
    const QString& text, const QString& section, const QString& key, const std::optional<QString>& value)
{
    QStringList lines = text.split(u'\n');
    if (lines.last().isEmpty())
        lines.removeLast(); // it is no line, only what is after the last
    Places places = find(lines, section, key);
    if (!value && places.entries.isEmpty())
        return text;
    const QString entry = value ? QString(key % u'=' % *value) : QString();
    if (value && !places.entries.isEmpty())
        lines[places.entries.takeLast()] = entry;
    else if (value && places.comment >= 0)
        lines[places.comment] = entry;
    else if (value && places.end >= 0)
        lines.insert(places.end + 1, entry);
    else if (value)
        lines += {QLatin1Char('[') % section % QLatin1Char(']'), entry};
    for (const qsizetype i : std::as_const(places.entries))
        lines[i].prepend(u'#');
    return lines.join(u'\n') % u'\n';
}

} // namespace bwt
