// SPDX-License-Identifier: GPL-3.0-or-later
// The kernel's verifier walks every path of a program, and refuses the ones that are too long for it. Ours stay far
// from that on each kernel.
#include "helper/source/backend.h"
#include "helper/source/kernelobject.h"

#include <QRegularExpression>
#include <QTest>

#include <bpf/libbpf.h>

#include <array>
#include <unistd.h>

using namespace bwt;

namespace {

constexpr int mostInstructions = 20'000;

/// Names of the programs that this kernel takes: all of a backend's, but for hooks that are not Ok.
QByteArrayList usablePrograms(const Backend& backend)
{
    const auto report = KernelObject::load(backend, {1, 1, 1}).report;
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

/// How many instructions the verifier went through to accept the program; 0 if it did not.
int verifiedInstructions(const Backend& backend, const QByteArray& name)
{
    constexpr unsigned statistics = 4; // BPF_LOG_STATS, include/linux/bpf_verifier.h
    static const QRegularExpression processed(QStringLiteral("processed (\\d+) insns"));
    const Skeleton skeleton = backend.open();
    bpf_program* program = nullptr;
    bpf_object__for_each_program(program, skeleton.object)
    {
        bpf_program__set_autoload(program, false);
    }
    program = bpf_object__find_program_by_name(skeleton.object, name.constData());
    std::array<char, 4096> log{};
    bpf_program__set_autoload(program, true);
    bpf_program__set_log_level(program, statistics);
    bpf_program__set_log_buf(program, log.data(), log.size());
    if (bpf_object__load(skeleton.object) != 0)
        return 0;
    return processed.match(QString::fromLatin1(log.data())).captured(1).toInt();
}

} // namespace

class VerifierTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void programsAreShortForTheVerifier_data()
    {
        QVERIFY2(geteuid() == 0, "loading programs needs root");
        QTest::addColumn<const Backend*>("backend");
        QTest::addColumn<QByteArray>("program");
        const QString wanted = qEnvironmentVariable("BWT_TEST_BACKEND");
        for (const Backend& backend : backends()) {
            if (!wanted.isEmpty() && wanted != backend.name)
                continue;
            for (const QByteArray& program : usablePrograms(backend))
                QTest::addRow("%s: %s", backend.name.data(), program.constData()) << &backend << program;
        }
    }

    void programsAreShortForTheVerifier()
    {
        QFETCH(const Backend*, backend);
        QFETCH(const QByteArray, program);
        const int instructions = verifiedInstructions(*backend, program);
        qInfo() << instructions << "instructions";
        QVERIFY2(instructions > 0, "the kernel refuses it");
        QVERIFY2(instructions < mostInstructions, qPrintable(QString::number(instructions)));
    }
};

QTEST_GUILESS_MAIN(VerifierTest)
#include "tst_verifier.moc"
