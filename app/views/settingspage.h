// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/views/settingwords.h"
#include "app/views/sheetpage.h"
#include "dbus/result.h"
#include "dbus/settingentry.h"

namespace bwt {

class Session;

/// The helper's settings in plain words. Asks for them whenever it is shown; each change is sent when its field is
/// left, and shows what the helper made of it. Editors are named "setting-NAME", and the buttons that take a setting
/// back to its default "default-NAME".
class SettingsPage : public SheetPage {
    Q_OBJECT
public:
    explicit SettingsPage(Session& session, QWidget* parent = nullptr);

protected:
    void showEvent(QShowEvent* event) override;
    void changeEvent(QEvent* event) override;

private:
    void ask();
    void take(const Result<SettingList>& answer);
    void rebuild();
    void addGroup(const words::SettingGroup& group);
    void addSetting(QGridLayout* grid, const words::SettingText& words, const SettingEntry& entry);
    [[nodiscard]] QWidget* editorOf(const words::SettingText& words, const SettingEntry& entry, QWidget* parent);
    void change(const QString& name, const QString& value);

    Session& m_session;
    SettingList m_settings;
    QString m_notice; ///< in place of the settings
    QString m_refusal; ///< why the last change did not happen
    QString m_changing; ///< while the helper, and maybe a person, is asked
};

} // namespace bwt
