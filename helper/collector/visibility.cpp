// SPDX-License-Identifier: GPL-3.0-or-later
#include "helper/collector/visibility.h"

#include "helper/collector/naming.h"

#include <QFile>

#include <algorithm>
#include <array>
#include <limits>
#include <optional>

namespace bwt {

namespace {

constexpr auto lastUid = std::numeric_limits<std::uint32_t>::max();

/// System accounts and systemd's dynamic users (systemd, "Users, Groups, UIDs and GIDs").
constexpr std::array<Visibility::UidRange, 2> systemRanges{{{0, 999}, {61184, 65519}}};

bool contains(const Visibility::UidRange& range, std::uint32_t uid)
{
    return range.first <= uid && uid <= range.second;
}

/// One line "owner:first:count" of subuid(5), when it is the owner's and in range.
std::optional<Visibility::UidRange> subordinates(
    const QByteArray& line, const QByteArray& name, const QByteArray& uid)
{
    const QList<QByteArray> fields = line.trimmed().split(':');
    if (fields.size() != 3 || (fields[0] != name && fields[0] != uid))
        return {};
    bool firstOk = false;
    bool countOk = false;
    const quint32 first = fields[1].toUInt(&firstOk);
    const quint32 count = fields[2].toUInt(&countOk);
    if (!firstOk || !countOk || count == 0 || count - 1 > lastUid - first)
        return {};
    return Visibility::UidRange{first, first + (count - 1)};
}

} // namespace

Visibility Visibility::everyone()
{
    Visibility all;
    all.m_everyone = true;
    return all;
}

Visibility Visibility::ofUids(std::vector<UidRange> own)
{
    Visibility some;
    some.m_own = std::move(own);
    return some;
}

Visibility Visibility::ofUser(std::uint32_t uid, const QString& subuidFile)
{
    std::vector<UidRange> own{{uid, uid}};
    QFile file(subuidFile);
    if (file.open(QIODevice::ReadOnly)) {
        const QByteArray name = userName(uid).toLocal8Bit();
        const QByteArray number = QByteArray::number(uid);
        while (!file.atEnd()) {
            if (const auto range = subordinates(file.readLine(), name, number))
                own.push_back(*range);
        }
    }
    return ofUids(std::move(own));
}

bool Visibility::sees(std::uint32_t uid) const
{
    const auto holds = [uid](const UidRange& range) { return contains(range, uid); };
    return m_everyone || std::ranges::any_of(systemRanges, holds) || std::ranges::any_of(m_own, holds);
}

std::vector<Visibility::UidRange> Visibility::ranges() const
{
    if (m_everyone)
        return {{0, lastUid}};
    std::vector<UidRange> all(systemRanges.begin(), systemRanges.end());
    all.insert(all.end(), m_own.begin(), m_own.end());
    return all;
}

} // namespace bwt
