// SPDX-License-Identifier: GPL-3.0-or-later
#include "helper/source/epoch.h"

#include <QLoggingCategory>
#include <QString>

#include <bpf/bpf.h>

#include <algorithm>
#include <cerrno>
#include <limits>
#include <utility>

namespace bwt {

namespace {

Q_LOGGING_CATEGORY(sourceLog, "bwt.source", QtInfoMsg)

// Names of what is kept: these, with the epoch's number.
const QByteArray layoutPrefix = QByteArrayLiteral("layout.");
const QByteArray flowMapsPrefix = QByteArrayLiteral("flow_maps.");
const QByteArray processMapsPrefix = QByteArrayLiteral("process_maps.");

QByteArray nameOf(const QByteArray& prefix, std::uint32_t number)
{
    return prefix + QByteArray::number(number);
}

std::vector<std::uint32_t> epochsIn(const DescriptorStore::Contents& contents)
{
    std::vector<std::uint32_t> numbers;
    for (const auto& [name, descriptor] : contents)
        if (name.startsWith(layoutPrefix))
            numbers.push_back(name.mid(layoutPrefix.size()).toUInt());
    std::ranges::sort(numbers);
    return numbers;
}

void empty(const Descriptor& array, std::uint32_t slots)
{
    for (std::uint32_t slot = 0; slot < slots; ++slot)
        bpf_map_delete_elem(array.get(), &slot);
}

} // namespace

Epoch::Epoch(std::uint32_t first, std::shared_ptr<const Layout> layout, Descriptor file, RowReader reader)
    : m_first(first)
    , m_layout(std::move(layout))
    , m_file(std::move(file))
    , m_reader(std::move(reader))
{
}

tl::expected<Epoch, int> Epoch::make(Arrays arrays, std::uint32_t first, const Room& room)
{
    const auto layout = std::make_shared<const Layout>(Layout::own());
    Descriptor file = layout->toFile();
    if (!file)
        return tl::unexpected<int>(errno);
    auto reader = RowReader::make(*layout);
    if (!reader)
        return tl::unexpected(reader.error());
    Epoch made(first, layout, std::move(file), std::move(*reader));
    made.m_arrays = std::move(arrays);
    auto generation = Generation::make(first, layout, room);
    const int error = generation ? made.install(*generation) : generation.error();
    if (error != 0)
        return tl::unexpected(error);
    return made;
}

tl::expected<std::vector<Epoch>, int> Epoch::takeFrom(DescriptorStore::Contents& contents)
{
    const std::vector<std::uint32_t> numbers = epochsIn(contents);
    std::vector<Epoch> taken;
    for (std::size_t i = 0; i < numbers.size(); ++i) {
        auto layout = Layout::fromFile(contents[nameOf(layoutPrefix, numbers[i])]);
        if (!layout) {
            qCWarning(sourceLog) << "another version's counters can't be read";
            return tl::unexpected(ENOTSUP);
        }
        auto reader = RowReader::make(*layout);
        if (!reader)
            return tl::unexpected(reader.error());
        Epoch epoch(numbers[i], std::make_shared<const Layout>(std::move(*layout)), Descriptor(), std::move(*reader));
        const auto end = i + 1 < numbers.size() ? numbers[i + 1] : std::numeric_limits<std::uint32_t>::max();
        if (const int error = epoch.takeRest(contents, end); error != 0)
            return tl::unexpected(error);
        if (!epoch.m_generations.empty())
            taken.push_back(std::move(epoch));
    }
    return taken;
}

int Epoch::takeRest(DescriptorStore::Contents& contents, std::uint32_t end)
{
    for (const std::uint32_t number : Generation::numbersIn(contents)) {
        auto found
            = number >= m_first && number < end ? Generation::takeFrom(contents, number, m_layout) : std::nullopt;
        if (!found)
            continue;
        if (const int error = found->prepare(m_reader); error != 0)
            return error;
        m_generations.push_back(std::move(*found));
    }
    if (m_generations.empty())
        return 0;
    m_file = std::move(contents[nameOf(layoutPrefix, m_first)]);
    const auto flowMaps = contents.find(nameOf(flowMapsPrefix, m_first));
    const auto processMaps = contents.find(nameOf(processMapsPrefix, m_first));
    if (flowMaps == contents.end() || processMaps == contents.end())
        return 0;
    m_arrays = {std::move(flowMaps->second), std::move(processMaps->second)};
    // The newest may have been kept and not installed. Installing it, again or not, ends what still counts in the one
    // before.
    return m_generations.back().install(m_arrays.flowMaps, m_arrays.processMaps);
}

void Epoch::keepIn(DescriptorStore& store) const
{
    store.keep(nameOf(layoutPrefix, m_first), m_file.get());
    store.keep(nameOf(flowMapsPrefix, m_first), m_arrays.flowMaps.get());
    store.keep(nameOf(processMapsPrefix, m_first), m_arrays.processMaps.get());
    for (const Generation& generation : m_generations)
        generation.keepIn(store);
}

void Epoch::dropArraysFrom(DescriptorStore& store) const
{
    store.drop(nameOf(flowMapsPrefix, m_first));
    store.drop(nameOf(processMapsPrefix, m_first));
}

void Epoch::dropFrom(DescriptorStore& store) const
{
    for (const Generation& generation : m_generations)
        generation.dropFrom(store);
    dropArraysFrom(store);
    store.drop(nameOf(layoutPrefix, m_first));
}

int Epoch::install(Generation& generation)
{
    if (const int error = generation.prepare(m_reader); error != 0)
        return error;
    if (const int error = generation.install(m_arrays.flowMaps, m_arrays.processMaps); error != 0)
        return error;
    m_generations.push_back(std::move(generation));
    return 0;
}

int Epoch::exchange(const Room& room, DescriptorStore& store)
{
    auto next = Generation::make(m_generations.back().number() + 1, m_layout, room);
    if (!next)
        return next.error();
    next->keepIn(store);
    const bool isKept = store.settle(); // else what it counts would be lost with this process
    const int error = isKept ? install(*next) : ETIMEDOUT;
    if (error != 0)
        next->dropFrom(store);
    return error;
}

int Epoch::end(DescriptorStore& store)
{
    // Replacing a map, by itself too, waits for the programs that have found it.
    if (const int error = m_generations.back().install(m_arrays.flowMaps, m_arrays.processMaps); error != 0)
        return error;
    // The programs that were replaced hold the arrays as long as they are attached; what is in there would be, too.
    empty(m_arrays.flowMaps, static_cast<std::uint32_t>(m_layout->flowMaps.size()));
    empty(m_arrays.processMaps, 1);
    dropArraysFrom(store);
    m_arrays = Arrays();
    return 0;
}

void Epoch::close(std::uint32_t number, DescriptorStore& store)
{
    const auto frozenEnd = m_generations.end() - (isOpen() ? 1 : 0);
    const auto firstKept
        = std::find_if(m_generations.begin(), frozenEnd, [&](const Generation& g) { return g.number() > number; });
    std::for_each(m_generations.begin(), firstKept, [&](const Generation& g) { g.dropFrom(store); });
    m_generations.erase(m_generations.begin(), firstKept);
    if (m_generations.empty())
        store.drop(nameOf(layoutPrefix, m_first));
}

} // namespace bwt
