// SPDX-License-Identifier: GPL-3.0-or-later
#include "helper/source/checkreport.h"

#include "dbus/gaps.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>

#include <cstring>

#include <algorithm>

namespace bwt {

namespace {

QString stateName(HookState state)
{
    switch (state) {
    case HookState::Ok:
        return QStringLiteral("ok");
    case HookState::Absent:
        return QStringLiteral("absent");
    case HookState::Refused:
        return QStringLiteral("refused");
    }
    return {};
}

QJsonValue textOrNull(const QString& text)
{
    return text.isEmpty() ? QJsonValue() : QJsonValue(text);
}

QJsonObject toJson(const HookReport& hook)
{
    return {
        {QStringLiteral("name"), hook.name},
        {QStringLiteral("state"), stateName(hook.state)},
        {QStringLiteral("errno"), hook.state == HookState::Ok ? QJsonValue() : QJsonValue(hook.errorNumber)},
    };
}

QJsonObject toJson(const BackendReport& backend)
{
    QJsonArray hooks;
    for (const HookReport& hook : backend.hooks)
        hooks.append(toJson(hook));
    return {
        {QStringLiteral("name"), backend.name},
        {QStringLiteral("works"), backend.works},
        {QStringLiteral("reason"), textOrNull(backend.reason)},
        {QStringLiteral("hooks"), hooks},
        {QStringLiteral("gaps"), QJsonArray::fromStringList(backend.gaps)},
    };
}

QString toText(const HookReport& hook)
{
    QString line = QStringLiteral("  %1 %2").arg(stateName(hook.state), -8).arg(hook.name);
    if (hook.state == HookState::Refused)
        line += QStringLiteral(" (%1)").arg(QString::fromLocal8Bit(std::strerror(hook.errorNumber)));
    return line + QLatin1Char('\n');
}

QString toText(const BackendReport& backend)
{
    QString text = backend.name + QStringLiteral(": ") + (backend.works ? QStringLiteral("works") : backend.reason)
        + QLatin1Char('\n');
    for (const HookReport& hook : backend.hooks)
        text += toText(hook);
    return text;
}

QString chosenText(const CheckReport& report)
{
    for (const BackendReport& backend : report.backends) {
        if (backend.name != report.chosen)
            continue;
        QString text = QStringLiteral("chosen: %1. It can't see:\n").arg(backend.name);
        for (const QString& code : backend.gaps)
            text += QStringLiteral("  %1: %2\n").arg(code, gap::text(code));
        return text;
    }
    if (!report.chosen.isNull())
        return QStringLiteral("chosen: %1, which counts nothing of this machine's\n").arg(report.chosen);
    return std::ranges::any_of(report.backends, &BackendReport::works)
        ? QStringLiteral("chosen: none, since what the settings ask for does not work here\n")
        : QStringLiteral("chosen: none, this machine can't count\n");
}

} // namespace

QString checkReportText(const CheckReport& report)
{
    QString text = QStringLiteral("kernel: %1\n").arg(report.kernel);
    for (const BackendReport& backend : report.backends)
        text += toText(backend);
    return text + chosenText(report);
}

QByteArray checkReportJson(const CheckReport& report)
{
    QJsonArray backends;
    for (const BackendReport& backend : report.backends)
        backends.append(toJson(backend));
    const QJsonObject all{
        {QStringLiteral("kernel"), report.kernel},
        {QStringLiteral("backends"), backends},
        {QStringLiteral("chosen"), textOrNull(report.chosen)},
    };
    return QJsonDocument(all).toJson(QJsonDocument::Compact) + '\n';
}

} // namespace bwt
