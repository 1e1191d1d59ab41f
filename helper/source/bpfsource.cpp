// SPDX-License-Identifier: GPL-3.0-or-later
#include "helper/source/bpfsource.h"

#include "dbus/gaps.h"
#include "helper/proc/executable.h"
#include "helper/source/backendchoice.h"
#include "helper/source/clocks.h"
#include "helper/source/kernelfacts.h"
#include "helper/source/maprows.h"
#include "helper/source/refusal.h"

#include <QDateTime>
#include <QFile>
#include <QLoggingCategory>
#include <QUuid>

#include <algorithm>
#include <cstring>
#include <initializer_list>
#include <optional>
#include <set>
#include <span>
#include <utility>

namespace bwt {

namespace {

Q_LOGGING_CATEGORY(sourceLog, "bwt.source", QtInfoMsg)

tl::unexpected<Error> unreadable(int errorNumber)
{
    return failure(ErrorCode::NotCounting,
        QStringLiteral("can't read the kernel's maps: %1").arg(QString::fromLocal8Bit(std::strerror(errorNumber))));
}

/// Each process once, as the current rows have it, else as the past ones do.
std::vector<bwt_process> newestOf(const std::vector<bwt_process>& current, const std::vector<bwt_process>& past)
{
    const auto id = [](const bwt_process& row) { return std::pair(row.key.start_ns, row.key.tgid); };
    std::vector<bwt_process> rows = current;
    rows.insert(rows.end(), past.begin(), past.end());
    std::ranges::stable_sort(rows, {}, id);
    const auto repeated = std::ranges::unique(rows, {}, id);
    rows.erase(repeated.begin(), repeated.end());
    return rows;
}

/// Adds the processes that flows name and the kernel's side has not described: itself, and those that it had no room
/// for. Of those whose packets alone were counted since the maps were exchanged nothing is known here.
void addUndescribed(std::initializer_list<const Rows*> parts, std::vector<ProcessInfo>& processes)
{
    std::set<ProcessId> known;
    for (const ProcessInfo& process : processes)
        known.insert(process.id);
    for (const Rows* rows : parts)
        for (const auto* flows : {&rows->flows, &rows->coarse, &rows->wires, &rows->coarseWires})
            for (const bwt_flow& flow : *flows) {
                const ProcessInfo process = processInfo(flow);
                if (!process.name.isEmpty() && known.insert(process.id).second)
                    processes.push_back(process);
            }
}

const Backend& backendOf(const QString& name)
{
    return *std::ranges::find(backends(), name, [](const Backend& backend) { return QString(backend.name); });
}

/// What was tried, and the one that was chosen.
struct Choice {
    KernelObject::Trial chosen;
    QList<BackendReport> tried; ///< best first
};

Manifest manifestOf(const BackendReport& report, const QList<BackendReport>& tried)
{
    Manifest manifest;
    manifest.info = {report.name, kernelRelease(), {bootId(), QUuid::createUuid().toString(QUuid::WithoutBraces)},
        QDateTime::currentMSecsSinceEpoch(), report.gaps, tried};
    return manifest;
}

/// Has this build's programs take over. Where the kernel refuses, those that are there go on.
void upgrade(KernelObject& object, Manifest& manifest, const MapSizes& sizes, WireCounting wire)
{
    const Backend& backend = backendOf(manifest.info.backend);
    manifest.programs.clear(); // so that whoever comes after our death begins again
    manifest.update();
    const auto succession = object.succeed(backend, sizes, wire);
    if (!succession) {
        qCWarning(sourceLog) << "an earlier build's programs go on counting:" << std::strerror(succession.error());
        return;
    }
    if (succession->isWhole)
        manifest.programs = digestOf(backend);
    const BackendReport& report = succession->report;
    manifest.info.gaps = report.gaps;
    std::ranges::replace_if(
        manifest.info.tried, [&](const BackendReport& one) { return one.name == report.name; }, report);
    manifest.probeGroup = object.probeGroup();
    manifest.update();
}

/// Has packets counted, or not, from now on. Whose the sockets are that were made meanwhile only programs that begin
/// find out. Returns whether they have to.
bool switchWire(KernelObject& object, Manifest& manifest, WireCounting wire)
{
    const auto gap = QString(gap::packetsAndWireBytes);
    if (const int error = object.setWireCounting(wire); error != 0)
        qCWarning(sourceLog) << "whether packets are counted stays as it was:" << std::strerror(error);
    if (wire == WireCounting::On)
        return manifest.info.gaps.contains(gap);
    if (!manifest.info.gaps.contains(gap))
        manifest.info.gaps.append(gap);
    manifest.update();
    return false;
}

Error notCounting(const QStringList& reasons)
{
    return {ErrorCode::NotCounting,
        mayTrace() ? reasons.join(QStringLiteral("; ")) : QStringLiteral("counting ") + rightsMissingText()};
}

/// The best that works, loaded and attached.
Result<Choice> choose(const QString& backend, const MapSizes& sizes, WireCounting wire)
{
    QStringList reasons;
    QList<BackendReport> tried;
    std::optional<KernelObject::Trial> chosen; // until a better one is found
    for (const Backend& candidate : backends()) {
        if (backend != anyBackend && backend != candidate.name)
            continue;
        KernelObject::Trial trial = KernelObject::load(candidate, sizes, wire);
        tried.append(trial.report);
        if (!trial.object)
            reasons.append(candidate.name + QStringLiteral(": ") + trial.report.reason);
        else if (!chosen || isBest(trial.report))
            chosen = std::move(trial);
        if (chosen && isBest(chosen->report))
            break;
    }
    if (!chosen)
        return tl::unexpected(notCounting(reasons));
    return Choice{std::move(*chosen), std::move(tried)};
}

} // namespace

Result<std::unique_ptr<TrafficSource>> BpfSource::make(
    const QString& backend, const MapSizes& sizes, const std::shared_ptr<DescriptorStore>& store, WireCounting wire)
{
    if (const auto name = checkName(backend); !name)
        return tl::unexpected(name.error());
    if (auto source = takeOver(backend, sizes, store, wire))
        return source;
    const bool givesUp = !store->contents().empty();
    if (givesUp)
        qCWarning(sourceLog) << "an earlier helper's counters are given up: what it had not recorded yet is lost";
    store->dropAll();
    return choose(backend, sizes, wire).map([&store, givesUp](Choice&& choice) {
        KernelObject::Trial& chosen = choice.chosen;
        Manifest manifest = manifestOf(chosen.report, choice.tried);
        manifest.countersGivenUp = givesUp ? 1 : 0;
        manifest.info.outlives = store->isThere();
        manifest.programs = digestOf(backendOf(chosen.report.name));
        manifest.probeGroup = chosen.object->probeGroup();
        if (store->isThere()) {
            chosen.object->keepIn(store);
            manifest.keepIn(*store);
        }
        return std::unique_ptr<TrafficSource>(new BpfSource(std::move(*chosen.object), std::move(manifest)));
    });
}

std::unique_ptr<TrafficSource> BpfSource::takeOver(
    const QString& backend, const MapSizes& sizes, const std::shared_ptr<DescriptorStore>& store, WireCounting wire)
{
    auto manifest = Manifest::takeFrom(store->contents());
    if (!manifest || !checkName(manifest->info.backend)
        || (backend != anyBackend && backend != manifest->info.backend))
        return nullptr;
    auto object = KernelObject::takeFrom(store, manifest->probeGroup, sizes.least);
    if (!object)
        return nullptr;
    store->dropRest(); // first, since what an upgrade keeps may have the name of what an unfinished one has left
    manifest->info.outlives = true;
    const bool mustBegin = switchWire(*object, *manifest, wire);
    if (mustBegin || manifest->programs != digestOf(backendOf(manifest->info.backend)))
        upgrade(*object, *manifest, sizes, wire);
    return std::unique_ptr<TrafficSource>(new BpfSource(std::move(*object), std::move(*manifest)));
}

BpfSource::BpfSource(KernelObject object, Manifest manifest)
    : m_object(std::move(object))
    , m_answers(m_object.answers())
    , m_manifest(std::move(manifest))
{
}

Result<Reading> BpfSource::read()
{
    const auto current = m_object.counters().look();
    if (!current)
        return unreadable(current.error());
    auto interfaces = readInterfaces(); // at once, since what passes in between is in one of the two alone
    const auto frozen = m_object.counters().frozen();
    if (frozen && !m_closing)
        m_closing = std::make_shared<ClosedCounters>(ClosedCounters{frozen->number, flowCounters({&frozen->rows})});
    static const Rows none;
    const Rows& past = frozen ? frozen->rows : none;
    Reading reading;
    static_cast<Moment&>(reading) = readClocks();
    reading.interfaces = std::move(interfaces);
    reading.losses = losses();
    reading.room = {static_cast<std::uint32_t>(current->flows.size()), m_object.counters().room().flows};
    reading.flows = flowCounters({&*current, &past});
    reading.closing = m_closing;
    reading.processes = processesOf(*current, past);
    reading.answers = m_answers.take();
    return reading;
}

void BpfSource::noteRecorded(std::uint32_t generation)
{
    m_manifest.noteRecorded();
    m_object.counters().close(generation);
    if (!m_object.counters().frozen())
        m_closing.reset();
}

std::vector<ProcessInfo> BpfSource::processesOf(const Rows& current, const Rows& past)
{
    std::vector<ProcessInfo> processes;
    decltype(m_identities) identities;
    for (const bwt_process& row : newestOf(current.processes, past.processes)) {
        ProcessInfo process = processInfo(row);
        const auto known = m_identities.find(process.id);
        Identity identity = known == m_identities.end() ? Identity{process.parent} : std::move(known->second);
        complete(process, row.value.execs, identity);
        identities.emplace(process.id, std::move(identity));
        processes.push_back(std::move(process));
    }
    m_identities = std::move(identities);
    addUndescribed({&current, &past}, processes);
    return processes;
}

SourceLosses BpfSource::losses() const
{
    const Counters& counters = m_object.counters();
    return {counters.health(BWT_HEALTH_FLOW_COARSE), counters.health(BWT_HEALTH_LOST_TX_BYTES),
        counters.health(BWT_HEALTH_LOST_RX_BYTES), counters.health(BWT_HEALTH_PROCESS_FULL), m_object.missedCalls(),
        counters.health(BWT_HEALTH_STREAM_FULL), counters.health(BWT_HEALTH_WIRE_COARSE),
        counters.health(BWT_HEALTH_LOST_WIRE_TX_BYTES), counters.health(BWT_HEALTH_LOST_WIRE_RX_BYTES),
        counters.health(BWT_HEALTH_UNKNOWN_OWNER), counters.health(BWT_HEALTH_OWNER_FULL), m_manifest.countersGivenUp,
        counters.health(BWT_HEALTH_ANSWER_MISSED)};
}

void BpfSource::complete(ProcessInfo& process, std::uint32_t execs, Identity& identity)
{
    process.parent = identity.parent;
    // Since an exchange of the maps execs are counted from none again.
    const std::pair file(process.exe.inode, process.exe.device);
    const auto isUpToDate = [&] { return identity.execs == execs && identity.file == file; };
    if (process.exitNs == 0 && !isUpToDate()) {
        identity.execs = execs;
        identity.file = file;
        identity.exe = executableOf(process.id);
    }
    if (identity.exe.path.isEmpty() || !isUpToDate())
        return;
    process.exe.path = identity.exe.path; // whole, where the row has only the end
    process.exe.isTail = identity.exe.isTail;
    process.exe.isDeleted |= identity.exe.isDeleted;
}

} // namespace bwt
