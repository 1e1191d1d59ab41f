// SPDX-License-Identifier: GPL-3.0-or-later
// The kernel's verifier walks every path of a program, and refuses the ones that are too long for it. Ours stay far
// from that on each kernel.
#include "helper/source/backend.h"
#include "helper/source/kernelobject.h"

#include <QRegularExpression>
#include <QTest>

#include <bpf/libbpf.h>

#include <array>
#include <map>
#include <unistd.h>

using namespace bwt;

namespace {

constexpr int mostInstructions = 20'000;

/// Names of the programs that this kernel takes: all of a backend's, but for hooks that are not Ok.
QByteArrayList usablePrograms(const Backend& backend)
{
    const auto report = KernelObject::load(backend, leastRoom).report;
    QByteArrayList unusable;
    for (const HookReport& hook : report.hooks)
        if (hook.state != HookState::Ok)
            unusable.append(hook.name.toLatin1());
    const Skeleton skeleton = backend.open();
    QByteArrayList names;
    bpf_program* program = nullptr;
    bpf_object__for_each_program(program, skeleton.object)
    {
        if (!unusable.contains(bpf_program__section_name(program)))
            names.append(bpf_program__name(program));
    }
    return names;
}

/// Makes its maps as small as they can be, since no program runs.
void shrink(bpf_object* object)
{
    constexpr std::uint32_t few = 64; // for each processor at least one
    bpf_map* map = nullptr;
    bpf_object__for_each_map(map, object)
    {
        if (bpf_map__type(map) == BPF_MAP_TYPE_HASH || bpf_map__type(map) == BPF_MAP_TYPE_LRU_HASH)
            bpf_map__set_max_entries(map, few);
    }
}

/// How many instructions the verifier went through to accept each of the programs; none if it did not.
std::map<QByteArray, int> verifiedInstructions(const Backend& backend, const QByteArrayList& usable)
{
    constexpr unsigned statistics = 4; // BPF_LOG_STATS, include/linux/bpf_verifier.h
    static const QRegularExpression processed(QStringLiteral("processed (\\d+) insns"));
    const Skeleton skeleton = backend.open();
    shrink(skeleton.object);
    std::map<QByteArray, std::array<char, 4096>> logs;
    bpf_program* program = nullptr;
    bpf_object__for_each_program(program, skeleton.object)
    {
        const QByteArray name = bpf_program__name(program);
        bpf_program__set_autoload(program, usable.contains(name));
        bpf_program__set_log_level(program, statistics);
        bpf_program__set_log_buf(program, logs[name].data(), logs[name].size());
    }
    if (bpf_object__load(skeleton.object) != 0)
        return {};
    std::map<QByteArray, int> instructions;
    for (const QByteArray& name : usable)
        instructions[name] = processed.match(QString::fromLatin1(logs[name].data())).captured(1).toInt();
    return instructions;
}

} // namespace

class VerifierTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void programsAreShortForTheVerifier_data()
    {
        QVERIFY2(geteuid() == 0, "loading programs needs root");
        QTest::addColumn<int>("instructions");
        const QString wanted = qEnvironmentVariable("BWT_TEST_BACKEND");
        for (const Backend& backend : backends()) {
            if (!wanted.isEmpty() && wanted != backend.name)
                continue;
            const QByteArrayList usable = usablePrograms(backend);
            std::map<QByteArray, int> verified = verifiedInstructions(backend, usable);
            for (const QByteArray& program : usable)
                QTest::addRow("%s: %s", backend.name.data(), program.constData()) << verified[program];
        }
    }

    void programsAreShortForTheVerifier()
    {
        QFETCH(const int, instructions);
        qInfo() << instructions << "instructions";
        QVERIFY2(instructions > 0, "the kernel refuses it");
        QVERIFY2(instructions < mostInstructions, qPrintable(QString::number(instructions)));
    }
};

QTEST_GUILESS_MAIN(VerifierTest)
#include "tst_verifier.moc"
