// SPDX-License-Identifier: GPL-3.0-or-later
#include "helper/source/kernelobject.h"

#include "helper/source/kernelfacts.h"
#include "helper/source/mapreader.h"
#include "helper/source/refusal.h"

#include <QFileInfo>
#include <QLoggingCategory>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <unistd.h>

namespace bwt {

namespace {

Q_LOGGING_CATEGORY(sourceLog, "bwt.source", QtInfoMsg)

const QByteArray iteratorPrefix = QByteArrayLiteral("iter/");

// Names of what is kept: these, with the program's section.
const QByteArray linkPrefix = QByteArrayLiteral("link.");
const QByteArray programPrefix = QByteArrayLiteral("program.");
const QByteArray successorPrefix = QByteArrayLiteral("successor.");
const QByteArray statePrefix = QByteArrayLiteral("state."); // with the map's name

const QByteArray successorMapPrefix = QByteArrayLiteral("next_"); // in the object, with the program's name

/// Maps that hold nothing from one event to the next.
bool isScratch(const QByteArray& map)
{
    return map == "sketches" || map == "blank_sketch";
}

/// libbpf's own words are for developers; users get ours.
int logLine(libbpf_print_level /*level*/, const char* format, va_list arguments)
{
    if (sourceLog().isDebugEnabled())
        qCDebug(sourceLog).noquote() << QString::vasprintf(format, arguments).trimmed();
    return 0;
}

bpf_program* programOf(const Skeleton& skeleton, const Hook& hook)
{
    bpf_program* program = nullptr;
    bpf_object__for_each_program(program, skeleton.object)
    {
        if (std::strcmp(bpf_program__section_name(program), hook.section) == 0)
            break;
    }
    return program;
}

void setRoom(const Skeleton& skeleton, const char* map, std::uint32_t entries)
{
    bpf_map__set_max_entries(bpf_object__find_map_by_name(skeleton.object, map), entries);
}

bool isIterator(const Hook& hook)
{
    return QByteArrayView(hook.section).startsWith(iteratorPrefix);
}

bool isCgroupHook(const Hook& hook)
{
    return std::strncmp(hook.section, "cgroup", 6) == 0;
}

bool isProbe(const Hook& hook)
{
    return std::strncmp(hook.section, "kprobe/", 7) == 0 || std::strncmp(hook.section, "kretprobe/", 10) == 0;
}

/// What the hook watches, without its kind.
QByteArray targetOf(const Hook& hook)
{
    const QByteArray section(hook.section);
    return section.mid(section.indexOf('/') + 1);
}

/// Whether the kernel has what the hook watches. What can't be told from outside is found out by trying.
bool isThere(const Hook& hook, const KernelFunctions& functions, const QString& events)
{
    const QByteArray target = targetOf(hook);
    if (QByteArrayView(hook.section).startsWith("tracepoint/"))
        return QFileInfo::exists(events + QLatin1Char('/') + QString::fromLatin1(target));
    if (isCgroupHook(hook))
        return !cgroupRoot().isNull();
    if (QByteArrayView(hook.section).startsWith("raw_tp/"))
        return !functions.isKnown() || functions.containsTracepoint(target);
    if (hook.module) // where sendpage functions went in Linux 6.5 with all others
        return !target.endsWith("_sendpage") || functions.contains("inet_sendpage");
    return !functions.isKnown() || functions.contains(isIterator(hook) ? "bpf_iter_" + target : target);
}

/// Attaches for all processes. Null on failure, with errno set.
bpf_link* attachToControlGroups(const bpf_program* program)
{
    const int root = open(qPrintable(cgroupRoot()), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (root < 0)
        return nullptr;
    bpf_link* link = bpf_program__attach_cgroup(program, root);
    const int error = errno;
    close(root);
    errno = error;
    return link;
}

/// Looks which targets this kernel has. Those are Ok until something refuses them.
QList<HookReport> findHooks(const Backend& backend)
{
    const KernelFunctions functions;
    const auto events = traceEvents();
    QList<HookReport> reports;
    for (const Hook& hook : backend.hooks) {
        HookReport report{QString::fromLatin1(hook.section), HookState::Ok, 0};
        if ((report.name.startsWith(QStringLiteral("tracepoint/")) || isProbe(hook)) && !events)
            report = {report.name, HookState::Refused, events.error()};
        else if (!isThere(hook, functions, events.value_or(QString())))
            report = {report.name, HookState::Absent, ENOENT};
        reports.push_back(report);
    }
    return reports;
}

/// Has an iterator look at everything once, which writes what it finds into a map. Returns 0 or an errno.
int walk(int link)
{
    const int fd = bpf_iter_create(link);
    if (fd < 0)
        return -fd;
    const auto nothing = readToEnd<char>(fd);
    close(fd);
    return nothing ? 0 : nothing.error();
}

/// Maps of programs that are loaded already, by name.
using SharedMaps = std::map<QByteArray, int>;

/// An errno where one is of another shape, 0 else. What is in there must not be lost: an event may be halfway.
int share(const Skeleton& skeleton, const SharedMaps& maps)
{
    for (const auto& [name, fd] : maps) {
        bpf_map* map = bpf_object__find_map_by_name(skeleton.object, name.constData());
        bpf_map_info info{};
        std::uint32_t size = sizeof(info);
        if (!map)
            continue;
        if (bpf_obj_get_info_by_fd(fd, &info, &size) != 0 || info.type != bpf_map__type(map)
            || info.key_size != bpf_map__key_size(map) || info.value_size != bpf_map__value_size(map)) {
            qCWarning(sourceLog) << "an earlier build's map" << name << "has another shape";
            return EINVAL;
        }
        bpf_map__reuse_fd(map, fd);
    }
    return 0;
}

/// Opens the backend and loads those of its programs that are Ok. Returns 0 or an errno.
int loadUsable(const Backend& backend, const QList<HookReport>& hooks, const MapSizes& sizes, Skeleton& out,
    const SharedMaps& maps = {})
{
    out = backend.open();
    if (!out.object)
        return errno;
    for (qsizetype i = 0; i < hooks.size(); ++i)
        bpf_program__set_autoload(programOf(out, backend.hooks[i]), hooks[i].state == HookState::Ok);
    setRoom(out, "streams", sizes.streams);
    setRoom(out, "readers", sizes.readers);
    setRoom(out, "owners", sizes.owners);
    const int error = share(out, maps);
    return error != 0 ? error : -bpf_object__load(out.object);
}

/// Finds out which programs the kernel refuses, by loading each by itself.
void tryEach(const Backend& backend, QList<HookReport>& hooks)
{
    for (qsizetype i = 0; i < hooks.size(); ++i) {
        if (hooks[i].state != HookState::Ok)
            continue;
        QList<HookReport> alone(hooks.size());
        alone[i].state = HookState::Ok;
        Skeleton skeleton;
        if (const int error = loadUsable(backend, alone, leastRoom, skeleton); error != 0)
            hooks[i] = {hooks[i].name, HookState::Refused, error};
    }
}

/// As loadUsable; when the kernel refuses the whole, marks the programs at fault and loads the rest.
int loadTolerantly(const Backend& backend, QList<HookReport>& hooks, const MapSizes& sizes, Skeleton& out,
    const SharedMaps& maps = {})
{
    if (loadUsable(backend, hooks, sizes, out, maps) == 0)
        return 0;
    tryEach(backend, hooks);
    return loadUsable(backend, hooks, sizes, out, maps);
}

Descriptor duplicate(int fd)
{
    return Descriptor(fcntl(fd, F_DUPFD_CLOEXEC, 0));
}

Descriptor mapOf(const Skeleton& skeleton, const char* name)
{
    return duplicate(bpf_object__find_map_fd_by_name(skeleton.object, name));
}

Epoch::Arrays arraysOf(const Skeleton& skeleton)
{
    return {mapOf(skeleton, "flow_maps"), mapOf(skeleton, "process_maps")};
}

/// Null when every vital hook is Ok.
QString reasonNotToWork(const Backend& backend, const QList<HookReport>& hooks)
{
    for (qsizetype i = 0; i < hooks.size(); ++i) {
        if (backend.hooks[i].role != Hook::Role::Vital || hooks[i].state == HookState::Ok)
            continue;
        if (!mayTrace())
            return rightsMissingText();
        if (hooks[i].state == HookState::Absent)
            return QStringLiteral("this kernel has no ") + hooks[i].name;
        return refusalText(backend.hooks[i].section, hooks[i].errorNumber);
    }
    return {};
}

} // namespace

KernelObject::KernelObject(Skeleton skeleton, Counters counters)
    : m_skeleton(std::move(skeleton))
    , m_counters(std::move(counters))
{
}

KernelObject::Trial KernelObject::load(const Backend& backend, const MapSizes& sizes, WireCounting wire)
{
    libbpf_set_print(logLine);
    Trial trial{std::nullopt, {backend.name, false, {}, findHooks(backend), {}}};
    BackendReport& report = trial.report;
    report.reason = reasonNotToWork(backend, report.hooks);
    if (report.reason.isNull()) {
        Skeleton skeleton;
        const int error = loadTolerantly(backend, report.hooks, sizes, skeleton);
        auto counters = error == 0 ? Counters::make(arraysOf(skeleton), mapOf(skeleton, "health"), sizes.least)
                                   : tl::unexpected(error);
        if (counters) {
            trial.object = KernelObject(std::move(skeleton), std::move(*counters));
            if (const int failed = trial.object->setWireCounting(wire); failed != 0)
                qCWarning(sourceLog) << "packets are not counted:" << std::strerror(failed);
            trial.object->attach(backend, report.hooks);
        }
        report.reason = reasonNotToWork(backend, report.hooks);
        if (!counters && report.reason.isNull())
            report.reason = refusalText("maps", counters.error());
    }
    report.works = report.reason.isNull();
    if (report.works)
        report.gaps = gapsOf(backend, report.hooks, wire);
    else
        trial.object.reset();
    return trial;
}

void KernelObject::attach(const Backend& backend, QList<HookReport>& hooks)
{
    for (qsizetype i = 0; i < hooks.size(); ++i) {
        if (hooks[i].state != HookState::Ok)
            continue;
        const bpf_program* program = programOf(m_skeleton, backend.hooks[i]);
        const auto attached
            = std::ranges::find(m_attachments, QByteArray(backend.hooks[i].section), &Attachment::section);
        if (attached != m_attachments.end()) {
            const int error = replace(*attached, program);
            attached->isOurs = error == 0;
            if (error != 0)
                qCWarning(sourceLog) << "an earlier build's program goes on at" << attached->section
                                     << std::strerror(error);
            continue;
        }
        Link link = attach(backend.hooks[i], program);
        const int error = !link ? errno : isIterator(backend.hooks[i]) ? walk(bpf_link__fd(link.get())) : 0;
        if (error != 0) {
            hooks[i] = {hooks[i].name, error == ENOENT ? HookState::Absent : HookState::Refused, error};
            continue;
        }
        const bool counts = backend.hooks[i].role != Hook::Role::Lifetime && !isIterator(backend.hooks[i]);
        m_attachments.push_back({backend.hooks[i].section, std::move(link), Descriptor(),
            counts ? duplicate(bpf_program__fd(program)) : Descriptor(),
            mapOf(m_skeleton, QByteArray(successorMapPrefix + bpf_program__name(program)).constData()), true});
        if (m_store)
            keep(m_attachments.back());
    }
}

int KernelObject::replace(const Attachment& attachment, const bpf_program* program)
{
    const int fd = bpf_program__fd(program);
    if (!attachment.successor)
        return bpf_link_update(attachment.kept.get(), fd, nullptr) == 0 ? 0 : errno;
    const std::uint32_t slot = 0;
    return bpf_map_update_elem(attachment.successor.get(), &slot, &fd, BPF_ANY) == 0 ? 0 : errno;
}

KernelObject::Link KernelObject::attach(const Hook& hook, const bpf_program* program)
{
    if (isCgroupHook(hook))
        return Link(attachToControlGroups(program));
    if (!isProbe(hook))
        return Link(bpf_program__attach(program));
    if (!m_kprobes)
        m_kprobes = std::make_unique<KprobeEvents>();
    const bool isBuiltIn = !hook.module || KernelFunctions().contains(targetOf(hook));
    const auto event = m_kprobes->add(hook.section, isBuiltIn ? QByteArray() : QByteArray(hook.module));
    if (event)
        return Link(bpf_program__attach_tracepoint(program, m_kprobes->group().constData(), event->constData()));
    errno = event.error();
    return nullptr;
}

std::uint64_t KernelObject::missedCalls() const
{
    // Of probes the kernel (before 6.1 not for a call's end) and our programs (later) count the same misses.
    std::uint64_t misses = std::max(m_counters.health(BWT_HEALTH_MISSED_CALLS), m_kprobes ? m_kprobes->misses() : 0);
    for (const Attachment& attachment : m_attachments) {
        bpf_prog_info info{};
        std::uint32_t size = sizeof(info);
        if (attachment.program && bpf_obj_get_info_by_fd(attachment.program.get(), &info, &size) == 0)
            misses += info.recursion_misses; // stays 0 on kernels that don't count them (before 5.12)
    }
    return misses;
}

QByteArray KernelObject::probeGroup() const
{
    return m_kprobes ? m_kprobes->group() : QByteArray();
}

tl::expected<KernelObject, int> KernelObject::takeFrom(
    const std::shared_ptr<DescriptorStore>& store, const QByteArray& probeGroup, const Room& least)
{
    auto counters = Counters::takeFrom(store, least);
    if (!counters)
        return tl::unexpected(counters.error());
    KernelObject taken({}, std::move(*counters));
    taken.m_store = store;
    DescriptorStore::Contents& contents = store->contents();
    const auto take = [&contents](const QByteArray& name) {
        const auto found = contents.find(name);
        return found == contents.end() ? Descriptor() : std::move(found->second);
    };
    for (const auto& [name, descriptor] : contents) {
        if (name.startsWith(statePrefix))
            taken.m_states.emplace(name.mid(statePrefix.size()), take(name));
        if (!name.startsWith(linkPrefix))
            continue;
        const QByteArray section = name.mid(linkPrefix.size());
        taken.m_attachments.push_back(
            {section, nullptr, take(name), take(programPrefix + section), take(successorPrefix + section)});
    }
    if (!probeGroup.isEmpty())
        taken.m_kprobes = std::make_unique<KprobeEvents>(probeGroup);
    return taken;
}

tl::expected<KernelObject::Succession, int> KernelObject::succeed(
    const Backend& backend, const MapSizes& sizes, WireCounting wire)
{
    libbpf_set_print(logLine);
    Succession succession{{backend.name, true, {}, findHooks(backend), {}}};
    BackendReport& report = succession.report;
    SharedMaps shared = m_counters.maps();
    for (const auto& [name, map] : m_states)
        shared.emplace(name, map.get());
    Skeleton skeleton;
    if (const int error = loadTolerantly(backend, report.hooks, sizes, skeleton, shared); error != 0)
        return tl::unexpected(error);
    if (!m_counters.isOfOwnLayout())
        if (const int error = m_counters.beginEpoch(arraysOf(skeleton)); error != 0)
            return tl::unexpected(error);
    m_skeleton = std::move(skeleton);
    keepStates();
    attach(backend, report.hooks);
    const auto dropped = std::erase_if(m_attachments, [&](const Attachment& attachment) {
        const auto isOf = [&](const Hook& hook) { return attachment.section == hook.section; };
        if (std::ranges::any_of(backend.hooks, isOf))
            return false;
        drop(attachment);
        return true;
    });
    succession.isWhole
        = std::ranges::all_of(m_attachments, &Attachment::isOurs) && (dropped == 0 || m_store->settle());
    if (succession.isWhole)
        m_counters.endEarlierEpochs();
    if (m_kprobes)
        m_kprobes->release();
    report.gaps = gapsOf(backend, report.hooks, wire);
    return succession;
}

void KernelObject::keepIn(const std::shared_ptr<DescriptorStore>& store)
{
    m_store = store;
    m_counters.keepIn(store);
    keepStates();
    for (Attachment& attachment : m_attachments)
        keep(attachment);
    if (m_kprobes)
        m_kprobes->release();
}

void KernelObject::end()
{
    if (m_store)
        m_store->dropAll();
    m_attachments.clear();
    m_states.clear();
    m_skeleton = Skeleton();
    if (m_kprobes && !m_kprobes->remove())
        qCWarning(sourceLog) << "probes of functions are left in tracefs, under" << m_kprobes->group();
}

int KernelObject::setWireCounting(WireCounting wire)
{
    const std::uint32_t slot = BWT_SWITCH_WIRE;
    const std::uint64_t value = wire == WireCounting::On ? 1 : 0;
    return bpf_map_update_elem(stateMap("switches"), &slot, &value, BPF_ANY) == 0 ? 0 : errno;
}

int KernelObject::stateMap(const char* name) const
{
    const auto kept = m_states.find(name);
    if (kept != m_states.end())
        return kept->second.get();
    return m_skeleton.object ? bpf_object__find_map_fd_by_name(m_skeleton.object, name) : -1;
}

void KernelObject::keepStates()
{
    bpf_map* map = nullptr;
    bpf_object__for_each_map(map, m_skeleton.object)
    {
        const QByteArray name(bpf_map__name(map));
        if (!bpf_map__is_internal(map) && !name.startsWith(successorMapPrefix) && !m_counters.maps().contains(name)
            && !m_states.contains(name) && !isScratch(name))
            m_store->keep(statePrefix + name, bpf_map__fd(map));
    }
}

void KernelObject::keep(Attachment& attachment) const
{
    if (attachment.section.startsWith(iteratorPrefix))
        return;
    m_store->keep(linkPrefix + attachment.section, bpf_link__fd(attachment.link.get()));
    if (attachment.program)
        m_store->keep(programPrefix + attachment.section, attachment.program.get());
    if (attachment.successor)
        m_store->keep(successorPrefix + attachment.section, attachment.successor.get());
    // Or destroying the link would switch off what the store has of it.
    bpf_link__disconnect(attachment.link.get());
}

void KernelObject::drop(const Attachment& attachment) const
{
    for (const QByteArray& prefix : {linkPrefix, programPrefix, successorPrefix})
        m_store->drop(prefix + attachment.section);
}

void KernelObject::LinkDeleter::operator()(bpf_link* link) const
{
    bpf_link__destroy(link);
}

} // namespace bwt
