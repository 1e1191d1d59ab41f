// SPDX-License-Identifier: GPL-3.0-or-later
#include "helper/apps/containernames.h"

#include "helper/proc/boundedfile.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>

namespace bwt {

namespace {

constexpr qsizetype longestFile = 4 * 1024 * 1024;

} // namespace

QByteArray dockerName(const QByteArray& root, const QByteArray& id)
{
    const QByteArray path = root + "/var/lib/docker/containers/" + id + "/config.v2.json";
    const QJsonObject config = QJsonDocument::fromJson(contentsOf(path, longestFile)).object();
    QByteArray name = config[QLatin1StringView("Name")].toString().toUtf8();
    if (name.startsWith('/'))
        name.remove(0, 1);
    return name;
}

QByteArray podmanName(const QByteArray& root, const QByteArray& id)
{
    const QByteArray path = root + "/var/lib/containers/storage/overlay-containers/containers.json";
    const QJsonArray containers = QJsonDocument::fromJson(contentsOf(path, longestFile)).array();
    for (const auto& container : containers) {
        const QJsonObject object = container.toObject();
        if (object[QLatin1StringView("id")].toString().toLatin1() == id)
            return object[QLatin1StringView("names")].toArray().at(0).toString().toUtf8();
    }
    return {};
}

QByteArray shortId(const QByteArray& id)
{
    constexpr qsizetype length = 12;
    return id.left(length);
}

} // namespace bwt
