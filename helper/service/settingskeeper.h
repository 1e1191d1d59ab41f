// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "helper/service/settings.h"

#include <QObject>

namespace bwt {

/// The helper's settings while it runs: says what they are, and changes them in the file. Lives in the main thread.
class SettingsKeeper : public QObject {
    Q_OBJECT
public:
    /// `command` is what the arguments were read as.
    SettingsKeeper(QStringList arguments, HelperCommand command);

    [[nodiscard]] const HelperSettings& settings() const { return m_command.settings; }
    /// All of them, in the order of --help.
    [[nodiscard]] SettingList entries() const;

    /// Writes a setting into the file, or takes it out of there for an empty value; changed() before it returns. What
    /// would not be read again is InvalidArgument, and then nothing has changed; so is a setting of the machine, and
    /// one of the command line.
    [[nodiscard]] Result<void> change(const QString& name, const QString& value);
    /// As whoever edited the file wants it. After a failure nothing has changed.
    [[nodiscard]] Result<void> readAgain();

Q_SIGNALS:
    void changed();

private:
    void take(HelperCommand command);

    const QStringList m_arguments;
    HelperCommand m_command;
};

} // namespace bwt
