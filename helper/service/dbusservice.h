// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "dbus/appentry.h"
#include "dbus/event.h"
#include "dbus/result.h"
#include "dbus/row.h"
#include "dbus/settingentry.h"
#include "helper/service/exporter.h"
#include "helper/service/requestgate.h"
#include "helper/service/subscriptions.h"

#include <QDBusConnection>
#include <QDBusContext>
#include <QDBusUnixFileDescriptor>
#include <QObject>
#include <QStringList>

#include <memory>

namespace bwt {

class SettingsKeeper;

/// The interface of dbus/org.bandwidthtracker.Helper1.xml on one connection: the generated adaptor calls the methods
/// below, whose names and arguments are the XML's. Each passes through the gate, then reads its arguments, then calls
/// one function of the engine or the settings; what it returns is not sent, since every answer comes later.
class DBusService : public QObject, protected QDBusContext {
    Q_OBJECT
public:
    DBusService(
        QDBusConnection bus, Engine& engine, SettingsKeeper& settings, std::unique_ptr<Authorizer> authorizer);

    Frame GetTotals(const QStringList& by);
    Frame Top(qulonglong sinceMs, qulonglong untilMs, const QStringList& by, uint limit);
    bwt::Series Series(qulonglong sinceMs, qulonglong untilMs, const QString& bucket, const QStringList& by,
        const Filter& filter, uint limit);
    Frame Breakdown(qulonglong sinceMs, qulonglong untilMs, const QStringList& by, const Filter& filter, uint limit);
    bwt::Status Status();
    bool Subscribe(const QStringList& by, uint limit);
    void Unsubscribe();
    void Pause();
    void Resume();
    qulonglong Clear(qulonglong sinceMs, qulonglong untilMs, const QString& app, const QString& remote);
    qulonglong Export(const QDBusUnixFileDescriptor& fd, qulonglong sinceMs, qulonglong untilMs,
        const QString& bucket, const QStringList& by, const Filter& filter, const QString& format);
    EventList Events(qulonglong sinceMs, qulonglong untilMs);
    AppList Apps();
    void RenameApp(const QString& app, const QString& name);
    void MergeApp(const QString& app, const QString& into);
    void ResetApp(const QString& app);
    SettingList GetSettings();
    void SetSetting(const QString& name, const QString& value);

private:
    void admit(Access access, RequestGate::Act act);
    void setPaused(bool paused);
    void changeApp(const AppChange& change);

    SettingsKeeper& m_settings;
    RequestGate m_gate;
    Subscriptions m_subscriptions;
    Exporter m_exporter;
};

} // namespace bwt
