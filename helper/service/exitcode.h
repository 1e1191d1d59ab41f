// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

namespace bwt {

/// How the helper ends. Scripts and the systemd unit rely on the numbers. What time or an administrator can mend (no
/// backend works, the disk is full, the history is damaged, the bus went away) ends nothing: the helper stays, tries
/// again and says in Status what is wrong.
enum class ExitCode {
    Ok = 0, ///< asked to stop, and everything counted is stored
    Failed = 1, ///< stopped, but the last interval could not be stored; or something unforeseen
    WrongUsage = 2, ///< an option, a setting or a replay file is wrong
    NothingCounts = 3, ///< --check alone: no backend works here
    UnusableStateDirectory = 4, ///< it is no directory, or others may write to it
    AnotherHelper = 5, ///< another helper holds the state directory or the name on the bus
    NoBus = 6, ///< the bus can't be reached at the start, or does not let us have the name
};

} // namespace bwt
