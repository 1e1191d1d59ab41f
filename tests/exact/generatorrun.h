// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QProcess>
#include <QStringList>

/// A traffic generator that runs (tests/exact/generators). Ends with this object.
class GeneratorRun {
public:
    static constexpr int absent = 3; ///< exit code: the kernel lacks what the case needs

    GeneratorRun(const QString& program, const QStringList& arguments);
    GeneratorRun(const GeneratorRun&) = delete;
    GeneratorRun& operator=(const GeneratorRun&) = delete;
    ~GeneratorRun();

    /// The cases that a program has.
    [[nodiscard]] static QStringList casesOf(const QString& program);

    [[nodiscard]] bool runs();
    /// It says so where it waits for begin().
    [[nodiscard]] bool isReady();
    void begin() { m_process.closeWriteChannel(); }
    /// -1 while it runs and when it was killed.
    [[nodiscard]] int exitCode() const;
    /// Lines, without those that were taken before.
    [[nodiscard]] QList<QByteArray> output();
    [[nodiscard]] QString complaints();
    /// As the kernel has it.
    [[nodiscard]] QByteArray processName() const;

private:
    const QString m_program;
    QProcess m_process;
};
