// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

namespace bwt {

/// Gives up every capability but those that counting goes on to need: reading the maps (CAP_BPF, CAP_PERFMON) and the
/// paths of other users' executables (CAP_SYS_PTRACE). Attaching needs more, so it comes before. Rights belong to
/// threads (capabilities(7)): call it before there is a second one, and every later one has no more.
void keepRightsToCount();

} // namespace bwt
