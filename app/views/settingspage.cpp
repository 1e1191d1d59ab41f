// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/views/settingspage.h"

#include "app/models/theme.h"
#include "app/views/session.h"
#include "app/views/words.h"

#include <QCheckBox>
#include <QEvent>
#include <QGridLayout>
#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QSpinBox>

#include <algorithm>
#include <limits>
#include <utility>

namespace bwt {

namespace {

constexpr int msPerSecond = 1000;
constexpr int fewestSeconds = 1;
constexpr int mostSeconds = 5;
constexpr auto on = QLatin1StringView("on");
constexpr auto off = QLatin1StringView("off");

const SettingEntry* entryOf(const SettingList& settings, const QString& name)
{
    const auto found = std::ranges::find(settings, name, &SettingEntry::name);
    return found != settings.end() ? &*found : nullptr;
}

/// Where the value comes from, as far as a reader has to know.
QString originText(const SettingEntry& entry)
{
    if (entry.origin == SettingOrigin::CommandLine)
        return SettingsPage::tr("Set where the helper is started, which wins.");
    if (entry.reach == SettingReach::Fixed)
        return SettingsPage::tr("Can only be changed in the helper's file of settings.");
    if (entry.reach == SettingReach::NextStart)
        return SettingsPage::tr("A change holds when the helper starts again.");
    return {};
}

bool isChangeable(const SettingEntry& entry)
{
    return entry.origin != SettingOrigin::CommandLine && entry.reach != SettingReach::Fixed;
}

/// 0 is no value.
QSpinBox* numberOf(const words::SettingText& words, int value, QWidget* parent)
{
    auto* number = new QSpinBox(parent);
    number->setRange(0, std::numeric_limits<int>::max());
    number->setGroupSeparatorShown(true);
    if (!words.whenEmpty.isEmpty())
        number->setSpecialValueText(words.whenEmpty);
    number->setValue(value);
    number->setKeyboardTracking(false);
    return number;
}

} // namespace

SettingsPage::SettingsPage(Session& session, QWidget* parent)
    : SheetPage(tr("Settings"),
          tr("How the helper counts and what it keeps, for everybody on this computer. Changing it asks for an "
             "administrator's password."),
          parent)
    , m_session(session)
    , m_notice(tr("Waiting for the helper…"))
{
    setObjectName(QStringLiteral("settingsPage"));
    connect(&session, &Session::stateChanged, this, [this] {
        const bool isNews = m_settings.isEmpty() && m_session.state() == HelperClient::State::Ready;
        if (isVisible() && isNews)
            ask();
    });
}

void SettingsPage::showEvent(QShowEvent* event)
{
    SheetPage::showEvent(event);
    m_refusal.clear();
    ask();
}

void SettingsPage::changeEvent(QEvent* event)
{
    SheetPage::changeEvent(event);
    if (event->type() == QEvent::PaletteChange)
        rebuild();
}

void SettingsPage::ask()
{
    m_session.askSettings(this, [this](const Result<SettingList>& answer) { take(answer); });
}

void SettingsPage::take(const Result<SettingList>& answer)
{
    m_settings = answer ? *answer : SettingList();
    m_notice = answer ? QString() : words::errorText(answer.error().code);
    rebuild();
}

void SettingsPage::rebuild()
{
    beginBody();
    if (!m_refusal.isEmpty()) {
        QGridLayout* grid = addPanel(tr("That did not happen"));
        grid->addWidget(
            label(QStringLiteral("⚠ ") % m_refusal, theme::bad(palette()), grid->parentWidget()), 1, 0, 1, 2);
    }
    if (m_settings.isEmpty()) {
        QGridLayout* grid = addPanel(m_notice);
        grid->addWidget(label(tr("The settings show as soon as the helper answers."), theme::muted(palette()),
                            grid->parentWidget()),
            1, 0, 1, 2);
        return;
    }
    for (const words::SettingGroup& group : words::settingGroups())
        addGroup(group);
    if (auto* editor = findChild<QWidget*>(QStringLiteral("setting-") % std::exchange(m_changing, {})))
        editor->setFocus();
}

void SettingsPage::addGroup(const words::SettingGroup& group)
{
    QGridLayout* grid = addPanel(group.title);
    for (const words::SettingText& words : group.settings) {
        if (const SettingEntry* entry = entryOf(m_settings, words.name))
            addSetting(grid, words, *entry);
    }
}

void SettingsPage::addSetting(QGridLayout* grid, const words::SettingText& words, const SettingEntry& entry)
{
    QWidget* panel = grid->parentWidget();
    const int row = grid->rowCount();
    const QColor quiet = theme::muted(palette());
    auto* editors = new QHBoxLayout;
    editors->setSpacing(fontMetrics().height() / 2);
    QWidget* editor = editorOf(words, entry, panel);
    editor->setObjectName(QStringLiteral("setting-") % words.name);
    editor->setAccessibleName(words.caption);
    editor->setAccessibleDescription(words.explanation);
    editor->setEnabled(isChangeable(entry));
    const bool isWide = words.kind == words::SettingKind::Text;
    editors->addWidget(editor, isWide ? 1 : 0);
    if (entry.origin == SettingOrigin::File && isChangeable(entry)) {
        auto* back = new QPushButton(tr("Default"), panel);
        back->setObjectName(QStringLiteral("default-") % words.name);
        back->setAccessibleName(tr("Default of: %1").arg(words.caption));
        connect(back, &QPushButton::clicked, this, [this, name = words.name] { change(name, {}); });
        editors->addWidget(back);
    }
    if (!isWide)
        editors->addStretch(1);
    grid->addWidget(label(words.caption, palette().color(QPalette::Text), panel), row, 0);
    grid->addLayout(editors, row, 1);
    const QString explanation = QString(words.explanation % u' ' % originText(entry)).trimmed();
    grid->addWidget(label(explanation, quiet, panel), row + 1, 1);
    grid->setRowMinimumHeight(row + 2, fontMetrics().height() / 3);
}

QWidget* SettingsPage::editorOf(const words::SettingText& words, const SettingEntry& entry, QWidget* parent)
{
    const auto send = [this, name = entry.name, before = entry.value](const QString& value) {
        if (value != before)
            change(name, value);
    };
    switch (words.kind) {
    case words::SettingKind::Days:
    case words::SettingKind::Megabytes: {
        QSpinBox* number = numberOf(words, entry.value.toInt(), parent);
        number->setSuffix(words.kind == words::SettingKind::Days ? tr(" days") : tr(" MB"));
        connect(number, &QSpinBox::editingFinished, this,
            [send, number] { send(number->value() == 0 ? QString() : QString::number(number->value())); });
        return number;
    }
    case words::SettingKind::Seconds: {
        QSpinBox* number = numberOf(words, entry.value.toInt() / msPerSecond, parent);
        number->setRange(fewestSeconds - 1, mostSeconds);
        number->setSuffix(tr(" s"));
        connect(number, &QSpinBox::editingFinished, this, [send, number] {
            send(number->value() == 0 ? QString() : QString::number(number->value() * msPerSecond));
        });
        return number;
    }
    case words::SettingKind::Switch: {
        auto* box = new QCheckBox(parent);
        box->setChecked(entry.value == on);
        connect(box, &QCheckBox::clicked, this, [send](bool isOn) { send(isOn ? on : off); });
        return box;
    }
    case words::SettingKind::Text:
        break;
    }
    auto* text = new QLineEdit(entry.value, parent);
    connect(text, &QLineEdit::editingFinished, this, [send, text] { send(text->text().trimmed()); });
    return text;
}

/// Whatever comes of it, the page then shows what holds.
void SettingsPage::change(const QString& name, const QString& value)
{
    if (!m_changing.isEmpty())
        return; // a field that is disabled is left, too
    m_changing = name;
    setEnabled(false);
    m_session.changeSetting(name, value, this, [this](const Result<void>& answer) {
        setEnabled(true);
        m_refusal.clear();
        if (!answer)
            m_refusal = answer.error().code == ErrorCode::InvalidArgument ? answer.error().detail
                                                                          : words::errorText(answer.error().code);
        ask();
    });
}

} // namespace bwt
