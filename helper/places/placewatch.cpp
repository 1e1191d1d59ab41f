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
        note(watched, QStringLiteral("%1: %2").arg(path, QString::fromLocal8Bit(std::strerror(errno))));
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
    note(watched, opened ? QString() : opened.error().detail);
}

void PlaceWatch::note(Watched& watched, const QString& problem)
{
    if (!problem.isEmpty() && problem != watched.problem)
        qCWarning(placesLog).noquote() << "places are not known:" << problem;
    watched.problem = problem;
}

} // namespace bwt
