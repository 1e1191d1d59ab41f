// SPDX-License-Identifier: GPL-3.0-or-later
#include "helper/source/manifest.h"

#include "helper/source/kernelfacts.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QLoggingCategory>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <iterator>
#include <sys/mman.h>
#include <unistd.h>

namespace bwt {

namespace {

const QByteArray manifestName = QByteArrayLiteral("manifest");

// The file's first byte; the rest is JSON. All of it is one page, which a write replaces whole, whenever death comes.
constexpr char notRecorded = '0';
constexpr char recorded = '1';
constexpr qsizetype fileBytes = 4096;

Q_LOGGING_CATEGORY(sourceLog, "bwt.source", QtInfoMsg)

// Packed, since sixty hooks' names fill a page. What went wrong is text for people, not worth a set of counters: it
// is left out where it doesn't fit.

QJsonValue packed(const QList<BackendReport>& tried)
{
    constexpr qsizetype mostBytes = 2048;
    const QByteArray text = qCompress(QJsonDocument(backendsToJson(tried)).toJson(QJsonDocument::Compact)).toBase64();
    return text.size() <= mostBytes ? QJsonValue(QString::fromLatin1(text)) : QJsonValue();
}

QList<BackendReport> unpacked(const QJsonValue& tried)
{
    return backendsFromJson(
        QJsonDocument::fromJson(qUncompress(QByteArray::fromBase64(tried.toString().toLatin1()))).array());
}

QByteArray toJson(const Manifest& manifest)
{
    const SourceInfo& info = manifest.info;
    return QJsonDocument(QJsonObject{
                             {QStringLiteral("programs"), QString::fromLatin1(manifest.programs)},
                             {QStringLiteral("probe_group"), QString::fromLatin1(manifest.probeGroup)},
                             {QStringLiteral("given_up"), double(manifest.countersGivenUp)},
                             {QStringLiteral("backend"), info.backend},
                             {QStringLiteral("boot"), info.set.bootId},
                             {QStringLiteral("set"), info.set.id},
                             {QStringLiteral("since_ms"), double(info.sinceMs)},
                             {QStringLiteral("gaps"), QJsonArray::fromStringList(info.gaps)},
                             {QStringLiteral("tried"), packed(info.tried)},
                         })
        .toJson(QJsonDocument::Compact);
}

Manifest fromJson(const QJsonObject& json)
{
    Manifest manifest;
    manifest.programs = json[QStringLiteral("programs")].toString().toLatin1();
    manifest.probeGroup = json[QStringLiteral("probe_group")].toString().toLatin1();
    manifest.countersGivenUp = std::uint64_t(json[QStringLiteral("given_up")].toDouble());
    manifest.info.backend = json[QStringLiteral("backend")].toString();
    manifest.info.kernel = kernelRelease();
    manifest.info.set = {json[QStringLiteral("boot")].toString(), json[QStringLiteral("set")].toString()};
    manifest.info.sinceMs = std::int64_t(json[QStringLiteral("since_ms")].toDouble());
    const QJsonArray gaps = json[QStringLiteral("gaps")].toArray();
    std::ranges::transform(
        gaps, std::back_inserter(manifest.info.gaps), [](const auto& gap) { return gap.toString(); });
    manifest.info.tried = unpacked(json[QStringLiteral("tried")]);
    return manifest;
}

QByteArray contentsOf(const Descriptor& file)
{
    QByteArray contents(fileBytes, '\0');
    return pread(file.get(), contents.data(), fileBytes, 0) == fileBytes ? contents : QByteArray();
}

} // namespace

void Manifest::keepIn(DescriptorStore& store)
{
    m_file = Descriptor(memfd_create("bandwidth-tracker", MFD_CLOEXEC));
    update();
    store.keep(manifestName, m_file.get());
}

void Manifest::update()
{
    const QByteArray contents
        = QByteArray((info.isRecorded ? recorded : notRecorded) + toJson(*this)).leftJustified(fileBytes, ' ', true);
    if (pwrite(m_file.get(), contents.constData(), fileBytes, 0) != fileBytes)
        qCWarning(sourceLog) << "what is kept for the next helper can't be described:" << std::strerror(errno);
}

std::optional<Manifest> Manifest::takeFrom(DescriptorStore::Contents& contents)
{
    const auto found = contents.find(manifestName);
    if (found == contents.end())
        return std::nullopt;
    const QByteArray text = contentsOf(found->second);
    Manifest manifest = fromJson(QJsonDocument::fromJson(text.mid(1)).object());
    if (manifest.info.set.bootId != bootId())
        return std::nullopt;
    manifest.info.isRecorded = text.startsWith(recorded);
    manifest.m_file = std::move(found->second);
    return manifest;
}

void Manifest::noteRecorded()
{
    if (m_file && !info.isRecorded)
        info.isRecorded = pwrite(m_file.get(), &recorded, 1, 0) == 1;
}

} // namespace bwt
