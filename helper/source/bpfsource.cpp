// SPDX-License-Identifier: GPL-3.0-or-later
#include "helper/source/bpfsource.h"

#include "helper/source/executable.h"
#include "helper/source/kernelfacts.h"
#include "helper/source/mapreader.h"
#include "helper/source/maprows.h"
#include "helper/source/refusal.h"

#include <QDateTime>
#include <QFile>
#include <QUuid>

#include <array>
#include <cstring>
#include <ctime>

namespace bwt {

namespace {

QString bootId()
{
    QFile file(QStringLiteral("/proc/sys/kernel/random/boot_id"));
    return file.open(QIODevice::ReadOnly) ? QString::fromLatin1(file.readAll()).trimmed() : QString();
}

std::uint64_t nowSinceBootNs()
{
    timespec now{};
    clock_gettime(CLOCK_BOOTTIME, &now);
    return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000ULL + static_cast<std::uint64_t>(now.tv_nsec);
}

tl::unexpected<Error> unreadable(const char* map, int errorNumber)
{
    return failure(ErrorCode::NotCounting,
        QStringLiteral("can't read the kernel's map %1: %2")
            .arg(QString::fromLatin1(map), QString::fromLocal8Bit(std::strerror(errorNumber))));
}

bool isKnown(const QString& backend)
{
    return backend == QStringLiteral("auto")
        || std::ranges::any_of(backends(), [&](const Backend& one) { return one.name == backend; });
}

Error notCounting(const QStringList& reasons)
{
    return {ErrorCode::NotCounting,
        mayTrace() ? reasons.join(QStringLiteral("; ")) : QStringLiteral("counting ") + rightsMissingText()};
}

} // namespace

Result<std::unique_ptr<TrafficSource>> BpfSource::make(const QString& backend, const MapSizes& sizes)
{
    if (!isKnown(backend))
        return failure(ErrorCode::InvalidArgument,
            QStringLiteral("there is no backend %1: choose auto, tracepoint, fexit or replay:FILE").arg(backend));
    QStringList reasons;
    for (const Backend& candidate : backends()) {
        if (backend != QStringLiteral("auto") && backend != candidate.name)
            continue;
        KernelObject::Trial trial = KernelObject::load(candidate, sizes);
        if (trial.object)
            return std::unique_ptr<TrafficSource>(new BpfSource(std::move(*trial.object), trial.report, sizes));
        reasons.append(candidate.name + QStringLiteral(": ") + trial.report.reason);
    }
    return tl::unexpected(notCounting(reasons));
}

BpfSource::BpfSource(KernelObject object, const BackendReport& report, const MapSizes& sizes)
    : m_object(std::move(object))
    , m_info{report.name, kernelRelease(), {bootId(), QUuid::createUuid().toString(QUuid::WithoutBraces)},
          QDateTime::currentMSecsSinceEpoch(), report.gaps, sizes.flows}
{
}

Result<Reading> BpfSource::read()
{
    Reading reading;
    ProcessTable undescribed;
    // Processes come after the flows that name them, since in the kernel they are written before.
    return readFlows("flows", reading, undescribed)
        .and_then([&] { return readFlows("coarse", reading, undescribed); })
        .and_then([&] { return readProcesses(reading, undescribed); })
        .and_then([&] { return readLosses(reading); })
        .map([&] {
            reading.wallMs = QDateTime::currentMSecsSinceEpoch();
            reading.bootNs = nowSinceBootNs();
            return std::move(reading);
        });
}

Result<void> BpfSource::readFlows(const char* map, Reading& reading, ProcessTable& undescribed) const
{
    const auto entries = readHashMap<bwt_flow_key, bwt_flow_value>(m_object.mapFd(map));
    if (!entries)
        return unreadable(map, entries.error());
    reading.flows.reserve(reading.flows.size() + entries->keys.size());
    for (std::size_t i = 0; i < entries->keys.size(); ++i) {
        reading.flows.push_back(flowCounter(entries->keys[i], entries->values[i]));
        const ProcessId process = reading.flows.back().key.process();
        if (!undescribed.contains(process))
            undescribed.emplace(process, processInfo(entries->keys[i], entries->values[i]));
    }
    return {};
}

Result<void> BpfSource::readProcesses(Reading& reading, ProcessTable& undescribed)
{
    const auto entries = readHashMap<bwt_process_key, bwt_process_value>(m_object.mapFd("processes"));
    if (!entries)
        return unreadable("processes", entries.error());
    reading.processes.reserve(entries->keys.size());
    for (std::size_t i = 0; i < entries->keys.size(); ++i) {
        ProcessInfo process = processInfo(entries->keys[i], entries->values[i]);
        process.exe = executable(process, entries->values[i].execs);
        undescribed.erase(process.id);
        reading.processes.push_back(std::move(process));
    }
    for (auto& [id, process] : undescribed)
        reading.processes.push_back(std::move(process));
    return {};
}

Result<void> BpfSource::readLosses(Reading& reading) const
{
    std::array<std::uint64_t, BWT_HEALTH_SLOTS> health{};
    for (std::uint32_t slot = 0; slot < health.size(); ++slot)
        if (const int error = bpf_map_lookup_elem(m_object.mapFd("health"), &slot, &health[slot]); error != 0)
            return unreadable("health", -error);
    reading.losses = {health[BWT_HEALTH_FLOW_COARSE], health[BWT_HEALTH_LOST_TX_BYTES],
        health[BWT_HEALTH_LOST_RX_BYTES], health[BWT_HEALTH_PROCESS_FULL], m_object.recursionMisses()};
    return {};
}

QString BpfSource::executable(const ProcessInfo& process, std::uint32_t execs)
{
    const auto known = m_executables.find(process.id);
    const bool isCurrent = known != m_executables.end() && (known->second.execs == execs || process.exitNs != 0);
    if (isCurrent)
        return known->second.path;
    const QString path = executableOf(process.id);
    m_executables.insert_or_assign(process.id, Executable{execs, path});
    return path;
}

} // namespace bwt
