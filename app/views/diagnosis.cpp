// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/views/diagnosis.h"

#include "app/models/format.h"
#include "app/views/words.h"
#include "dbus/checkreport.h"
#include "dbus/gaps.h"
#include "dbus/losses.h"

#include <QCoreApplication>
#include <QDateTime>
#include <QLocale>

namespace bwt::diagnosis {

namespace {

struct Words {
    Q_DECLARE_TR_FUNCTIONS(bwt::Diagnosis)
};

QString advice(const Facts& facts)
{
    switch (facts.state) {
    case HelperClient::State::Connecting:
    case HelperClient::State::Ready:
        break;
    case HelperClient::State::Missing:
        return Words::tr("Start it on the usage page, or with “systemctl start ebpf-bandwidth-tracker”.");
    case HelperClient::State::Silent:
        return Words::tr("“systemctl restart ebpf-bandwidth-tracker” loses nothing: counting goes on meanwhile.");
    case HelperClient::State::Refused:
        return Words::tr("Ask for permission on the usage page.");
    case HelperClient::State::NoBus:
        return Words::tr("The system's message bus, dbus, has to run.");
    }
    return facts.status ? words::problemRemedy(words::problemCode(facts.status->problem)) : QString();
}

Section counting(const Facts& facts)
{
    const Verdict now = verdict(facts.state, facts.status);
    Section section{Words::tr("Counting"), {}};
    section.items.append({Words::tr("Now"), now.text, now.health == Health::Wrong, {}});
    if (!facts.status || facts.state != HelperClient::State::Ready) {
        section.items.last().advice = advice(facts);
        return section;
    }
    const Status& status = *facts.status;
    if (!status.problem.isEmpty())
        section.items.append({Words::tr("Problem"),
            QStringList({words::problemText(words::problemCode(status.problem)), status.problemDetail})
                .join(u'\n')
                .trimmed(),
            true, advice(facts)});
    if (status.countingSinceMs > 0)
        section.items.append({Words::tr("Since"), formatMoment(status.countingSinceMs)});
    section.items.append({Words::tr("By"),
        status.backend.isEmpty() ? Words::tr("nothing: no way to count works") : words::backendName(status.backend),
        status.backend.isEmpty()});
    section.items.append({Words::tr("Kernel"), status.kernel});
    section.items.append({Words::tr("When the helper ends"),
        status.outlives ? Words::tr("counting goes on, and the next helper takes over")
                        : Words::tr("counting ends with it"),
        false, status.outlives ? QString() : Words::tr("Started by systemd, the helper's counters outlive it.")});
    return section;
}

Section hooks(const Status& status)
{
    Section section{Words::tr("What the kernel's hooks answered"), {}};
    for (const BackendReport& backend : status.backends) {
        for (const QString& line : hookLines(backend))
            section.items.append({words::backendName(backend.name), line});
    }
    return section;
}

Section unseen(const Status& status)
{
    Section section{Words::tr("What can't be seen this way"), {}};
    for (const QString& code : status.gaps)
        section.items.append({code, gap::text(code)});
    if (section.items.isEmpty())
        section.items.append({QString(), Words::tr("Nothing that is known of")});
    return section;
}

Section lost(const Status& status)
{
    Section section{Words::tr("Lost"), {}};
    for (const Loss& loss : status.losses) {
        if (loss.count > 0)
            section.items.append({loss.code, loss::text(loss.code, formatCount(loss.count)), true});
    }
    if (section.items.isEmpty())
        section.items.append({QString(), Words::tr("Nothing since counting began")});
    return section;
}

/// Silent ones are left out.
Section interfaces(const Status& status)
{
    Section section{Words::tr("How much is identified"), {}};
    for (const Book& book : status.books) {
        if (const auto share = identifiedShare(book))
            section.items.append({book.interface,
                Words::tr("%1 of %2 received and %3 sent; in nobody's name: %4 received, %5 sent")
                    .arg(formatShare(share), formatBytes(book.rx.bytes), formatBytes(book.tx.bytes),
                        formatSignedBytes(book.rx.rest()), formatSignedBytes(book.tx.rest()))});
    }
    return section;
}

Section history(const Status& status)
{
    Section section{Words::tr("History"), {{Words::tr("Size"), formatBytes(status.databaseBytes)}}};
    if (status.historySinceMs > 0)
        section.items.append({Words::tr("From"), formatMoment(status.historySinceMs)});
    if (status.lastCommitMs > 0)
        section.items.append({Words::tr("Last written"), formatMoment(status.lastCommitMs)});
    return section;
}

/// Of the files that tell them; without one nothing is said.
Section places(const Status& status)
{
    Section section{Words::tr("Places"), {}};
    for (const PlaceSource& source : status.placeSources) {
        QStringList told;
        if (source.tellsCountries)
            told.append(Words::tr("countries"));
        if (source.tellsOperators)
            told.append(Words::tr("network operators"));
        if (!source.type.isEmpty())
            section.items.append({source.path,
                Words::tr("%1 by “%2” of %3")
                    .arg(told.isEmpty() ? Words::tr("nothing") : told.join(QLatin1StringView(", ")), source.type,
                        source.builtMs != 0 ? formatMoment(source.builtMs) : QStringLiteral("—")),
                told.isEmpty()});
        if (!source.problem.isEmpty())
            section.items.append({source.path, source.problemDetail, true});
    }
    return section;
}

Section cost(const Facts& facts)
{
    const Status& status = *facts.status;
    const QString share = facts.cpuShare
        ? Words::tr("%1 % of one").arg(QLocale().toString(*facts.cpuShare * 100, 'f', 1))
        : QStringLiteral("—");
    Section section{Words::tr("Own cost"), {{Words::tr("Processor"), share}}};
    section.items.append({Words::tr("Memory"), formatBytes(status.residentBytes)});
    section.items.append({Words::tr("Counters in the kernel"),
        status.flowCapacity == 0
            ? formatCount(status.flows)
            : Words::tr("%1 of %2").arg(formatCount(status.flows), formatCount(status.flowCapacity))});
    section.items.append(
        {Words::tr("Read every"), Words::tr("%1 s").arg(QLocale().toString(status.intervalMs / 1000.0))});
    section.items.append({Words::tr("Watched by"), formatCount(status.subscribers)});
    return section;
}

Section versions(const Facts& facts)
{
    Section section{Words::tr("Versions"), {{Words::tr("This window"), QCoreApplication::applicationVersion()}}};
    if (facts.status)
        section.items.append({Words::tr("Helper"), facts.status->version});
    section.items.append({QStringLiteral("Qt"), QString::fromLatin1(qVersion())});
    return section;
}

} // namespace

Verdict verdict(HelperClient::State state, const std::optional<Status>& status)
{
    switch (state) {
    case HelperClient::State::Connecting:
        return {Health::Unknown, Words::tr("Waiting for the helper")};
    case HelperClient::State::Missing:
        return {Health::Wrong, Words::tr("Helper not running")};
    case HelperClient::State::Silent:
        return {Health::Wrong, Words::tr("Helper does not answer")};
    case HelperClient::State::Refused:
        return {Health::Wrong, Words::tr("Not permitted")};
    case HelperClient::State::NoBus:
        return {Health::Wrong, Words::tr("No message bus")};
    case HelperClient::State::Ready:
        break;
    }
    if (!status)
        return {Health::Unknown, Words::tr("Helper found")};
    if (status->paused)
        return {Health::Paused, Words::tr("Paused")};
    if (!status->counting)
        return {Health::Wrong, Words::tr("Not counting")};
    return {Health::Good, Words::tr("Counting")};
}

QList<Section> sections(const Facts& facts)
{
    QList<Section> sections{counting(facts)};
    if (facts.status) {
        const Status& status = *facts.status;
        sections += {lost(status), interfaces(status), unseen(status), hooks(status), history(status), places(status),
            cost(facts)};
    }
    sections.append(versions(facts));
    sections.removeIf([](const Section& section) { return section.items.isEmpty(); });
    return sections;
}

QString text(const QList<Section>& sections)
{
    QStringList lines;
    for (const Section& section : sections) {
        lines.append(section.title);
        for (const Item& item : section.items) {
            QString line
                = item.caption.isEmpty() ? item.text : QString(item.caption % QStringLiteral(": ") % item.text);
            lines.append(QStringLiteral("  ") % line.replace(u'\n', u' '));
        }
    }
    return lines.join(u'\n') % u'\n';
}

} // namespace bwt::diagnosis
