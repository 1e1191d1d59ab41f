// SPDX-License-Identifier: GPL-3.0-or-later
#include "helper/service/dbusservice.h"

#include "helper/service/arguments.h"
#include "helper/service/engine.h"
#include "helper/service/settingskeeper.h"
#include "helper1adaptor.h"

#include <QDateTime>

namespace bwt {

namespace {

/// Gives the engine's answer to the caller.
template <typename T> Engine::Reply<T> answerTo(const RequestPtr& request)
{
    return [request](const Result<T>& outcome) { request->answer(outcome); };
}

/// Tells the caller which argument is wrong; true when none is.
template <typename... Parsed> bool areRight(const RequestPtr& request, const Parsed&... parsed)
{
    const Error* wrong = nullptr;
    ((wrong == nullptr&& !parsed ? wrong = &parsed.error() : nullptr), ...);
    if (wrong != nullptr)
        request->fail(*wrong);
    return wrong == nullptr;
}

Result<arguments::Range> rangeUntilNow(quint64 sinceMs, quint64 untilMs)
{
    return arguments::range(sinceMs, untilMs, QDateTime::currentMSecsSinceEpoch());
}

void answerLive(const Admission& admission, const QStringList& by, const Filter& filter, quint32 limit)
{
    const auto dimensions = arguments::grouping(by);
    const auto narrowed = arguments::filter(filter);
    const auto rows = arguments::limit(limit);
    if (areRight(admission.request, dimensions, narrowed, rows))
        admission.engine.totals(
            {*dimensions, *narrowed, admission.visibility, *rows}, answerTo<Frame>(admission.request));
}

void answerFromHistory(const Admission& admission, quint64 sinceMs, quint64 untilMs, const QStringList& by,
    const Filter& filter, quint32 limit)
{
    const auto range = rangeUntilNow(sinceMs, untilMs);
    const auto dimensions = arguments::grouping(by);
    const auto narrowed = arguments::filter(filter);
    const auto rows = arguments::limit(limit);
    if (areRight(admission.request, range, dimensions, narrowed, rows))
        admission.engine.top({range->sinceMs, range->untilMs, *dimensions, *narrowed, admission.visibility, *rows},
            answerTo<Frame>(admission.request));
}

} // namespace

DBusService::DBusService(
    QDBusConnection bus, Engine& engine, SettingsKeeper& settings, std::unique_ptr<Authorizer> authorizer)
    : m_settings(settings)
    , m_gate(bus, engine, std::move(authorizer))
    , m_subscriptions(bus, engine)
    , m_exporter(engine)
{
    new Helper1Adaptor(this); // this object's child
}

Frame DBusService::GetTotals(const QStringList& by)
{
    admit(Access::Rows, [by](const Admission& admission) {
        const auto dimensions = arguments::grouping(by);
        if (areRight(admission.request, dimensions))
            admission.engine.totals({*dimensions, {}, admission.visibility, 0}, answerTo<Frame>(admission.request));
    });
    return {};
}

Frame DBusService::Top(qulonglong sinceMs, qulonglong untilMs, const QStringList& by, uint limit)
{
    admit(Access::History,
        [=](const Admission& admission) { answerFromHistory(admission, sinceMs, untilMs, by, {}, limit); });
    return {};
}

bwt::Series DBusService::Series(qulonglong sinceMs, qulonglong untilMs, const QString& bucket, const QStringList& by,
    const Filter& filter, uint limit)
{
    admit(Access::History, [=](const Admission& admission) {
        const auto range = rangeUntilNow(sinceMs, untilMs);
        const auto step = range.and_then([&](const auto& valid) { return arguments::bucket(bucket, valid); });
        const auto dimensions = arguments::grouping(by);
        const auto narrowed = arguments::filter(filter);
        const auto rows = arguments::limit(limit);
        if (areRight(admission.request, range, step, dimensions, narrowed, rows))
            admission.engine.series(
                {range->sinceMs, range->untilMs, *dimensions, *narrowed, admission.visibility, *rows}, *step,
                answerTo<bwt::Series>(admission.request));
    });
    return {};
}

Frame DBusService::Breakdown(
    qulonglong sinceMs, qulonglong untilMs, const QStringList& by, const Filter& filter, uint limit)
{
    const bool isLive = sinceMs == 0 && untilMs == 0;
    admit(isLive ? Access::Rows : Access::History, [=](const Admission& admission) {
        if (isLive)
            answerLive(admission, by, filter, limit);
        else
            answerFromHistory(admission, sinceMs, untilMs, by, filter, limit);
    });
    return {};
}

bwt::Status DBusService::Status()
{
    admit(Access::View, [](const Admission& admission) {
        admission.request->answer(Result<bwt::Status>(admission.engine.status()));
    });
    return {};
}

bool DBusService::Subscribe(const QStringList& by, uint limit)
{
    admit(Access::Rows, [=, this](const Admission& admission) {
        const auto dimensions = arguments::grouping(by);
        const auto rows = arguments::limit(limit);
        if (!areRight(admission.request, dimensions, rows))
            return;
        if (const auto reason = admission.engine.whyNotCounting())
            admission.request->fail(*reason);
        else
            admission.request->answer(
                m_subscriptions.add(admission.caller, {*dimensions, {}, admission.visibility, *rows}).map([&] {
                    return admission.visibility.seesEveryone();
                }));
    });
    return {};
}

void DBusService::Unsubscribe()
{
    admit(Access::View, [this](const Admission& admission) {
        m_subscriptions.remove(admission.request->sender());
        admission.request->answer(Result<void>());
    });
}

void DBusService::Pause()
{
    setPaused(true);
}

void DBusService::Resume()
{
    setPaused(false);
}

void DBusService::setPaused(bool paused)
{
    admit(Access::Manage, [paused](const Admission& admission) {
        admission.engine.setPaused(paused, answerTo<void>(admission.request));
    });
}

qulonglong DBusService::Clear(qulonglong sinceMs, qulonglong untilMs, const QString& app, const QString& remote)
{
    admit(Access::Manage, [=](const Admission& admission) {
        const auto what = rangeUntilNow(sinceMs, untilMs).and_then([&](const auto& range) {
            return arguments::clearing(range, app, remote);
        });
        if (areRight(admission.request, what))
            admission.engine.clear(*what, answerTo<quint64>(admission.request));
    });
    return {};
}

qulonglong DBusService::Export(const QDBusUnixFileDescriptor& fd, qulonglong sinceMs, qulonglong untilMs,
    const QString& bucket, const QStringList& by, const Filter& filter, const QString& format)
{
    // Takes no turn as a whole: its many short questions and those of others go one after the other.
    admit(Access::Rows, [=, this](const Admission& admission) {
        const auto range = rangeUntilNow(sinceMs, untilMs);
        const auto step = arguments::bucket(bucket);
        const auto dimensions = arguments::grouping(by);
        const auto narrowed = arguments::filter(filter);
        const auto text = arguments::exportFormat(format);
        if (areRight(admission.request, range, step, dimensions, narrowed, text))
            m_exporter.begin(admission.caller.uid,
                {{range->sinceMs, range->untilMs, *dimensions, *narrowed, admission.visibility}, *step, *text},
                fd.fileDescriptor(), answerTo<quint64>(admission.request));
    });
    return {};
}

EventList DBusService::Events(qulonglong sinceMs, qulonglong untilMs)
{
    admit(Access::Events, [=](const Admission& admission) {
        const auto range = rangeUntilNow(sinceMs, untilMs);
        if (areRight(admission.request, range))
            admission.engine.events(range->sinceMs, range->untilMs, answerTo<EventList>(admission.request));
    });
    return {};
}

AppList DBusService::Apps()
{
    admit(Access::History, [](const Admission& admission) {
        admission.engine.apps(admission.visibility, answerTo<AppList>(admission.request));
    });
    return {};
}

void DBusService::RenameApp(const QString& app, const QString& name)
{
    changeApp({AppChange::Kind::Rename, app, name});
}

void DBusService::MergeApp(const QString& app, const QString& into)
{
    changeApp({AppChange::Kind::Merge, app, into});
}

void DBusService::ResetApp(const QString& app)
{
    changeApp({AppChange::Kind::Reset, app});
}

void DBusService::changeApp(const AppChange& change)
{
    admit(Access::Manage, [change](const Admission& admission) {
        const auto checked = arguments::appChange(change);
        if (areRight(admission.request, checked))
            admission.engine.changeApp(*checked, answerTo<void>(admission.request));
    });
}

SettingList DBusService::GetSettings()
{
    admit(Access::View,
        [this](const Admission& admission) { admission.request->answer(Result<SettingList>(m_settings.entries())); });
    return {};
}

void DBusService::SetSetting(const QString& name, const QString& value)
{
    admit(Access::Manage,
        [=, this](const Admission& admission) { admission.request->answer(m_settings.change(name, value)); });
}

void DBusService::admit(Access access, RequestGate::Act act)
{
    setDelayedReply(true);
    m_gate.admit(message(), access, std::move(act));
}

} // namespace bwt
