// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/client/helperclient.h"
#include "app/singleinstance.h"
#include "app/tray/trayicon.h"
#include "app/views/actions.h"
#include "app/views/mainwindow.h"
#include "app/views/session.h"

#include <QAction>
#include <QApplication>
#include <QCommandLineParser>
#include <QIcon>
#include <QLibraryInfo>
#include <QSettings>
#include <QTranslator>

#include <cstdio>
#include <optional>

namespace {

constexpr int wrongUsage = 2;

struct Options {
    bool hidden = false;
    bwt::Page page = bwt::Page::Usage;
    QString bus;
};

void print(FILE* stream, const QString& text)
{
    std::fputs(qPrintable(text), stream);
}

QString tr(const char* text)
{
    return QCoreApplication::translate("main", text);
}

/// Either options, or an exit code.
struct Parsed {
    std::optional<Options> options;
    int exitCode = 0;
};

/// Answers --help, --version and wrong usage before anything needs a display.
Parsed parse(int argc, char** argv)
{
    const QCoreApplication core(argc, argv);
    QCommandLineParser parser;
    parser.setApplicationDescription(tr("Shows which program sends and receives how much, live and from history."));
    const QCommandLineOption hidden(QStringLiteral("hidden"), tr("Start in the tray, without a window."));
    const QStringList pages = bwt::pageNames();
    const QCommandLineOption page(QStringLiteral("page"), tr("Open this page: %1.").arg(pages.join(u", ")),
        QStringLiteral("NAME"), pages.constFirst());
    const QCommandLineOption bus(QStringLiteral("bus"),
        tr("Look for the helper on this bus: system, session or an address."), QStringLiteral("BUS"),
        QStringLiteral("system"));
    parser.addOptions({hidden, page, bus});
    const QCommandLineOption version = parser.addVersionOption();
    const QCommandLineOption help = parser.addHelpOption();

    const auto refuse = [](const QString& why) {
        print(stderr, QStringLiteral("bandwidth-tracker: %1\n").arg(why));
        return Parsed{std::nullopt, wrongUsage};
    };
    if (!parser.parse(QCoreApplication::arguments()))
        return refuse(parser.errorText());
    if (parser.isSet(help)) {
        print(stdout, parser.helpText());
        return {};
    }
    if (parser.isSet(version)) {
        print(stdout, QStringLiteral("bandwidth-tracker " BWT_VERSION "\n"));
        return {};
    }
    if (!parser.positionalArguments().isEmpty())
        return refuse(tr("unexpected argument “%1”").arg(parser.positionalArguments().constFirst()));
    const auto opened = bwt::pageFromName(parser.value(page));
    if (!opened)
        return refuse(tr("there is no page “%1”").arg(parser.value(page)));
    return {Options{parser.isSet(hidden), *opened, parser.value(bus)}, 0};
}

} // namespace

int main(int argc, char** argv)
{
    QCoreApplication::setApplicationName(QStringLiteral("bandwidth-tracker"));
    QCoreApplication::setOrganizationName(QStringLiteral("bandwidth-tracker"));
    QCoreApplication::setApplicationVersion(QStringLiteral(BWT_VERSION));
    const Parsed parsed = parse(argc, argv);
    if (!parsed.options)
        return parsed.exitCode;

    QApplication app(argc, argv);
    const Options& options = *parsed.options;

    QGuiApplication::setDesktopFileName(QStringLiteral("org.bandwidthtracker.App"));
    QApplication::setWindowIcon(QIcon::fromTheme(QStringLiteral("org.bandwidthtracker.App")));
    QTranslator qtWords;
    if (qtWords.load(QLocale(), QStringLiteral("qtbase"), QStringLiteral("_"),
            QLibraryInfo::path(QLibraryInfo::TranslationsPath)))
        QCoreApplication::installTranslator(&qtWords);

    bwt::SingleInstance instance(QDBusConnection::sessionBus());
    if (instance.claim() == bwt::SingleInstance::Outcome::HandedOver)
        return 0;

    bwt::HelperClient client(options.bus, bwt::HelperClient::Activation::Allowed);
    bwt::Session session(client, bwt::loadChoice(QSettings()));
    bwt::Actions actions(session);
    bwt::MainWindow window(session, actions);
    window.setPage(options.page);
    QObject::connect(&instance, &bwt::SingleInstance::activated, &window, &bwt::MainWindow::raiseToUser);
    QObject::connect(actions.quit, &QAction::triggered, &window, [&window] {
        window.setClosing(bwt::MainWindow::Closing::Quits);
        window.close();
        QCoreApplication::quit();
    });

    std::optional<bwt::TrayIcon> tray;
    if (QSystemTrayIcon::isSystemTrayAvailable()) {
        QApplication::setQuitOnLastWindowClosed(false);
        window.setClosing(bwt::MainWindow::Closing::Hides);
        tray.emplace(session, actions);
        QObject::connect(&*tray, &bwt::TrayIcon::openRequested, &window, &bwt::MainWindow::raiseToUser);
        tray->show();
    }
    // Without a tray a hidden window could never be found again.
    if (options.hidden && tray)
        session.setWatched(false);
    else
        window.show();
    return QApplication::exec();
}
