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
#include <sys/mman.h>
#include <unistd.h>

namespace bwt {

namespace {

Q_LOGGING_CATEGORY(sourceLog, "bwt.source", QtInfoMsg)

constexpr std::size_t healthBytes = BWT_HEALTH_SLOTS * sizeof(std::uint64_t);

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
    return std::strncmp(hook.section, "iter/", 5) == 0;
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
std::vector<HookReport> findHooks(const Backend& backend)
{
    const KernelFunctions functions;
    const auto events = traceEvents();
    std::vector<HookReport> reports;
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

/// Opens the backend and loads those of its programs that are Ok. Returns 0 or an errno.
int loadUsable(const Backend& backend, const std::vector<HookReport>& hooks, const MapSizes& sizes, Skeleton& out)
{
    out = backend.open();
    if (!out.object)
        return errno;
    for (std::size_t i = 0; i < hooks.size(); ++i)
        bpf_program__set_autoload(programOf(out, backend.hooks[i]), hooks[i].state == HookState::Ok);
    setRoom(out, "flows", sizes.flows);
    setRoom(out, "coarse", sizes.coarse);
    setRoom(out, "processes", sizes.processes);
    setRoom(out, "streams", sizes.streams);
    setRoom(out, "readers", sizes.readers);
    return -bpf_object__load(out.object);
}

/// Finds out which programs the kernel refuses, by loading each by itself.
void tryEach(const Backend& backend, std::vector<HookReport>& hooks)
{
    for (std::size_t i = 0; i < hooks.size(); ++i) {
        if (hooks[i].state != HookState::Ok)
            continue;
        std::vector<HookReport> alone(hooks.size());
        alone[i].state = HookState::Ok;
        Skeleton skeleton;
        if (const int error = loadUsable(backend, alone, leastRoom, skeleton); error != 0)
            hooks[i] = {hooks[i].name, HookState::Refused, error};
    }
}

/// As loadUsable; when the kernel refuses the whole, marks the programs at fault and loads the rest.
int loadTolerantly(const Backend& backend, std::vector<HookReport>& hooks, const MapSizes& sizes, Skeleton& out)
{
    if (loadUsable(backend, hooks, sizes, out) == 0)
        return 0;
    tryEach(backend, hooks);
    return loadUsable(backend, hooks, sizes, out);
}

/// Null when every vital hook is Ok.
QString reasonNotToWork(const Backend& backend, const std::vector<HookReport>& hooks)
{
    for (std::size_t i = 0; i < hooks.size(); ++i) {
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

KernelObject::KernelObject(Skeleton skeleton)
    : m_skeleton(std::move(skeleton))
{
}

KernelObject::Trial KernelObject::load(const Backend& backend, const MapSizes& sizes)
{
    libbpf_set_print(logLine);
    Trial trial{std::nullopt, {backend.name, false, {}, findHooks(backend), {}}};
    BackendReport& report = trial.report;
    report.reason = reasonNotToWork(backend, report.hooks);
    if (report.reason.isNull()) {
        Skeleton skeleton;
        int error = loadTolerantly(backend, report.hooks, sizes, skeleton);
        if (error == 0) {
            trial.object = KernelObject(std::move(skeleton));
            error = trial.object->openMaps();
            trial.object->attach(backend, report.hooks);
        }
        report.reason = reasonNotToWork(backend, report.hooks);
        if (error != 0 && report.reason.isNull())
            report.reason = refusalText("maps", error);
    }
    report.works = report.reason.isNull();
    if (report.works)
        report.gaps = gapsOf(backend, report.hooks);
    else
        trial.object.reset();
    return trial;
}

void KernelObject::attach(const Backend& backend, std::vector<HookReport>& hooks)
{
    for (std::size_t i = 0; i < hooks.size(); ++i) {
        if (hooks[i].state != HookState::Ok)
            continue;
        const bpf_program* program = programOf(m_skeleton, backend.hooks[i]);
        Link link = attach(backend.hooks[i], program);
        const int error = !link ? errno : isIterator(backend.hooks[i]) ? walk(bpf_link__fd(link.get())) : 0;
        if (error != 0) {
            hooks[i] = {hooks[i].name, error == ENOENT ? HookState::Absent : HookState::Refused, error};
            continue;
        }
        m_links.push_back(std::move(link));
        if (backend.hooks[i].role != Hook::Role::Lifetime)
            m_countingPrograms.push_back(bpf_program__fd(program));
    }
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

int KernelObject::openMaps()
{
    m_flows = iterator("read_flow", "flows");
    m_coarse = iterator("read_flow", "coarse");
    m_processes = iterator("read_process", "processes");
    if (!m_flows || !m_coarse || !m_processes)
        return errno;
    const int fd = bpf_object__find_map_fd_by_name(m_skeleton.object, "health");
    void* page = mmap(nullptr, healthBytes, PROT_READ, MAP_SHARED, fd, 0);
    if (page == MAP_FAILED)
        return errno;
    m_health.reset(static_cast<const std::uint64_t*>(page));
    return 0;
}

KernelObject::Link KernelObject::iterator(const char* program, const char* map) const
{
    bpf_iter_link_info target{};
    target.map.map_fd = static_cast<std::uint32_t>(bpf_object__find_map_fd_by_name(m_skeleton.object, map));
    LIBBPF_OPTS(bpf_iter_attach_opts, options, .link_info = &target, .link_info_len = sizeof(target));
    return Link(bpf_program__attach_iter(bpf_object__find_program_by_name(m_skeleton.object, program), &options));
}

tl::expected<std::vector<bwt_flow>, int> KernelObject::flows() const
{
    auto all = readRows<bwt_flow>(bpf_link__fd(m_flows.get()));
    const auto coarse = readRows<bwt_flow>(bpf_link__fd(m_coarse.get()));
    if (!coarse)
        return coarse;
    if (all)
        all->insert(all->end(), coarse->begin(), coarse->end());
    return all;
}

tl::expected<std::vector<bwt_process>, int> KernelObject::processes() const
{
    return readRows<bwt_process>(bpf_link__fd(m_processes.get()));
}

std::uint64_t KernelObject::health(bwt_health slot) const
{
    return __atomic_load_n(m_health.get() + slot, __ATOMIC_RELAXED);
}

std::uint64_t KernelObject::missedCalls() const
{
    // Of probes the kernel (before 6.1 not for a call's end) and our programs (later) count the same misses.
    std::uint64_t misses = std::max(health(BWT_HEALTH_MISSED_CALLS), m_kprobes ? m_kprobes->misses() : 0);
    for (const int program : m_countingPrograms) {
        bpf_prog_info info{};
        std::uint32_t size = sizeof(info);
        if (bpf_obj_get_info_by_fd(program, &info, &size) == 0)
            misses += info.recursion_misses; // stays 0 on kernels that don't count them (before 5.12)
    }
    return misses;
}

void KernelObject::Unmapper::operator()(const std::uint64_t* page) const
{
    munmap(const_cast<std::uint64_t*>(page), healthBytes);
}

void KernelObject::LinkDeleter::operator()(bpf_link* link) const
{
    bpf_link__destroy(link);
}

} // namespace bwt
