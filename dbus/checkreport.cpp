// SPDX-License-Identifier: GPL-3.0-or-later
#include "dbus/checkreport.h"

#include "dbus/gaps.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>

#include <algorithm>
#include <cstring>
#include <iterator>

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

/// A state that a later helper may have is none that we could name: its hook did not take our program.
HookState stateFromName(const QString& name)
{
    for (const HookState state : {HookState::Ok, HookState::Absent})
        if (name == stateName(state))
            return state;
    return HookState::Refused;
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

HookReport hookFromJson(const QJsonObject& json)
{
    return {json[QStringLiteral("name")].toString(), stateFromName(json[QStringLiteral("state")].toString()),
        json[QStringLiteral("errno")].toInt()};
}

BackendReport backendFromJson(const QJsonObject& json)
{
    BackendReport backend{json[QStringLiteral("name")].toString(), json[QStringLiteral("works")].toBool(),
        json[QStringLiteral("reason")].toString(), {}, {}};
    for (const auto& hook : json[QStringLiteral("hooks")].toArray())
        backend.hooks.append(hookFromJson(hook.toObject()));
    for (const auto& gap : json[QStringLiteral("gaps")].toArray())
        backend.gaps.append(gap.toString());
    return backend;
}

/// With what the kernel said, if it refused.
QString nameAndReason(const HookReport& hook)
{
    if (hook.state != HookState::Refused)
        return hook.name;
    return QStringLiteral("%1 (%2)").arg(hook.name, QString::fromLocal8Bit(std::strerror(hook.errorNumber)));
}

QString toText(const HookReport& hook)
{
    return QStringLiteral("  %1 %2\n").arg(stateName(hook.state), -8).arg(nameAndReason(hook));
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
    const QJsonObject all{
        {QStringLiteral("kernel"), report.kernel},
        {QStringLiteral("backends"), backendsToJson(report.backends)},
        {QStringLiteral("chosen"), textOrNull(report.chosen)},
    };
    return QJsonDocument(all).toJson(QJsonDocument::Compact) + '\n';
}

QJsonArray backendsToJson(const QList<BackendReport>& backends)
{
    QJsonArray array;
    for (const BackendReport& backend : backends)
        array.append(toJson(backend));
    return array;
}

QList<BackendReport> backendsFromJson(const QJsonArray& backends)
{
    QList<BackendReport> reports;
    std::ranges::transform(backends, std::back_inserter(reports),
        [](const auto& backend) { return backendFromJson(backend.toObject()); });
    return reports;
}

QStringList hookLines(const BackendReport& backend)
{
    if (!backend.works)
        return {backend.reason};
    const auto named = [&backend](HookState state) {
        QStringList names;
        for (const HookReport& hook : backend.hooks)
            if (hook.state == state)
                names.append(nameAndReason(hook));
        return names;
    };
    QStringList lines{QStringLiteral("%1 of %2 answer").arg(named(HookState::Ok).size()).arg(backend.hooks.size())};
    if (const QStringList absent = named(HookState::Absent); !absent.isEmpty())
        lines.append(QStringLiteral("not in this kernel: ") + absent.join(QStringLiteral(", ")));
    if (const QStringList refused = named(HookState::Refused); !refused.isEmpty())
        lines.append(QStringLiteral("refused: ") + refused.join(QStringLiteral(", ")));
    return lines;
}

QDBusArgument& operator<<(QDBusArgument& out, const HookReport& value)
{
    out.beginStructure();
    out << value.name << stateName(value.state) << value.errorNumber;
    out.endStructure();
    return out;
}

const QDBusArgument& operator>>(const QDBusArgument& in, HookReport& value)
{
    QString state;
    in.beginStructure();
    in >> value.name >> state >> value.errorNumber;
    in.endStructure();
    value.state = stateFromName(state);
    return in;
}

QDBusArgument& operator<<(QDBusArgument& out, const BackendReport& value)
{
    out.beginStructure();
    out << value.name << value.works << value.reason << value.hooks << value.gaps;
    out.endStructure();
    return out;
}

const QDBusArgument& operator>>(const QDBusArgument& in, BackendReport& value)
{
    in.beginStructure();
    in >> value.name >> value.works >> value.reason >> value.hooks >> value.gaps;
    in.endStructure();
    return in;
}

} // namespace bwt
