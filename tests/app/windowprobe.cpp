// SPDX-License-Identifier: GPL-3.0-or-later
// The app as an ordinary user has it, with its widgets read aloud: one JSON line on standard output whenever what the
// window shows has changed. Takes the bus as argument, and commands on standard input: "picture FILE" and "quit".
#include "app/client/helperclient.h"
#include "app/models/usagemodel.h"
#include "app/views/actions.h"
#include "app/views/mainwindow.h"
#include "app/views/noticeview.h"
#include "app/views/session.h"
#include "app/views/statusline.h"

#include <QAbstractItemView>
#include <QApplication>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QSocketNotifier>
#include <QStandardPaths>

#include <cstdio>
#include <iostream>
#include <string>
#include <unistd.h>

using namespace bwt;

namespace {

QString noticeIn(const MainWindow& window, const char* place)
{
    const auto* view = window.findChild<NoticeView*>(QLatin1StringView(place));
    return view->isVisible() ? view->notice().title : QString();
}

QJsonArray rowsIn(const MainWindow& window)
{
    QJsonArray rows;
    const auto* model = window.findChild<QAbstractItemView*>(QStringLiteral("usageTable"))->model();
    const auto number = [&](int row, UsageModel::Column column) {
        return model->index(row, column).data(UsageModel::NumberRole).toLongLong();
    };
    for (int row = 0; row < model->rowCount(); ++row) {
        rows.append(QJsonObject{
            {QStringLiteral("name"), model->index(row, UsageModel::NameColumn).data().toString()},
            {QStringLiteral("tx_bytes"), number(row, UsageModel::TxBytesColumn)},
            {QStringLiteral("rx_bytes"), number(row, UsageModel::RxBytesColumn)},
            {QStringLiteral("tx_text"), model->index(row, UsageModel::TxBytesColumn).data().toString()},
        });
    }
    return rows;
}

QByteArray readAloud(const MainWindow& window)
{
    return QJsonDocument(
        QJsonObject{
            {QStringLiteral("notice"), QString(noticeIn(window, "pageNotice") + noticeIn(window, "stripNotice"))},
            {QStringLiteral("status"), window.findChild<StatusLine*>(QStringLiteral("statusLine"))->text()},
            {QStringLiteral("rows"), rowsIn(window)},
        })
        .toJson(QJsonDocument::Compact);
}

void obey(const std::string& command, MainWindow& window)
{
    const std::string picture = "picture ";
    if (command == "quit")
        QCoreApplication::quit();
    else if (command == "hide" || command == "show")
        window.setVisible(command == "show");
    else if (command.starts_with(picture)) {
        const bool saved = window.grab().save(QString::fromStdString(command.substr(picture.size())));
        std::puts(saved ? R"({"picture":true})" : R"({"picture":false})");
        std::fflush(stdout);
    }
}

} // namespace

int main(int argc, char** argv)
{
    QApplication app(argc, argv);
    QStandardPaths::setTestModeEnabled(true);
    HelperClient client(QCoreApplication::arguments().at(1), HelperClient::Activation::Never);
    ViewChoice everything;
    everything.grouping = Grouping::Process;
    everything.scope = ScopeChoice::All;
    Session session(client, everything);
    Actions actions(session);
    MainWindow window(session, actions);
    window.resize(1240, 800);
    window.show();

    QByteArray last;
    const auto tell = [&] {
        const QByteArray now = readAloud(window);
        if (now == last)
            return;
        last = now;
        std::puts(now.constData());
        std::fflush(stdout);
    };
    // Queued, so that the widgets have taken the news in.
    QObject::connect(&session, &Session::numbersChanged, &window, tell, Qt::QueuedConnection);
    QObject::connect(&session, &Session::stateChanged, &window, tell, Qt::QueuedConnection);

    QSocketNotifier commands(STDIN_FILENO, QSocketNotifier::Read);
    QObject::connect(&commands, &QSocketNotifier::activated, &window, [&window] {
        std::string line;
        obey(std::getline(std::cin, line) ? line : "quit", window);
    });
    return QApplication::exec();
}
