// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "dbus/placesource.h"
#include "helper/places/places.h"

#include <QString>

#include <cstdint>
#include <optional>

namespace bwt {

/// Where the files are. Without one of the two the other is asked for both.
struct PlacePaths {
    QString countries = {};
    QString operators = {};

    [[nodiscard]] bool isEmpty() const { return countries.isEmpty() && operators.isEmpty(); }
    friend bool operator==(const PlacePaths&, const PlacePaths&) = default;
};

/// Opens the files, and again when there are others in their place. A file that is gone takes its knowledge with it;
/// one that is damaged leaves that of the file before it. What is wrong is logged, once, and told by sources().
class PlaceWatch {
public:
    explicit PlaceWatch(QString copyFolder)
        : m_copyFolder(std::move(copyFolder))
    {
    }

    /// Costs two looks at the folders, where nothing has changed.
    [[nodiscard]] PlaceFiles refresh(const PlacePaths& paths);
    /// What the last look found, a source for each file.
    [[nodiscard]] PlaceSources sources() const;

private:
    struct Version {
        std::uint64_t device = 0;
        std::uint64_t inode = 0;
        std::int64_t size = 0;
        std::int64_t changedNs = 0;
        friend bool operator==(const Version&, const Version&) = default;
    };
    struct Watched {
        QString path;
        std::optional<Version> version; ///< that `file` is of, or that is no use; nothing where it is to be tried
        std::shared_ptr<const PlaceFile> file;
        std::optional<Error> problem = {}; ///< of the last look
    };

    void refresh(Watched& watched, const QString& path) const;
    static void note(Watched& watched, const std::optional<Error>& problem);
    [[nodiscard]] static PlaceSource sourceOf(const Watched& watched, bool isForCountries, bool isForOperators);

    QString m_copyFolder;
    Watched m_countries;
    Watched m_operators;
};

} // namespace bwt
