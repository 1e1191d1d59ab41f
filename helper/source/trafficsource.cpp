// SPDX-License-Identifier: GPL-3.0-or-later
#include "helper/source/trafficsource.h"

#include "helper/source/bpfsource.h"
#include "helper/source/replaysource.h"

namespace bwt {

Result<std::unique_ptr<TrafficSource>> makeTrafficSource(
    const QString& backend, DescriptorStore store, WireCounting wire)
{
    const auto replay = QStringLiteral("replay:");
    const auto loop = QStringLiteral("?loop");
    if (!backend.startsWith(replay))
        return BpfSource::make(backend, {}, std::make_shared<DescriptorStore>(std::move(store)), wire);
    QString file = backend.mid(replay.size());
    const bool repeats = file.endsWith(loop);
    if (repeats)
        file.chop(loop.size());
    return ReplaySource::make(file, repeats ? Repeat::Endless : Repeat::Once, ReplayClock::started());
}

} // namespace bwt
