// SPDX-License-Identifier: GPL-3.0-or-later
#include "helper/source/refusal.h"

#include "helper/source/kernelfacts.h"

#include <cerrno>
#include <cstring>

namespace bwt {

namespace {

constexpr int notSupported = 524; // ENOTSUPP, which the kernel keeps to itself but for this

QString cause(int errorNumber)
{
    switch (errorNumber) {
    case notSupported:
        return QStringLiteral("this kernel can't do that on this kind of processor (arm64 can since Linux 6.4)");
    case EPERM:
        return QStringLiteral("refused even with every right: kernel lockdown or a security policy forbids it");
    case EACCES:
    case EINVAL:
        return QStringLiteral("the kernel's verifier rejects the program: please report this kernel");
    case ENOSYS:
        return QStringLiteral("this kernel was built without BPF");
    case ENOMEM:
        return QStringLiteral("not enough memory for the maps");
    case E2BIG:
        return QStringLiteral("too many programs are attached there already");
    default:
        return QString::fromLocal8Bit(std::strerror(errorNumber));
    }
}

} // namespace

QString refusalText(const char* hook, int errorNumber)
{
    if (!mayTrace())
        return rightsMissingText();
    if (!KernelFunctions().isKnown())
        return QStringLiteral("this kernel doesn't describe its types (CONFIG_DEBUG_INFO_BTF is off)");
    return QString::fromLatin1(hook) + QStringLiteral(": ") + cause(errorNumber);
}

QString rightsMissingText()
{
    return QStringLiteral("needs root, or the capabilities CAP_BPF and CAP_PERFMON and a readable tracefs");
}

} // namespace bwt
