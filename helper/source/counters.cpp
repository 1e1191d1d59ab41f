// SPDX-License-Identifier: GPL-3.0-or-later
#include "helper/source/counters.h"

#include <QLoggingCategory>

#include <algorithm>
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

tl::expected<Counters, int> Counters::open(std::vector<Epoch> epochs, Descriptor healthMap, const Room& least)
{
    void* page = mmap(nullptr, healthBytes, PROT_READ, MAP_SHARED, healthMap.get(), 0);
    if (page == MAP_FAILED)
        return tl::unexpected<int>(errno);
    Health health(static_cast<const std::uint64_t*>(page));
    return Counters(std::move(epochs), std::move(healthMap), std::move(health), least);
}

Counters::Counters(std::vector<Epoch> epochs, Descriptor healthMap, Health health, const Room& least)
    : m_epochs(std::move(epochs))
    , m_healthMap(std::move(healthMap))
    , m_health(std::move(health))
    , m_least(least)
{
}

tl::expected<Counters, int> Counters::make(Epoch::Arrays arrays, Descriptor health, const Room& least)
{
    auto first = Epoch::make(std::move(arrays), 1, least);
    if (!first)
        return tl::unexpected(first.error());
    std::vector<Epoch> epochs;
    epochs.push_back(std::move(*first));
    return open(std::move(epochs), std::move(health), least);
}

tl::expected<Counters, int> Counters::takeFrom(const std::shared_ptr<DescriptorStore>& store, const Room& least)
{
    DescriptorStore::Contents& contents = store->contents();
    auto epochs = Epoch::takeFrom(contents);
    if (!epochs)
        return tl::unexpected(epochs.error());
    const auto health = contents.find(healthName);
    if (health == contents.end() || epochs->empty() || !epochs->back().isOpen())
        return tl::unexpected(ENOENT);
    auto taken = open(std::move(*epochs), std::move(health->second), least);
    if (taken)
        taken->m_store = store;
    return taken;
}

void Counters::keepIn(const std::shared_ptr<DescriptorStore>& store)
{
    m_store = store;
    m_store->keep(healthName, m_healthMap.get());
    for (const Epoch& epoch : m_epochs)
        epoch.keepIn(*m_store);
}

std::map<QByteArray, int> Counters::maps() const
{
    std::map<QByteArray, int> maps{{healthName, m_healthMap.get()}};
    if (isOfOwnLayout()) {
        maps.emplace(flowMapsName, m_epochs.back().arrays().flowMaps.get());
        maps.emplace(processMapsName, m_epochs.back().arrays().processMaps.get());
    }
    return maps;
}

int Counters::beginEpoch(Epoch::Arrays arrays)
{
    auto epoch = Epoch::make(std::move(arrays), current().number() + 1, room());
    if (!epoch)
        return epoch.error();
    epoch->keepIn(*m_store);
    if (!m_store->settle()) {
        epoch->dropFrom(*m_store);
        return ETIMEDOUT;
    }
    m_epochs.push_back(std::move(*epoch));
    return 0;
}

void Counters::endEarlierEpochs()
{
    for (std::size_t i = 0; i + 1 < m_epochs.size(); ++i) {
        const int error = m_epochs[i].isOpen() ? m_epochs[i].end(*m_store) : 0;
        if (error != 0)
            qCWarning(sourceLog) << "an earlier build's counters can't be closed:" << std::strerror(error);
    }
}

std::uint32_t Counters::oldestLive() const
{
    return std::ranges::find_if(m_epochs, &Epoch::isOpen)->generations().back().number();
}

std::vector<const Generation*> Counters::generations(std::uint32_t from, std::uint32_t until) const
{
    std::vector<const Generation*> found;
    for (const Epoch& epoch : m_epochs)
        for (const Generation& generation : epoch.generations())
            if (generation.number() >= from && generation.number() < until)
                found.push_back(&generation);
    std::ranges::reverse(found);
    return found;
}

tl::expected<Rows, int> Counters::look()
{
    if (const int error = readFrozen(); error != 0)
        return tl::unexpected(error);
    auto rows = current().read();
    if (rows && isAlone() && isCrowded(*rows, room())) {
        const int error = exchange(roomAfter(*rows, m_least));
        if (error != 0)
            qCWarning(sourceLog) << "the counters could not be given more room:" << std::strerror(error);
        else
            return look();
    }
    for (const Generation* generation : generations(oldestLive(), current().number())) {
        const auto others = generation->read();
        if (!rows || !others)
            return rows ? others : rows;
        rows->append(*others);
    }
    return rows;
}

int Counters::exchange(const Room& room)
{
    return m_epochs.back().exchange(room, *m_store);
}

int Counters::readFrozen()
{
    const auto past = generations(0, oldestLive());
    if (past.empty() || m_frozen)
        return 0;
    Frozen frozen{past.front()->number(), {}};
    for (const Generation* generation : past) {
        const auto rows = generation->read();
        if (!rows)
            return rows.error();
        frozen.rows.append(*rows);
    }
    m_frozen = std::make_shared<const Frozen>(std::move(frozen));
    return 0;
}

void Counters::close(std::uint32_t number)
{
    if (m_epochs.front().generations().front().number() > number)
        return;
    for (Epoch& epoch : m_epochs)
        epoch.close(number, *m_store);
    std::erase_if(m_epochs, [](const Epoch& epoch) { return epoch.generations().empty(); });
    m_frozen.reset();
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
