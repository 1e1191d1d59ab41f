// SPDX-License-Identifier: GPL-3.0-or-later
#include "helper/source/kernelfacts.h"

#include <QDir>
#include <QFile>
#include <QRegularExpression>
#include <QSysInfo>

#include <bpf/btf.h>

#include <cerrno>
#include <optional>
#include <sys/mount.h>
#include <sys/utsname.h>

namespace bwt {

namespace {

QByteArray contentsOf(const QString& path)
{
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

/// "full", "lazy", "voluntary" or "none" on kernels that settle it at boot.
QString preemptionMode()
{
    static const QRegularExpression chosenNow(QStringLiteral("\\((\\w+)\\)"));
    static const QRegularExpression chosenAtBoot(QStringLiteral("(?:^|\\s)preempt=(\\w+)"));
    const auto now = QString::fromLatin1(contentsOf(QStringLiteral("/sys/kernel/debug/sched/preempt")));
    if (const auto match = chosenNow.match(now); match.hasMatch())
        return match.captured(1);
    const auto atBoot = QString::fromLatin1(contentsOf(QStringLiteral("/proc/cmdline")));
    return chosenAtBoot.match(atBoot).captured(1);
}

/// What the kernel was built to do unless told otherwise.
std::optional<bool> preemptsByDefault()
{
    const QByteArray config = contentsOf(QStringLiteral("/boot/config-") + kernelRelease());
    if (config.isEmpty())
        return std::nullopt;
    return config.contains("\nCONFIG_PREEMPT=y\n") || config.contains("\nCONFIG_PREEMPT_LAZY=y\n")
        || config.contains("\nCONFIG_PREEMPT_RT=y\n");
}

QString tracefs()
{
    return QStringLiteral("/sys/kernel/tracing");
}

} // namespace

QString kernelRelease()
{
    return QSysInfo::kernelVersion();
}

QString bootId()
{
    QFile file(QStringLiteral("/proc/sys/kernel/random/boot_id"));
    return file.open(QIODevice::ReadOnly) ? QString::fromLatin1(file.readAll()).trimmed() : QString();
}

bool kernelPreempts()
{
    utsname names{};
    uname(&names);
    const QByteArray build(names.version);
    if (!build.contains("PREEMPT"))
        return false;
    if (build.contains("PREEMPT_DYNAMIC")) {
        const QString mode = preemptionMode();
        if (!mode.isEmpty())
            return mode == QStringLiteral("full") || mode == QStringLiteral("lazy");
        return preemptsByDefault().value_or(true);
    }
    return true;
}

bool mayTrace()
{
    constexpr int sysAdmin = 21; // linux/capability.h
    constexpr int perfmon = 38;
    constexpr int bpf = 39;
    static const QRegularExpression effective(QStringLiteral("CapEff:\\s*([0-9a-f]+)"));
    const auto status = QString::fromLatin1(contentsOf(QStringLiteral("/proc/self/status")));
    const quint64 held = effective.match(status).captured(1).toULongLong(nullptr, 16);
    const auto has = [held](int capability) { return ((held >> capability) & 1) != 0; };
    return has(sysAdmin) || (has(bpf) && has(perfmon));
}

tl::expected<QString, int> traceEvents()
{
    const auto events = QStringLiteral("/events");
    // libbpf looks into debugfs first too.
    for (const QString& place : {QStringLiteral("/sys/kernel/debug/tracing"), tracefs()})
        if (QDir(place + events).exists())
            return place + events;
    if (mount("tracefs", qPrintable(tracefs()), "tracefs", MS_NOSUID | MS_NODEV | MS_NOEXEC, nullptr) != 0)
        return tl::unexpected<int>(errno);
    return tracefs() + events;
}

QString cgroupRoot()
{
    // "36 35 98:0 ROOT MOUNTPOINT OPTIONS [TAG]... - TYPE SOURCE OPTIONS", proc_pid_mountinfo(5)
    static const QRegularExpression whole(QStringLiteral("^(?:\\S+ ){3}/ (\\S+) .* - cgroup2 "));
    const QString mounts = QString::fromLocal8Bit(contentsOf(QStringLiteral("/proc/self/mountinfo")));
    for (const QString& line : mounts.split(QLatin1Char('\n')))
        if (const auto match = whole.match(line); match.hasMatch())
            return match.captured(1);
    return {};
}

KernelFunctions::KernelFunctions()
    : m_btf(btf__load_vmlinux_btf())
{
}

bool KernelFunctions::contains(const QByteArray& name) const
{
    return m_btf && btf__find_by_name_kind(m_btf.get(), name.constData(), BTF_KIND_FUNC) > 0;
}

bool KernelFunctions::containsTracepoint(const QByteArray& name) const
{
    return m_btf
        && btf__find_by_name_kind(m_btf.get(), QByteArray("btf_trace_" + name).constData(), BTF_KIND_TYPEDEF) > 0;
}

unsigned KernelFunctions::argumentsOf(const QByteArray& name) const
{
    if (!contains(name))
        return 0;
    const int id = btf__find_by_name_kind(m_btf.get(), name.constData(), BTF_KIND_FUNC);
    const btf_type* function = btf__type_by_id(m_btf.get(), static_cast<std::uint32_t>(id));
    return btf_vlen(btf__type_by_id(m_btf.get(), function->type));
}

void KernelFunctions::Deleter::operator()(btf* types) const
{
    btf__free(types);
}

} // namespace bwt
