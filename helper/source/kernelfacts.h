// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <tl/expected.hpp>

#include <QByteArray>
#include <QString>

#include <memory>

struct btf;

/// What the running kernel says about itself.
namespace bwt {

/// As `uname -r` prints it.
[[nodiscard]] QString kernelRelease();

/// Names this boot (/proc/sys/kernel/random/boot_id).
[[nodiscard]] QString bootId();

/// Whether it may take the processor from a task that runs kernel code; also true when that can't be learnt.
[[nodiscard]] bool kernelPreempts();

/// Whether this process holds CAP_BPF and CAP_PERFMON, or the CAP_SYS_ADMIN that includes both.
[[nodiscard]] bool mayTrace();

/// Directory with the kernel's trace events, or an errno; mounts tracefs where nobody has.
[[nodiscard]] tl::expected<QString, int> traceEvents();

/// Where the whole hierarchy of control groups (version 2) is mounted; null where it isn't.
[[nodiscard]] QString cgroupRoot();

/// The functions that programs can be attached to.
class KernelFunctions {
public:
    KernelFunctions();
    /// False when the kernel carries no description of its types (BTF) at all.
    [[nodiscard]] bool isKnown() const { return m_btf != nullptr; }
    [[nodiscard]] bool contains(const QByteArray& name) const;
    /// Raw tracepoints, by the name without its group.
    [[nodiscard]] bool containsTracepoint(const QByteArray& name) const;
    /// How many arguments the function has; 0 if there is none of that name.
    [[nodiscard]] unsigned argumentsOf(const QByteArray& name) const;

private:
    struct Deleter {
        void operator()(btf* types) const;
    };
    std::unique_ptr<btf, Deleter> m_btf;
};

} // namespace bwt
