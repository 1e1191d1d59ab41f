// SPDX-License-Identifier: GPL-3.0-or-later
#include "helper/source/generation.h"

#include "helper/source/mapreader.h"

#include <QString>

#include <algorithm>
#include <array>
#include <bit>
#include <set>
#include <type_traits>
#include <utility>

namespace bwt {

namespace {

/// Past it the kernel's memory is spared and detail lost: about 35 MB of flows, as much of wires, or 105 MB of
/// processes.
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

/// Of Generation::Part. A part's descriptor is named so, with the generation's number behind a full stop.
constexpr std::array names{"processes", "coarse_wires", "wires", "coarse", "flows"};

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
    Maps maps;
    for (int part = 0; part < Parts; ++part) {
        auto made = makeMap(Part(part), room);
        if (!made)
            return tl::unexpected(made.error());
        maps[part].map = std::move(*made);
    }
    return Generation(number, std::move(maps));
}

Generation::Generation(std::uint32_t number, Maps maps)
    : m_number(number)
    , m_maps(std::move(maps))
    , m_room(roomOf(m_maps))
{
}

tl::expected<Descriptor, int> Generation::makeMap(Part part, const Room& room)
{
    if (part == Processes)
        return hashMap(names[part], sizeof(bwt_process_key), sizeof(bwt_process_value), room.processes);
    const std::array<std::uint32_t, Parts> entries{0, room.coarseWires, room.wires, room.coarse, room.flows};
    return hashMap(names[part], sizeof(bwt_flow_key), sizeof(bwt_flow_value), entries[part]);
}

QByteArray Generation::nameOf(Part part, std::uint32_t number)
{
    return names[part] + QByteArray(".") + QByteArray::number(number);
}

std::optional<std::uint32_t> Generation::numberIn(const QByteArray& name)
{
    const std::uint32_t number = name.mid(name.indexOf('.') + 1).toUInt();
    for (int part = 0; part < Parts; ++part)
        if (name == nameOf(Part(part), number))
            return number;
    return std::nullopt;
}

Room Generation::roomOf(const Maps& maps)
{
    const auto entries = [&maps](Part part) { return entriesOf(maps[part].map); };
    return {entries(Flows), entries(Coarse), entries(Processes), entries(Wires), entries(CoarseWires)};
}

std::vector<Generation> Generation::takeFrom(DescriptorStore::Contents& contents)
{
    std::set<std::uint32_t> numbers;
    for (const auto& [name, descriptor] : contents)
        if (const auto number = numberIn(name))
            numbers.insert(*number);
    std::vector<Generation> taken;
    for (const std::uint32_t number : numbers) {
        Maps maps;
        for (int part = 0; part < Parts; ++part)
            if (const auto found = contents.find(nameOf(Part(part), number)); found != contents.end())
                maps[part].map = std::move(found->second);
        if (std::ranges::all_of(maps, [](const Map& map) { return bool(map.map); }))
            taken.push_back(Generation(number, std::move(maps)));
    }
    return taken;
}

void Generation::keepIn(const DescriptorStore& store) const
{
    for (int part = 0; part < Parts; ++part)
        store.keep(nameOf(Part(part), m_number), m_maps[part].map.get());
}

void Generation::dropFrom(const DescriptorStore& store) const
{
    for (int part = 0; part < Parts; ++part)
        store.drop(nameOf(Part(part), m_number));
}

int Generation::prepare(const RowReader& reader)
{
    for (int part = 0; part < Parts; ++part) {
        Map& map = m_maps[part];
        auto iterator = part == Processes ? reader.processesOf(map.map) : reader.flowsOf(map.map);
        if (!iterator)
            return iterator.error();
        map.iterator = std::move(*iterator);
    }
    return 0;
}

int Generation::install(const Descriptor& flowMaps, const Descriptor& processMaps) const
{
    constexpr std::array<std::uint32_t, Parts> slots{0, BWT_COARSE_WIRES, BWT_WIRES, BWT_COARSE, BWT_FLOWS};
    for (int part = 0; part < Parts; ++part) {
        const Descriptor& array = part == Processes ? processMaps : flowMaps;
        const int fd = m_maps[part].map.get();
        if (bpf_map_update_elem(array.get(), &slots[part], &fd, BPF_ANY) != 0)
            return errno;
    }
    return 0;
}

tl::expected<Rows, int> Generation::read() const
{
    Rows rows;
    int error = 0;
    const auto readInto = [&](auto& into, Part part) {
        using Row = typename std::remove_reference_t<decltype(into)>::value_type;
        auto read = readRows<Row>(m_maps[part].iterator.get());
        if (read)
            into = std::move(*read);
        else
            error = read.error();
    };
    readInto(rows.flows, Flows);
    readInto(rows.coarse, Coarse);
    readInto(rows.wires, Wires);
    readInto(rows.coarseWires, CoarseWires);
    readInto(rows.processes, Processes);
    if (error != 0)
        return tl::unexpected(error);
    return rows;
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
        roomFor(rows.processes.size() - ended.size(), least.processes), roomFor(living(rows.wires), least.wires),
        roomFor(living(rows.coarseWires), least.coarseWires)};
}

bool isCrowded(const Rows& rows, const Room& room)
{
    return isCrowded(rows.flows.size(), room.flows) || isCrowded(rows.coarse.size(), room.coarse)
        || isCrowded(rows.processes.size(), room.processes) || isCrowded(rows.wires.size(), room.wires)
        || isCrowded(rows.coarseWires.size(), room.coarseWires);
}

} // namespace bwt
