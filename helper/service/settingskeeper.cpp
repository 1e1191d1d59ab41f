// SPDX-License-Identifier: GPL-3.0-or-later
#include "helper/service/settingskeeper.h"

#include "helper/service/log.h"
#include "helper/service/settingtable.h"

#include <algorithm>
#include <utility>

namespace bwt {

namespace {

constexpr qsizetype longestValue = 10'000;

Result<void> checkLine(const QString& value)
{
    const auto isWrong = [](QChar character) { return character.category() == QChar::Other_Control; };
    if (value.size() > longestValue || std::ranges::any_of(value, isWrong))
        return failure(ErrorCode::InvalidArgument,
            QStringLiteral("a value is one line of at most %1 characters").arg(longestValue));
    return {};
}

} // namespace

SettingsKeeper::SettingsKeeper(QStringList arguments, HelperCommand command)
    : m_arguments(std::move(arguments))
    , m_command(std::move(command))
{
}

SettingList SettingsKeeper::entries() const
{
    SettingList entries;
    for (const Setting& setting : settingTable())
        entries.append({setting.name, setting.text(m_command.settings), setting.text(HelperSettings()),
            m_command.origins.value(setting.name, SettingOrigin::Default), setting.reach});
    return entries;
}

Result<void> SettingsKeeper::change(const QString& name, const QString& value)
{
    const Setting* setting = settingNamed(name);
    if (setting == nullptr)
        return failure(ErrorCode::InvalidArgument, QStringLiteral("no setting is called \"%1\"").arg(name));
    if (setting->reach == SettingReach::Fixed)
        return failure(ErrorCode::InvalidArgument,
            QStringLiteral("%1 is changed in %2, and by nobody else").arg(name, m_command.file));
    if (m_command.origins.value(name) == SettingOrigin::CommandLine)
        return failure(ErrorCode::InvalidArgument,
            QStringLiteral("%1 was given on the helper's command line, which wins").arg(name));
    const QString word = value.trimmed();
    if (auto isLine = checkLine(word); !isLine)
        return isLine;
    if (HelperSettings alone; !word.isEmpty()) {
        if (const auto isRight = setting->set(alone, word); !isRight)
            return failure(ErrorCode::InvalidArgument,
                QStringLiteral("%1: \"%2\" is not %3").arg(name, word, isRight.error().detail));
    }

    QString text;
    const auto readChanged = [&](const QString& path, MissingFile /*missing*/) {
        return readSettingsFile(path, MissingFile::IsEmpty).map([&](const QString& found) {
            text = withSetting(found, settingsSection, name, word.isEmpty() ? std::nullopt : std::optional(word));
            return text;
        });
    };
    auto command = readCommandLine(m_arguments, readChanged);
    if (!command)
        return tl::unexpected(command.error());
    if (auto written = writeSettingsFile(m_command.file, text); !written)
        return written;
    qCInfo(serviceLog).noquote()
        << QStringLiteral("%1 is \"%2\" from now on").arg(name, setting->text(command->settings));
    take(std::move(*command));
    return {};
}

Result<void> SettingsKeeper::readAgain()
{
    auto command = readCommandLine(m_arguments);
    if (!command)
        return tl::unexpected(command.error());
    take(std::move(*command));
    return {};
}

void SettingsKeeper::take(HelperCommand command)
{
    for (const QString& warning : std::as_const(command.warnings))
        qCWarning(serviceLog).noquote() << warning;
    m_command = std::move(command);
    Q_EMIT changed();
}

} // namespace bwt
