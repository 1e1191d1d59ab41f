// SPDX-License-Identifier: GPL-3.0-or-later
#include "helper/service/authorizer.h"

#include <unistd.h>

namespace bwt {

void OwnUserAuthorizer::check(const Caller& caller, Action, Interaction, Answer answer)
{
    answer(caller.uid == geteuid() ? Verdict::Granted : Verdict::Denied);
}

} // namespace bwt
