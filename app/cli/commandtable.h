// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/cli/arguments.h"

#include <span>

/// Every command and option of bwtctl: what the parser accepts and what --help prints come from these tables.
namespace bwt::cli {

enum class Option {
    Bus,
    Json,
    Help,
    Version,
    AllUsers,
    Once,
    By,
    Range,
    Since,
    Until,
    Limit,
    Bucket,
    Process,
    App,
    Protocol,
    Remote,
    Service,
    Network,
    Country,
    Asn,
    User,
    Scope,
    BillingDay,
    Format,
    Output,
    Yes,
    Resolve,
};

struct OptionEntry {
    Option option;
    QLatin1StringView name;
    QLatin1StringView value; ///< what its value is called; empty when it takes none
    QLatin1StringView description;
};

struct CommandEntry {
    Command command;
    QLatin1StringView name;
    QLatin1StringView description;
    QLatin1StringView details; ///< more of the same, in lines
    std::span<const Option> options; ///< beside the global ones
    QLatin1StringView words = {}; ///< that may follow its name
};

[[nodiscard]] std::span<const OptionEntry> optionTable();
[[nodiscard]] std::span<const CommandEntry> commandTable();
/// The options that every command takes.
[[nodiscard]] std::span<const Option> globalOptions();

[[nodiscard]] const OptionEntry& optionEntry(Option option);
/// Null when there is none of that name.
[[nodiscard]] const CommandEntry* commandNamed(const QString& name);

[[nodiscard]] QString programHelp();
[[nodiscard]] QString commandHelp(const CommandEntry& command);

} // namespace bwt::cli
