// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/client/helperclient.h"
#include "app/models/viewchoice.h"
#include "app/views/historyfeed.h"

#include <QString>

#include <optional>

namespace bwt {

/// Something the reader should know before the numbers: in words, with a button where one helps.
struct Notice {
    enum class Kind { Waiting, Nothing, Information, Warning, Error };
    enum class Button { None, StartHelper, AskPermission, AskAgain, Resume, TryAgain };
    enum class Place {
        Page, ///< in place of everything: there are no numbers
        Rows, ///< in place of chart and rows: there are none in what is chosen
        Strip, ///< above numbers that still hold
    };

    Kind kind = Kind::Information;
    Place place = Place::Strip;
    QString title;
    QString text;
    Button button = Button::None;

    friend bool operator==(const Notice&, const Notice&) = default;
};

/// What a notice is made from.
struct Situation {
    HelperClient::State state = HelperClient::State::Connecting;
    Error error;
    bool hasNumbers = false;
    qint64 ageMs = 0; ///< of the newest numbers
    bool isStale = false;
    bool isPermissionOver = false; ///< other people's programs are summed up, though their names were asked for
    std::optional<Status> status;
    ViewChoice choice;
    HistoryFeed::State history = HistoryFeed::State::Idle;
    Error historyError;
    bool hasRows = false;
};

/// The most important thing to say about helper and counting, if any.
[[nodiscard]] std::optional<Notice> noticeFor(const Situation& situation);
/// Why there are no rows, where there are none.
[[nodiscard]] std::optional<Notice> rowsNoticeFor(const Situation& situation);
/// The words on a notice's button.
[[nodiscard]] QString buttonText(Notice::Button button);

} // namespace bwt
