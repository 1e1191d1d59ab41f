// SPDX-License-Identifier: GPL-3.0-or-later
#include "dbus/row.h"
#include "helper/service/helper.h"
#include "helper/service/log.h"
#include "helper/service/settingskeeper.h"
#include "helper/service/settingtable.h"
#include "helper/service/unixsignals.h"
#include "helper/source/backendchoice.h"
#include "helper/store/memory.h"

#include <QCoreApplication>

#include <algorithm>
#include <cstdio>

using namespace bwt;

namespace {

void print(const QByteArray& text)
{
    std::fwrite(text.constData(), 1, size_t(text.size()), stdout);
}

void warn(const HelperCommand& command)
{
    for (const QString& warning : command.warnings)
        qCWarning(serviceLog).noquote() << warning;
}

ExitCode check(const HelperCommand& command)
{
    warn(command);
    const auto report = checkBackends(command.settings.backend, command.settings.wire);
    if (!report) {
        qCCritical(serviceLog).noquote() << report.error().detail;
        return ExitCode::WrongUsage;
    }
    print(command.kind == HelperCommand::Kind::CheckJson ? checkReportJson(*report)
                                                         : checkReportText(*report).toUtf8());
    return std::ranges::any_of(report->backends, &BackendReport::works) ? ExitCode::Ok : ExitCode::NothingCounts;
}

void reload(SettingsKeeper& keeper)
{
    const HelperSettings before = keeper.settings();
    if (const auto read = keeper.readAgain(); !read) {
        qCWarning(serviceLog).noquote() << "the settings stay as they are:" << read.error().detail;
        return;
    }
    const QStringList later = changedAtNextStart(before, keeper.settings());
    if (later.isEmpty())
        qCInfo(serviceLog) << "the settings were read again";
    else
        qCWarning(serviceLog).noquote() << "the settings were read again; at the next start changes"
                                        << later.join(QStringLiteral(", "));
}

ExitCode run(const HelperCommand& command)
{
    registerWireTypes();
    UnixSignals signals;
    SettingsKeeper keeper(QCoreApplication::arguments(), command);
    const auto made = Helper::make(keeper);
    if (!made)
        return made.error();
    Helper* const helper = made->get();
    QObject::connect(&signals, &UnixSignals::terminate, helper, [helper] { helper->terminate(); });
    QObject::connect(&signals, &UnixSignals::reload, &keeper, [&keeper] { reload(keeper); });
    QObject::connect(
        helper, &Helper::finished, [](ExitCode code) { QCoreApplication::exit(static_cast<int>(code)); });
    if (const auto reason = helper->start())
        return *reason;
    return static_cast<ExitCode>(QCoreApplication::exec());
}

ExitCode obey(const HelperCommand& command)
{
    switch (command.kind) {
    case HelperCommand::Kind::Help:
        print(helpText().toUtf8());
        return ExitCode::Ok;
    case HelperCommand::Kind::Version:
        print("bandwidth-tracker-helper " BWT_VERSION "\n");
        return ExitCode::Ok;
    case HelperCommand::Kind::Check:
    case HelperCommand::Kind::CheckJson:
        return check(command);
    case HelperCommand::Kind::Run:
        break;
    }
    warn(command);
    return run(command);
}

} // namespace

int main(int argc, char* argv[])
{
    store::returnLargeMemory();
    const QCoreApplication application(argc, argv);
    installLog();
    const auto command = readCommandLine(QCoreApplication::arguments());
    if (!command) {
        qCCritical(serviceLog).noquote() << command.error().detail << "(see --help)";
        return static_cast<int>(ExitCode::WrongUsage);
    }
    return static_cast<int>(obey(*command));
}
