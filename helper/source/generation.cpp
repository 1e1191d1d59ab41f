// SPDX-License-Identifier: GPL-3.0-or-later
#include "helper/source/generation.h"

#include "helper/source/mapreader.h"

#include <algorithm>
#include <array>
#include <bit>
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

const QByteArray processesName = QByteArrayLiteral("processes");

/// A descriptor's name: the map's, with the generation's number.
QByteArray nameOf(const QByteArray& map, std::uint32_t number)
{
    return map + '.' + QByteArray::number(number);
}

/// A map of flows: how many it has room for, and where what it holds goes.
struct FlowMap {
    const char* name;
    std::uint32_t Room::* room;
    std::vector<bwt_flow> Rows::* rows;
};

constexpr std::array flowMaps{
    FlowMap{"flows", &Room::flows, &Rows::flows},
    FlowMap{"coarse", &Room::coarse, &Rows::coarse},
    FlowMap{"wires", &Room::wires, &Rows::wires},
    FlowMap{"coarse_wires", &Room::coarseWires, &Rows::coarseWires},
};

/// Null where we know no such map.
const FlowMap* flowMapOf(const QByteArray& name)
{
    const auto found = std::ranges::find_if(flowMaps, [&name](const FlowMap& map) { return name == map.name; });
    return found == flowMaps.end() ? nullptr : found;
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

void Rows::append(const Rows& rows)
{
    for (const FlowMap& map : flowMaps)
        (this->*map.rows).insert((this->*map.rows).end(), (rows.*map.rows).begin(), (rows.*map.rows).end());
    processes.insert(processes.end(), rows.processes.begin(), rows.processes.end());
}

Generation::Generation(std::uint32_t number, std::shared_ptr<const Layout> layout)
    : m_number(number)
    , m_layout(std::move(layout))
    , m_flowMaps(static_cast<std::size_t>(m_layout->flowMaps.size()))
{
}

tl::expected<Generation, int> Generation::make(
    std::uint32_t number, std::shared_ptr<const Layout> layout, const Room& room)
{
    Generation made(number, std::move(layout));
    made.m_room = room;
    int error = 0;
    const auto fill = [&error](Map& into, const QByteArray& name, const Layout::Entry& entry, std::uint32_t entries) {
        auto map = hashMap(name.constData(), entry.key.bytes, entry.value.bytes, entries);
        if (map)
            into.map = std::move(*map);
        else
            error = map.error();
    };
    const Layout& parts = *made.m_layout;
    for (std::size_t i = 0; i < made.m_flowMaps.size(); ++i) {
        const QByteArray& name = parts.flowMaps[qsizetype(i)];
        const FlowMap* const known = flowMapOf(name);
        fill(made.m_flowMaps[i], name, parts.flow, known ? room.*known->room : room.coarse);
    }
    fill(made.m_processes, processesName, parts.process, room.processes);
    if (error != 0)
        return tl::unexpected(error);
    return made;
}

std::set<std::uint32_t> Generation::numbersIn(const DescriptorStore::Contents& contents)
{
    const QByteArray prefix = processesName + '.'; // the last that is kept of each
    std::set<std::uint32_t> numbers;
    for (const auto& [name, descriptor] : contents)
        if (name.startsWith(prefix))
            numbers.insert(name.mid(prefix.size()).toUInt());
    return numbers;
}

std::optional<Generation> Generation::takeFrom(
    DescriptorStore::Contents& contents, std::uint32_t number, std::shared_ptr<const Layout> layout)
{
    Generation taken(number, std::move(layout));
    const auto find = [&](const QByteArray& name) { return contents.find(nameOf(name, number)); };
    const QByteArrayList& names = taken.m_layout->flowMaps;
    const auto isThere = [&](const QByteArray& name) { return find(name) != contents.end(); };
    if (!std::ranges::all_of(names, isThere) || !isThere(processesName))
        return std::nullopt;
    for (std::size_t i = 0; i < taken.m_flowMaps.size(); ++i) {
        const QByteArray& name = names[qsizetype(i)];
        taken.m_flowMaps[i].map = std::move(find(name)->second);
        if (const FlowMap* const known = flowMapOf(name))
            taken.m_room.*known->room = entriesOf(taken.m_flowMaps[i].map);
    }
    taken.m_processes.map = std::move(find(processesName)->second);
    taken.m_room.processes = entriesOf(taken.m_processes.map);
    return taken;
}

void Generation::keepIn(DescriptorStore& store) const
{
    for (std::size_t i = 0; i < m_flowMaps.size(); ++i)
        store.keep(nameOf(m_layout->flowMaps[qsizetype(i)], m_number), m_flowMaps[i].map.get());
    store.keep(nameOf(processesName, m_number), m_processes.map.get());
}

void Generation::dropFrom(DescriptorStore& store) const
{
    for (const QByteArray& name : m_layout->flowMaps)
        store.drop(nameOf(name, m_number));
    store.drop(nameOf(processesName, m_number));
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
    for (Map& map : m_flowMaps)
        take(map.iterator, reader.flowsOf(map.map));
    take(m_processes.iterator, reader.processesOf(m_processes.map));
    return error;
}

int Generation::install(const Descriptor& flowMaps, const Descriptor& processMaps) const
{
    const auto put = [](const Descriptor& array, std::uint32_t slot, const Map& map) {
        const int fd = map.map.get();
        return bpf_map_update_elem(array.get(), &slot, &fd, BPF_ANY) == 0 ? 0 : errno;
    };
    // Processes first: a flow that is begun here finds its process described here. The first slot, the flows', last.
    int error = put(processMaps, 0, m_processes);
    for (std::size_t i = m_flowMaps.size(); error == 0 && i-- > 0;)
        error = put(flowMaps, static_cast<std::uint32_t>(i), m_flowMaps[i]);
    return error;
}

tl::expected<Rows, int> Generation::read() const
{
    const Layout& own = Layout::own();
    const auto readFrom = [](auto& into, const Map& map, const Layout::Entry& from, const Layout::Entry& ours) {
        using Row = typename std::remove_reference_t<decltype(into)>::value_type;
        auto rows
            = from == ours ? readRows<Row>(map.iterator.get()) : readForeignRows<Row>(map.iterator.get(), from, ours);
        if (!rows)
            return rows.error();
        into = std::move(*rows);
        return 0;
    };
    Rows rows;
    int error = 0;
    for (std::size_t i = 0; error == 0 && i < m_flowMaps.size(); ++i)
        if (const FlowMap* const known = flowMapOf(m_layout->flowMaps[qsizetype(i)]))
            error = readFrom(rows.*known->rows, m_flowMaps[i], m_layout->flow, own.flow);
    if (error == 0)
        error = readFrom(rows.processes, m_processes, m_layout->process, own.process);
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
    Room room;
    for (const FlowMap& map : flowMaps)
        room.*map.room = roomFor(living(rows.*map.rows), least.*map.room);
    room.processes = roomFor(rows.processes.size() - ended.size(), least.processes);
    return room;
}

bool isCrowded(const Rows& rows, const Room& room)
{
    return std::ranges::any_of(flowMaps, [&](const FlowMap& map) {
        return isCrowded((rows.*map.rows).size(), room.*map.room);
    }) || isCrowded(rows.processes.size(), room.processes);
}

} // namespace bwt
