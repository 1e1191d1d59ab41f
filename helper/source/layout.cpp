// SPDX-License-Identifier: GPL-3.0-or-later
#include "helper/source/layout.h"

#include "bpf/traffic.h"
#include "helper/source/rowreader.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QJsonValue>

#include <algorithm>
#include <cstring>
#include <initializer_list>
#include <iterator>
#include <sys/mman.h>
#include <unistd.h>

namespace bwt {

namespace {

constexpr std::uint32_t wordBytes = 8;
constexpr qsizetype mostFileBytes = 65536;

#define BWT_FIELD(record, field)                                                                                     \
    Layout::Field                                                                                                    \
    {                                                                                                                \
        QByteArrayLiteral(#field), offsetof(record, field), sizeof(record::field)                                    \
    }

Layout makeOwn()
{
    const Layout::Record flowKey{sizeof(bwt_flow_key),
        {
            BWT_FIELD(bwt_flow_key, start_ns),
            BWT_FIELD(bwt_flow_key, tgid),
            BWT_FIELD(bwt_flow_key, netns),
            BWT_FIELD(bwt_flow_key, remote),
            BWT_FIELD(bwt_flow_key, protocol),
            BWT_FIELD(bwt_flow_key, service),
            BWT_FIELD(bwt_flow_key, direction),
            BWT_FIELD(bwt_flow_key, measure),
            BWT_FIELD(bwt_flow_key, ifindex),
        }};
    const Layout::Record flowValue{sizeof(bwt_flow_value),
        {
            BWT_FIELD(bwt_flow_value, bytes),
            BWT_FIELD(bwt_flow_value, calls),
            BWT_FIELD(bwt_flow_value, last_ns),
            BWT_FIELD(bwt_flow_value, name),
        }};
    const Layout::Record processKey{sizeof(bwt_process_key),
        {
            BWT_FIELD(bwt_process_key, start_ns),
            BWT_FIELD(bwt_process_key, tgid),
        }};
    const Layout::Record processValue{sizeof(bwt_process_value),
        {
            BWT_FIELD(bwt_process_value, exit_ns),
            BWT_FIELD(bwt_process_value, uid),
            BWT_FIELD(bwt_process_value, execs),
            BWT_FIELD(bwt_process_value, name),
            BWT_FIELD(bwt_process_value, cgroup),
            BWT_FIELD(bwt_process_value, parent.start_ns),
            BWT_FIELD(bwt_process_value, parent.tgid),
            BWT_FIELD(bwt_process_value, executable.inode),
            BWT_FIELD(bwt_process_value, executable.device),
            BWT_FIELD(bwt_process_value, executable.flags),
            BWT_FIELD(bwt_process_value, executable.path),
        }};
    QByteArrayList flowMaps(BWT_FLOW_MAPS, QByteArrayLiteral("other"));
    flowMaps[BWT_FLOWS] = QByteArrayLiteral("flows");
    flowMaps[BWT_COARSE] = QByteArrayLiteral("coarse");
    flowMaps[BWT_WIRES] = QByteArrayLiteral("wires");
    flowMaps[BWT_COARSE_WIRES] = QByteArrayLiteral("coarse_wires");
    return {flowMaps, {flowKey, flowValue}, {processKey, processValue}};
}

QJsonObject toJson(const Layout::Record& record)
{
    QJsonObject fields;
    for (const Layout::Field& field : record.fields)
        fields.insert(QString::fromLatin1(field.name), QJsonArray{int(field.offset), int(field.bytes)});
    return {{QStringLiteral("bytes"), int(record.bytes)}, {QStringLiteral("fields"), fields}};
}

QJsonObject toJson(const Layout::Entry& entry)
{
    return {{QStringLiteral("key"), toJson(entry.key)}, {QStringLiteral("value"), toJson(entry.value)}};
}

std::uint32_t number(const QJsonValue& json)
{
    return static_cast<std::uint32_t>(std::max(0, json.toInt()));
}

Layout::Record recordFrom(const QJsonObject& json)
{
    Layout::Record record{number(json[QStringLiteral("bytes")]), {}};
    const QJsonObject fields = json[QStringLiteral("fields")].toObject();
    for (auto field = fields.begin(); field != fields.end(); ++field) {
        const QJsonArray place = field.value().toArray();
        record.fields.push_back({field.key().toLatin1(), number(place.at(0)), number(place.at(1))});
    }
    std::ranges::stable_sort(record.fields, {}, &Layout::Field::offset); // as they are listed
    return record;
}

Layout::Entry entryFrom(const QJsonObject& json)
{
    return {recordFrom(json[QStringLiteral("key")].toObject()), recordFrom(json[QStringLiteral("value")].toObject())};
}

bool has(const Layout::Record& record, const Layout::Record& own, std::initializer_list<const char*> names)
{
    return std::ranges::all_of(names, [&](const char* name) {
        const Layout::Field* const field = record.find(name);
        return field && field->bytes == own.find(name)->bytes;
    });
}

bool isWhole(const Layout::Record& record)
{
    return record.bytes % wordBytes == 0 && std::ranges::all_of(record.fields, [&](const Layout::Field& field) {
        return field.offset <= record.bytes && field.bytes <= record.bytes - field.offset;
    });
}

bool isReadable(const Layout& layout)
{
    const Layout& own = Layout::own();
    return layout.flowMaps.contains("flows") && isWhole(layout.flow.key) && isWhole(layout.flow.value)
        && isWhole(layout.process.key) && isWhole(layout.process.value) && layout.flow.bytes() <= mostRowBytes
        && layout.process.bytes() <= mostRowBytes
        && has(layout.flow.key, own.flow.key, {"start_ns", "tgid", "remote", "protocol", "service", "direction"})
        && has(layout.flow.value, own.flow.value, {"bytes", "calls"})
        && has(layout.process.key, own.process.key, {"start_ns", "tgid"})
        && has(layout.process.value, own.process.value, {"execs", "executable.path"});
}

} // namespace

const Layout::Field* Layout::Record::find(const QByteArray& name) const
{
    const auto found = std::ranges::find(fields, name, &Field::name);
    return found == fields.end() ? nullptr : &*found;
}

const Layout& Layout::own()
{
    static const Layout layout = makeOwn();
    return layout;
}

Descriptor Layout::toFile() const
{
    QJsonArray names;
    for (const QByteArray& name : flowMaps)
        names.append(QString::fromLatin1(name));
    const QByteArray text = QJsonDocument(QJsonObject{
                                              {QStringLiteral("flow_maps"), names},
                                              {QStringLiteral("flow"), toJson(flow)},
                                              {QStringLiteral("process"), toJson(process)},
                                          })
                                .toJson(QJsonDocument::Compact);
    Descriptor file(memfd_create("bandwidth-tracker-layout", MFD_CLOEXEC));
    const auto bytes = static_cast<std::size_t>(text.size());
    if (pwrite(file.get(), text.constData(), bytes, 0) != text.size())
        return Descriptor();
    return file;
}

std::optional<Layout> Layout::fromFile(const Descriptor& file)
{
    QByteArray text(mostFileBytes, '\0');
    text.truncate(std::max<ssize_t>(0, pread(file.get(), text.data(), mostFileBytes, 0)));
    const QJsonObject json = QJsonDocument::fromJson(text).object();
    Layout layout;
    const QJsonArray names = json[QStringLiteral("flow_maps")].toArray();
    std::ranges::transform(
        names, std::back_inserter(layout.flowMaps), [](const auto& name) { return name.toString().toLatin1(); });
    layout.flow = entryFrom(json[QStringLiteral("flow")].toObject());
    layout.process = entryFrom(json[QStringLiteral("process")].toObject());
    if (!isReadable(layout))
        return std::nullopt;
    return layout;
}

void copyFields(const Layout::Record& from, const std::byte* source, const Layout::Record& to, std::byte* target)
{
    for (const Layout::Field& field : to.fields) {
        const Layout::Field* const known = from.find(field.name);
        if (known && known->bytes == field.bytes)
            std::memcpy(target + field.offset, source + known->offset, field.bytes);
    }
}

} // namespace bwt
