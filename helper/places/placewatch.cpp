// SPDX-License-Identifier: GPL-3.0-or-later
#include "helper/places/placewatch.h"

#include <QFile>
#include <QLoggingCategory>

#include <cerrno>
#include <cstring>

#include <sys/stat.h>

namespace bwt {

Q_LOGGING_CATEGORY(placesLog, "bwt.places")

PlaceFiles PlaceWatch::refresh(const PlacePaths& paths)
{
    refresh(m_countries, paths.countries);
    const bool isOneFile = paths.operators == paths.countries;
    refresh(m_operators, isOneFile ? QString() : paths.operators);
    PlaceFiles files{m_countries.file, isOneFile ? m_countries.file : m_operators.file};
    if (paths.countries.isEmpty())
        files.countries = files.operators;
    if (paths.operators.isEmpty())
        files.operators = files.countries;
    return files;
}

void PlaceWatch::refresh(Watched& watched, const QString& path) const
{
    if (watched.path != path)
        watched = {path, {}, {}, {}};
    if (path.isEmpty())
        return;
    struct stat facts{};
    if (stat(QFile::encodeName(path).constData(), &facts) != 0) {
        watched.file.reset();
        watched.version.reset();
        note(watched,
            Error{ErrorCode::Io,
                QStringLiteral("%1 can't be read: %2").arg(path, QString::fromLocal8Bit(std::strerror(errno)))});
        return;
    }
    constexpr std::int64_t nsPerSecond = 1'000'000'000;
    const Version version{
        facts.st_dev, facts.st_ino, facts.st_size, facts.st_mtim.tv_sec * nsPerSecond + facts.st_mtim.tv_nsec};
    if (watched.version == version)
        return;
    const auto opened = PlaceFile::open(path, m_copyFolder);
    if (opened) {
        watched.file = *opened;
        qCInfo(placesLog).noquote() << "places are told by" << path;
    }
    // What may go well next time without another file is tried again.
    const bool isSettled = opened || opened.error().code != ErrorCode::Io;
    watched.version = isSettled ? std::optional(version) : std::nullopt;
    note(watched, opened ? std::nullopt : std::optional(opened.error()));
}

void PlaceWatch::note(Watched& watched, const std::optional<Error>& problem)
{
    if (problem && problem != watched.problem)
        qCWarning(placesLog).noquote() << "places are not known:" << problem->detail;
    watched.problem = problem;
}

PlaceSources PlaceWatch::sources() const
{
    const bool isOneFile = m_countries.path.isEmpty() || m_operators.path.isEmpty();
    PlaceSources all;
    if (!m_countries.path.isEmpty())
        all.append(sourceOf(m_countries, true, isOneFile));
    if (!m_operators.path.isEmpty())
        all.append(sourceOf(m_operators, isOneFile, true));
    return all;
}

PlaceSource PlaceWatch::sourceOf(const Watched& watched, bool isForCountries, bool isForOperators)
{
    PlaceSource source;
    source.path = watched.path;
    source.tellsCountries = isForCountries;
    source.tellsOperators = isForOperators;
    if (watched.file) {
        source.tellsCountries = isForCountries && watched.file->tellsCountries();
        source.tellsOperators = isForOperators && watched.file->tellsOperators();
        source.type = watched.file->type();
        source.builtMs = watched.file->builtMs();
    }
    if (watched.problem) {
        source.problem = errorCodeName(watched.problem->code);
        source.problemDetail = watched.problem->detail;
    }
    return source;
}

} // namespace bwt
