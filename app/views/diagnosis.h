// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/client/helperclient.h"
#include "dbus/row.h"

#include <QList>
#include <QString>

#include <optional>

/// What the numbers are worth, in the reader's language.
namespace bwt::diagnosis {

enum class Health { Unknown, Good, Paused, Wrong };

/// Whether anything is counted, in two or three words.
struct Verdict {
    Health health = Health::Unknown;
    QString text;
};

struct Facts {
    HelperClient::State state = HelperClient::State::Connecting;
    std::optional<Status> status;
    std::optional<double> cpuShare; ///< of one processor
};

struct Item {
    QString caption = {};
    QString text = {};
    bool isWrong = false; ///< the reader should know
    QString advice = {}; ///< what to do about it

    friend bool operator==(const Item&, const Item&) = default;
};

struct Section {
    QString title;
    QList<Item> items;

    friend bool operator==(const Section&, const Section&) = default;
};

[[nodiscard]] Verdict verdict(HelperClient::State state, const std::optional<Status>& status);
[[nodiscard]] QList<Section> sections(const Facts& facts);
/// For a report of a bug.
[[nodiscard]] QString text(const QList<Section>& sections);

} // namespace bwt::diagnosis
