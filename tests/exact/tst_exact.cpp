// SPDX-License-Identifier: GPL-3.0-or-later
// Every byte once: programs that share nothing with the product move bytes in every way that a program can, and the
// counters must equal what their system calls returned. BWT_TEST_BACKEND names the backend ("auto" otherwise);
// BWT_TEST_DIVISOR shortens the long loops, for emulated machines.
#include "dbus/gaps.h"
#include "flows.h"
#include "generatorrun.h"
#include "helper/source/trafficsource.h"

#include <QFile>
#include <QJsonDocument>
#include <QTest>

#include <algorithm>
#include <array>
#include <sys/utsname.h>
#include <unistd.h>

using namespace bwt;

namespace {

constexpr std::array programs{"calls"};

/// What a gap makes of the lines that it concerns.
enum class Effect { HidesTx, HidesRx, HidesRemote };

/// The only ways in which a case may differ from what its calls returned: exactly so if the backend declares the gap,
/// and not at all if it doesn't.
struct KnownGap {
    QLatin1StringView row; ///< "PROGRAM CASE"
    QLatin1StringView code;
    Effect effect;
    QLatin1StringView role; ///< of the lines concerned; empty for all
};

const std::vector<KnownGap> knownGaps{};

/// What a kernel may lack, and how it says so. What it has a module for it doesn't lack.
struct Feature {
    QLatin1StringView name;
    int error;
    QLatin1StringView module;
};

const std::vector<Feature> features{};

QString backend()
{
    return qEnvironmentVariable("BWT_TEST_BACKEND", QStringLiteral("auto"));
}

QString divisor()
{
    return QString::number(std::max(1, qEnvironmentVariableIntValue("BWT_TEST_DIVISOR")));
}

std::unique_ptr<TrafficSource> newSource()
{
    auto source = makeTrafficSource(backend());
    if (!source)
        qFatal("%s", qPrintable(source.error().detail));
    return std::move(*source);
}

Reading readingOf(TrafficSource& source)
{
    auto reading = source.read();
    if (!reading)
        qFatal("%s", qPrintable(reading.error().detail));
    return std::move(*reading);
}

quint64 allBytes(const Reading& reading)
{
    quint64 bytes = 0;
    for (const FlowCounter& flow : reading.flows)
        bytes += flow.bytes;
    return bytes;
}

void apply(Effect effect, Line& line)
{
    switch (effect) {
    case Effect::HidesTx:
        line.tx = {};
        return;
    case Effect::HidesRx:
        line.rx = {};
        return;
    case Effect::HidesRemote:
        line.remote = {};
        return;
    }
}

void applyGaps(const QStringList& declared, QList<Line>& lines)
{
    for (const KnownGap& gap : knownGaps)
        if (gap.row == QLatin1StringView(QTest::currentDataTag()) && declared.contains(gap.code))
            for (Line& line : lines)
                if (gap.role.isEmpty() || gap.role == line.role)
                    apply(gap.effect, line);
}

bool hasModule(QLatin1StringView module)
{
    utsname kernel{};
    uname(&kernel);
    QFile list(QStringLiteral("/lib/modules/%1/modules.dep").arg(QString::fromLocal8Bit(kernel.release)));
    return list.open(QIODevice::ReadOnly) && list.readAll().contains(QStringLiteral("/%1.ko").arg(module).toLatin1());
}

bool isLacking(const QString& name, int error)
{
    return std::ranges::any_of(features, [&](const Feature& feature) {
        return feature.name == name && feature.error == error
            && (feature.module.isEmpty() || !hasModule(feature.module));
    });
}

void addRows(const QString& program)
{
    for (const QString& traffic : GeneratorRun::casesOf(program))
        QTest::addRow("%s %s", qPrintable(program), qPrintable(traffic)) << program << traffic;
}

QString firstOf(const QStringList& problems)
{
    return QStringLiteral("%1 wrong:\n").arg(problems.size()) % problems.mid(0, 10).join(QLatin1Char('\n'));
}

} // namespace

class ExactTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void init();
    void cleanup();
    void cleanupTestCase();
    void everyByteIsCountedOnce_data();
    void everyByteIsCountedOnce();

private:
    void compareWhenDone(GeneratorRun& run, TrafficSource& source);
    void compare(const QList<QByteArray>& output, const QByteArray& name, TrafficSource& source);
    void compareAbsence(const QByteArray& line);

    std::unique_ptr<TrafficSource> m_source;
    quint64 m_missesBefore = 0;
    QStringList m_absent;
};

void ExactTest::initTestCase()
{
    QVERIFY2(geteuid() == 0, "counting in the kernel needs root");
    m_source = newSource();
    qInfo() << m_source->info().backend << m_source->info().kernel << m_source->info().gaps;
}

void ExactTest::init()
{
    m_missesBefore = readingOf(*m_source).losses.recursionMisses;
}

void ExactTest::cleanup()
{
    QCOMPARE(readingOf(*m_source).losses.recursionMisses, m_missesBefore);
}

void ExactTest::cleanupTestCase()
{
    qInfo() << "absent in this kernel:" << m_absent;
}

void ExactTest::everyByteIsCountedOnce_data()
{
    QTest::addColumn<QString>("program");
    QTest::addColumn<QString>("traffic");
    for (const char* program : programs)
        addRows(QLatin1StringView(program));
}

void ExactTest::everyByteIsCountedOnce()
{
    QFETCH(QString, program);
    QFETCH(QString, traffic);
    GeneratorRun run(program, {traffic, divisor()});
    compareWhenDone(run, *m_source);
}

/// Reads all the while, since reading must not lose anything.
void ExactTest::compareWhenDone(GeneratorRun& run, TrafficSource& source)
{
    for (quint64 before = 0; run.runs();) {
        const quint64 now = allBytes(readingOf(source));
        QVERIFY(now >= before);
        before = now;
    }
    const QList<QByteArray> output = run.output();
    if (run.exitCode() == GeneratorRun::absent) {
        compareAbsence(output.value(0));
        return;
    }
    QVERIFY2(run.exitCode() == 0, qPrintable(run.complaints()));
    compare(output, run.processName(), source);
}

void ExactTest::compare(const QList<QByteArray>& output, const QByteArray& name, TrafficSource& source)
{
    QList<Line> lines;
    for (const QByteArray& line : output)
        lines.append(lineOf(QJsonDocument::fromJson(line).object()));
    QVERIFY(!said(lines).empty());
    applyGaps(source.info().gaps, lines);
    const Reading reading = readingOf(source);
    const QStringList wrong = differences(said(lines), counted(reading, lines));
    QVERIFY2(wrong.isEmpty(), qPrintable(firstOf(wrong)));
    const QStringList unknown = unknownProcesses(reading, lines, name);
    QVERIFY2(unknown.isEmpty(), qPrintable(firstOf(unknown)));
}

void ExactTest::compareAbsence(const QByteArray& line)
{
    const QJsonObject said = QJsonDocument::fromJson(line).object();
    const QString name = said.value(QStringLiteral("absent")).toString();
    const int error = said.value(QStringLiteral("errno")).toInt();
    QVERIFY2(isLacking(name, error),
        qPrintable(QStringLiteral("'%1' does not count as absent by errno %2").arg(name).arg(error)));
    m_absent.append(name);
}

QTEST_GUILESS_MAIN(ExactTest)
#include "tst_exact.moc"
