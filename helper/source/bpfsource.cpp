// SPDX-License-Identifier: GPL-3.0-or-later
#include "helper/source/bpfsource.h"

#include "helper/source/backendchoice.h"
#include "helper/source/executable.h"
#include "helper/source/kernelfacts.h"
#include "helper/source/maprows.h"
#include "helper/source/refusal.h"

#include <QDateTime>
#include <QFile>
#include <QUuid>

#include <algorithm>
#include <cstring>
#include <ctime>
#include <iterator>
#include <optional>
#include <set>

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

/// Adds the processes that flows name and the kernel's side has not described: itself, and those that it had no room
/// for.
void addUndescribed(const std::vector<bwt_flow>& flows, Reading& reading)
{
    std::set<ProcessId> known;
    for (const ProcessInfo& process : reading.processes)
        known.insert(process.id);
    for (const bwt_flow& flow : flows)
        if (known.insert({flow.key.tgid, flow.key.start_ns}).second)
            reading.processes.push_back(processInfo(flow));
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
            QStringLiteral("there is no backend %1: choose auto, tracepoint, fexit, kprobe or replay:FILE")
                .arg(backend));
    QStringList reasons;
    std::optional<KernelObject::Trial> chosen; // until a better one is found
    for (const Backend& candidate : backends()) {
        if (backend != QStringLiteral("auto") && backend != candidate.name)
            continue;
        KernelObject::Trial trial = KernelObject::load(candidate, sizes);
        if (!trial.object)
            reasons.append(candidate.name + QStringLiteral(": ") + trial.report.reason);
        else if (!chosen || isBest(trial.report))
            chosen = std::move(trial);
        if (chosen && isBest(chosen->report))
            break;
    }
    if (!chosen)
        return tl::unexpected(notCounting(reasons));
    return std::unique_ptr<TrafficSource>(new BpfSource(std::move(*chosen->object), chosen->report, sizes));
}

BpfSource::BpfSource(KernelObject object, const BackendReport& report, const MapSizes& sizes)
    : m_object(std::move(object))
    , m_info{report.name, kernelRelease(), {bootId(), QUuid::createUuid().toString(QUuid::WithoutBraces)},
          QDateTime::currentMSecsSinceEpoch(), report.gaps, sizes.flows}
{
}

Result<Reading> BpfSource::read()
{
    // Processes come after the flows that name them, since in the kernel they are written before.
    const auto flows = m_object.flows();
    if (!flows)
        return unreadable("flows", flows.error());
    const auto processes = m_object.processes();
    if (!processes)
        return unreadable("processes", processes.error());
    Reading reading;
    reading.wallMs = QDateTime::currentMSecsSinceEpoch();
    reading.bootNs = nowSinceBootNs();
    reading.losses = losses();
    reading.flows.reserve(flows->size());
    std::ranges::transform(*flows, std::back_inserter(reading.flows), flowCounter);
    addProcesses(*processes, reading);
    addUndescribed(*flows, reading);
    return reading;
}

void BpfSource::addProcesses(const std::vector<bwt_process>& rows, Reading& reading)
{
    reading.processes.reserve(rows.size());
    for (const bwt_process& row : rows) {
        ProcessInfo process = processInfo(row);
        process.exe = executable(process, row.value.execs);
        reading.processes.push_back(std::move(process));
    }
}

SourceLosses BpfSource::losses() const
{
    return {m_object.health(BWT_HEALTH_FLOW_COARSE), m_object.health(BWT_HEALTH_LOST_TX_BYTES),
        m_object.health(BWT_HEALTH_LOST_RX_BYTES), m_object.health(BWT_HEALTH_PROCESS_FULL), m_object.missedCalls(),
        m_object.health(BWT_HEALTH_STREAM_FULL)};
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
