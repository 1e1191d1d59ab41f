// SPDX-License-Identifier: GPL-3.0-or-later
#include "helper/source/generation.h"

#include "helper/source/mapreader.h"

#include <QString>

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <optional>
#include <set>
#include <utility>

namespace bwt {

namespace {

/// Past it the kernel's memory is spared and detail lost: about 35 MB of flows, or 105 MB of processes.
constexpr std::uint32_t mostEntries = 262'144;

/// How much more room than what lives.
constexpr std::size_t reserve = 4;

tl::expected<Descriptor, int> hashMap(
    const char* name, std::uint32_t keySize, std::uint32_t valueSize, std::uint32_t entries)
{
    Descriptor map(bpf_map_create(BPF_MAP_TYPE_HASH, name, keySize, valueSize, entries, nullptr));
    if (!map)
        return tl::unexpected<int>(errno);
    return map;
}

/// Names of a generation's descriptors are these, with its number.
constexpr std::array parts{"flows.", "coarse.", "processes."};

QByteArray nameOf(const char* part, std::uint32_t number)
{
    return part + QByteArray::number(number);
}

std::optional<std::uint32_t> numberIn(const QByteArray& name)
{
    for (const char* part : parts)
        if (name.startsWith(part))
            return name.mid(qsizetype(std::strlen(part))).toUInt();
    return std::nullopt;
}

std::uint32_t entriesOf(const Descriptor& map)
{
    bpf_map_info info{};
    std::uint32_t size = sizeof(info);
    return bpf_obj_get_info_by_fd(map.get(), &info, &size) == 0 ? info.max_entries : 0;
}

bool isCrowded(std::size_t used, std::uint32_t room)
{
    return used * 10 > std::size_t{room} * 6;
}

std::uint32_t roomFor(std::size_t living, std::uint32_t least)
{
    return std::max(
        least, static_cast<std::uint32_t>(std::bit_ceil(std::min<std::size_t>(living * reserve, mostEntries))));
}

} // namespace

tl::expected<Generation, int> Generation::make(std::uint32_t number, const Room& room)
{
    auto flows = hashMap("flows", sizeof(bwt_flow_key), sizeof(bwt_flow_value), room.flows);
    auto coarse = hashMap("coarse", sizeof(bwt_flow_key), sizeof(bwt_flow_value), room.coarse);
    auto processes = hashMap("processes", sizeof(bwt_process_key), sizeof(bwt_process_value), room.processes);
    for (const auto* map : {&flows, &coarse, &processes})
        if (!*map)
            return tl::unexpected(map->error());
    return Generation(number, room, std::move(*flows), std::move(*coarse), std::move(*processes));
}

Generation::Generation(
    std::uint32_t number, const Room& room, Descriptor flows, Descriptor coarse, Descriptor processes)
    : m_number(number)
    , m_room(room)
    , m_flows{std::move(flows), Descriptor()}
    , m_coarse{std::move(coarse), Descriptor()}
    , m_processes{std::move(processes), Descriptor()}
{
}

std::vector<Generation> Generation::takeFrom(DescriptorStore::Contents& contents)
{
    std::set<std::uint32_t> numbers;
    for (const auto& [name, descriptor] : contents)
        if (const auto number = numberIn(name))
            numbers.insert(*number);
    std::vector<Generation> taken;
    for (const std::uint32_t number : numbers) {
        std::array<Descriptor, parts.size()> maps;
        for (std::size_t i = 0; i < parts.size(); ++i)
            if (const auto found = contents.find(nameOf(parts[i], number)); found != contents.end())
                maps[i] = std::move(found->second);
        if (!std::ranges::all_of(maps, [](const Descriptor& map) { return bool(map); }))
            continue;
        const Room room{entriesOf(maps[0]), entriesOf(maps[1]), entriesOf(maps[2])};
        taken.push_back(Generation(number, room, std::move(maps[0]), std::move(maps[1]), std::move(maps[2])));
    }
    return taken;
}

void Generation::keepIn(const DescriptorStore& store) const
{
    store.keep(nameOf(parts[0], m_number), m_flows.map.get());
    store.keep(nameOf(parts[1], m_number), m_coarse.map.get());
    store.keep(nameOf(parts[2], m_number), m_processes.map.get());
}

void Generation::dropFrom(const DescriptorStore& store) const
{
    for (const char* part : parts)
        store.drop(nameOf(part, m_number));
}

int Generation::prepare(const RowReader& reader)
{
    int error = 0;
    const auto take = [&error](Descriptor& into, tl::expected<Descriptor, int> from) {
        if (from)
            into = std::move(*from);
        else
            error = from.error();
    };
    take(m_flows.iterator, reader.flowsOf(m_flows.map));
    take(m_coarse.iterator, reader.flowsOf(m_coarse.map));
    take(m_processes.iterator, reader.processesOf(m_processes.map));
    return error;
}

int Generation::install(const Descriptor& flowMaps, const Descriptor& processMaps) const
{
    // Processes first: a flow that is begun here finds its process described here.
    for (const auto& [array, slot, map] : {std::tuple{&processMaps, std::uint32_t{0}, &m_processes},
             std::tuple{&flowMaps, std::uint32_t{BWT_COARSE}, &m_coarse},
             std::tuple{&flowMaps, std::uint32_t{BWT_FLOWS}, &m_flows}}) {
        const int fd = map->map.get();
        if (bpf_map_update_elem(array->get(), &slot, &fd, BPF_ANY) != 0)
            return errno;
    }
    return 0;
}

tl::expected<Rows, int> Generation::read() const
{
    auto flows = readRows<bwt_flow>(m_flows.iterator.get());
    auto coarse = readRows<bwt_flow>(m_coarse.iterator.get());
    auto processes = readRows<bwt_process>(m_processes.iterator.get());
    if (!flows || !coarse || !processes)
        return tl::unexpected(!flows ? flows.error() : !coarse ? coarse.error() : processes.error());
    return Rows{std::move(*flows), std::move(*coarse), std::move(*processes)};
}

Room roomAfter(const Rows& rows, const Room& least)
{
    std::set<std::pair<std::uint32_t, std::uint64_t>> ended;
    for (const bwt_process& process : rows.processes)
        if (process.value.exit_ns != 0)
            ended.emplace(process.key.tgid, process.key.start_ns);
    const auto lives = [&ended](const bwt_flow& flow) { return !ended.contains({flow.key.tgid, flow.key.start_ns}); };
    const auto living = [&lives](const std::vector<bwt_flow>& flows) {
        return static_cast<std::size_t>(std::ranges::count_if(flows, lives));
    };
    return {roomFor(living(rows.flows), least.flows), roomFor(living(rows.coarse), least.coarse),
        roomFor(rows.processes.size() - ended.size(), least.processes)};
}

bool isCrowded(const Rows& rows, const Room& room)
{
    return isCrowded(rows.flows.size(), room.flows) || isCrowded(rows.coarse.size(), room.coarse)
        || isCrowded(rows.processes.size(), room.processes);
}

} // namespace bwt
