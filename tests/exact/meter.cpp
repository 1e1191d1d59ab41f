// SPDX-License-Identifier: GPL-3.0-or-later
#include "meter.h"

#include <algorithm>
#include <unistd.h>
#include <utility>

namespace bwt {

namespace {

std::unique_ptr<TrafficSource> newSource()
{
    auto source = makeTrafficSource(backendToTest());
    if (!source)
        qFatal("%s", qPrintable(source.error().detail));
    return std::move(*source);
}

quint64 bytesWith(const Address& remote, const Reading& reading, Direction direction)
{
    const Sum all = sum(reading, getpid(), startTicks(getpid()), direction);
    quint64 bytes = 0;
    for (const FlowCounter& flow : reading.flows)
        if (flow.key.remote == remote && std::ranges::find(all.keys, flow.key) != all.keys.end())
            bytes += flow.bytes;
    return bytes;
}

} // namespace

Meter::Meter()
    : Meter(newSource())
{
}

Meter::Meter(std::unique_ptr<TrafficSource> source)
    : m_source(std::move(source))
{
    restart();
}

void Meter::restart()
{
    m_before = read();
}

Reading Meter::read() const
{
    auto reading = m_source->read();
    if (!reading)
        qFatal("%s", qPrintable(reading.error().detail));
    return std::move(*reading);
}

Sum Meter::moved(Direction direction) const
{
    const quint64 start = startTicks(getpid());
    return growth(sum(m_before, getpid(), start, direction), sum(read(), getpid(), start, direction));
}

Sum Meter::movedByKernel(Direction direction) const
{
    return growth(sum(m_before, 0, 0, direction), sum(read(), 0, 0, direction));
}

quint64 Meter::movedWith(const QString& remote, Direction direction) const
{
    const Address wanted = remote.isEmpty() ? Address{} : address(remote);
    return bytesWith(wanted, read(), direction) - bytesWith(wanted, m_before, direction);
}

quint64 Meter::missed() const
{
    return read().losses.recursionMisses - m_before.losses.recursionMisses;
}

QString backendToTest()
{
    return qEnvironmentVariable("BWT_TEST_BACKEND", QStringLiteral("auto"));
}

} // namespace bwt
