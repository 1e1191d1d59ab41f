// SPDX-License-Identifier: GPL-3.0-or-later
#include "helper/source/counters.h"

#include <QLoggingCategory>

#include <cerrno>
#include <cstring>
#include <sys/mman.h>
#include <utility>

namespace bwt {

namespace {

Q_LOGGING_CATEGORY(sourceLog, "bwt.source", QtInfoMsg)

const QByteArray flowMapsName = QByteArrayLiteral("flow_maps");
const QByteArray processMapsName = QByteArrayLiteral("process_maps");
const QByteArray healthName = QByteArrayLiteral("health");

constexpr std::size_t healthBytes = BWT_HEALTH_SLOTS * sizeof(std::uint64_t);

} // namespace

tl::expected<Counters, int> Counters::open(Arrays arrays, const Room& least)
{
    auto reader = RowReader::make();
    if (!reader)
        return tl::unexpected(reader.error());
    void* page = mmap(nullptr, healthBytes, PROT_READ, MAP_SHARED, arrays.health.get(), 0);
    if (page == MAP_FAILED)
        return tl::unexpected<int>(errno);
    Health health(static_cast<const std::uint64_t*>(page));
    return Counters(std::move(*reader), std::move(arrays), std::move(health), least);
}

Counters::Counters(RowReader reader, Arrays arrays, Health health, const Room& least)
    : m_reader(std::move(reader))
    , m_arrays(std::move(arrays))
    , m_health(std::move(health))
    , m_least(least)
{
}

tl::expected<Counters, int> Counters::make(Arrays arrays, const Room& least)
{
    return open(std::move(arrays), least).and_then([&least](Counters made) -> tl::expected<Counters, int> {
        auto first = Generation::make(1, least);
        const int error = first ? made.install(*first) : first.error();
        if (error != 0)
            return tl::unexpected(error);
        return made;
    });
}

tl::expected<Counters, int> Counters::takeFrom(const std::shared_ptr<DescriptorStore>& store, const Room& least)
{
    DescriptorStore::Contents& contents = store->contents();
    Arrays arrays{
        std::move(contents[flowMapsName]), std::move(contents[processMapsName]), std::move(contents[healthName])};
    std::vector<Generation> generations = Generation::takeFrom(contents);
    if (!arrays.flowMaps || !arrays.processMaps || !arrays.health || generations.empty())
        return tl::unexpected(ENOENT);
    return open(std::move(arrays), least).and_then([&](Counters taken) -> tl::expected<Counters, int> {
        // The one before the newest is frozen, or closed and not yet dropped; there is none before that. The newest
        // may have been kept and not installed. Installing it, again or not, ends what still counts elsewhere.
        taken.m_store = store;
        if (generations.size() > 1) {
            taken.m_current = std::move(generations[generations.size() - 2]);
            if (const int error = taken.m_current->prepare(taken.m_reader); error != 0)
                return tl::unexpected(error);
        }
        if (const int error = taken.install(generations.back()); error != 0)
            return tl::unexpected(error);
        return taken;
    });
}

void Counters::keepIn(const std::shared_ptr<DescriptorStore>& store)
{
    m_store = store;
    m_store->keep(flowMapsName, m_arrays.flowMaps.get());
    m_store->keep(processMapsName, m_arrays.processMaps.get());
    m_store->keep(healthName, m_arrays.health.get());
    m_current->keepIn(*m_store);
}

std::map<QByteArray, int> Counters::maps() const
{
    return {{flowMapsName, m_arrays.flowMaps.get()}, {processMapsName, m_arrays.processMaps.get()},
        {healthName, m_arrays.health.get()}};
}

int Counters::install(Generation& generation)
{
    if (const int error = generation.prepare(m_reader); error != 0)
        return error;
    if (const int error = generation.install(m_arrays.flowMaps, m_arrays.processMaps); error != 0)
        return error;
    m_retired = std::exchange(m_current, std::move(generation));
    return 0;
}

tl::expected<Rows, int> Counters::look()
{
    if (const int error = readFrozen(); error != 0)
        return tl::unexpected(error);
    auto rows = m_current->read();
    if (!rows || m_retired || !isCrowded(*rows, m_current->room()))
        return rows;
    if (const int error = exchange(roomAfter(*rows, m_least)); error != 0) {
        qCWarning(sourceLog) << "the counters could not be given more room:" << std::strerror(error);
        return rows;
    }
    if (const int error = readFrozen(); error != 0)
        return tl::unexpected(error);
    return m_current->read();
}

int Counters::exchange(const Room& room)
{
    auto next = Generation::make(m_current->number() + 1, room);
    if (!next)
        return next.error();
    next->keepIn(*m_store);
    if (!m_store->settle()) { // else what it counts would be lost with this process
        next->dropFrom(*m_store);
        return ETIMEDOUT;
    }
    const int error = install(*next);
    if (error != 0)
        next->dropFrom(*m_store);
    return error;
}

int Counters::readFrozen()
{
    if (!m_retired || m_frozen)
        return 0;
    auto rows = m_retired->read();
    if (!rows)
        return rows.error();
    m_frozen = std::make_shared<const Frozen>(Frozen{m_retired->number(), std::move(*rows)});
    return 0;
}

void Counters::close(std::uint32_t number)
{
    if (!m_retired || m_retired->number() > number)
        return;
    m_retired->dropFrom(*m_store);
    m_frozen.reset();
    m_retired.reset();
}

std::uint64_t Counters::health(bwt_health slot) const
{
    return __atomic_load_n(m_health.get() + slot, __ATOMIC_RELAXED);
}

void Counters::Unmapper::operator()(const std::uint64_t* page) const
{
    munmap(const_cast<std::uint64_t*>(page), healthBytes);
}

} // namespace bwt
