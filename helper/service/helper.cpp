// SPDX-License-Identifier: GPL-3.0-or-later
#include "helper/service/helper.h"

#include "helper/service/log.h"
#include "helper/service/rights.h"
#include "helper/service/servicemanager.h"
#include "helper/service/statedirectory.h"

namespace bwt {

namespace {

ExitCode exitCode(const Error& error, ExitCode otherwise)
{
    switch (error.code) {
    case ErrorCode::NameTaken:
        return ExitCode::AnotherHelper;
    case ErrorCode::InvalidArgument:
        return ExitCode::WrongUsage;
    default:
        return otherwise;
    }
}

ExitCode refuse(const Error& error, ExitCode otherwise)
{
    qCCritical(serviceLog).noquote() << error.detail;
    return exitCode(error, otherwise);
}

} // namespace

tl::expected<std::unique_ptr<Helper>, ExitCode> Helper::make(SettingsKeeper& keeper)
{
    const HelperSettings& settings = keeper.settings();
    if (const auto usable = checkStateDirectory(settings.stateDir); !usable)
        return tl::unexpected(refuse(usable.error(), ExitCode::UnusableStateDirectory));
    auto source = makeTrafficSource(settings.backend, DescriptorStore::open(), settings.wire);
    keepRightsToCount();
    return std::unique_ptr<Helper>(new Helper(keeper, std::move(source)));
}

Helper::Helper(SettingsKeeper& keeper, Result<std::unique_ptr<TrafficSource>> source)
    : m_keeper(keeper)
    , m_atStart(keeper.settings())
    , m_engine({m_atStart.stateDir, std::move(source), m_atStart.interval, m_atStart.retention(),
          m_atStart.totalsOnly, m_atStart.places})
    , m_bus(m_atStart.bus, m_engine, keeper)
{
    connect(&keeper, &SettingsKeeper::changed, this, &Helper::takeSettings);
    connect(&m_bus, &BusPresence::replaced, this,
        [this](const Error& reason) { stop(refuse(reason, ExitCode::Failed), Engine::Ending::ForNow); });
    m_watchdog.callOnTimeout(this, [this] { m_engine.ping(&servicemanager::alive); });
}

std::optional<ExitCode> Helper::start()
{
    if (const auto counting = m_engine.start(); !counting)
        return refuse(counting.error(),
            m_atStart.backend.startsWith(QLatin1StringView("replay:")) ? ExitCode::WrongUsage : ExitCode::Failed);
    if (const auto onBus = m_bus.open(); !onBus)
        return refuse(onBus.error(), ExitCode::NoBus);
    const auto problem = m_engine.whyNotCounting();
    servicemanager::ready(problem ? problem->detail : QStringLiteral("Counting"));
    watchOver();
    return std::nullopt;
}

void Helper::takeSettings()
{
    const HelperSettings& settings = m_keeper.settings();
    m_engine.setInterval(settings.interval);
    m_engine.setRetention(settings.retention());
    m_engine.setTotalsOnly(settings.totalsOnly);
    m_engine.setPlaces(settings.places);
}

void Helper::terminate()
{
    stop(ExitCode::Ok, servicemanager::isStop() ? Engine::Ending::ForGood : Engine::Ending::ForNow);
}

void Helper::stop(ExitCode code, Engine::Ending ending)
{
    if (m_isStopping)
        return;
    m_isStopping = true;
    servicemanager::stopping();
    m_engine.finish(ending, [this, code](const Result<void>& outcome) {
        if (!outcome)
            qCCritical(serviceLog).noquote() << "the last interval is not in the history:" << outcome.error().detail;
        Q_EMIT finished(outcome || code != ExitCode::Ok ? code : ExitCode::Failed);
    });
}

/// systemd hears that we live only when the counting thread answered.
void Helper::watchOver()
{
    if (const auto limit = servicemanager::watchdog())
        m_watchdog.start(std::chrono::duration_cast<std::chrono::milliseconds>(*limit / 2));
}

} // namespace bwt
