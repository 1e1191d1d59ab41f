// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/bench/desktop.h"

#include <algorithm>
#include <array>

namespace bwt::test {

namespace {

namespace port {
constexpr std::uint16_t none = 0; // above 1023
constexpr std::uint16_t ssh = 22;
constexpr std::uint16_t dns = 53;
constexpr std::uint16_t http = 80;
constexpr std::uint16_t ntp = 123;
constexpr std::uint16_t https = 443;
constexpr std::uint16_t smb = 445;
constexpr std::uint16_t imaps = 993;
} // namespace port

constexpr std::int64_t hourMs = 3'600'000;
constexpr std::uint32_t minuteMs = 60'000;
constexpr std::uint32_t minutesInHour = 60;

constexpr std::size_t bondCount = 874;
constexpr std::size_t quietBonds = 95; ///< about so many have nothing to say for an hour
constexpr std::uint32_t worldReach = 800'000;
constexpr std::uint32_t knownReach = 5'000;
constexpr std::uint32_t lastingReach = 60;
constexpr std::uint32_t taskReach = 100;
constexpr std::size_t hostsOfWorkTask = 6;
constexpr std::array<std::uint32_t, 2> localRanks{7, 11}; ///< the machine itself, in both families

/// Of a hundred, by the hour of the day.
using Rhythm = std::array<std::uint32_t, 24>;
constexpr Rhythm workday{
    10, 6, 4, 3, 3, 5, 14, 35, 75, 110, 115, 105, 80, 105, 115, 110, 105, 90, 80, 110, 130, 125, 80, 30};
constexpr Rhythm weekend{20, 12, 7, 4, 3, 3, 5, 8, 18, 35, 50, 60, 65, 60, 55, 55, 60, 65, 75, 95, 110, 105, 75, 40};
constexpr Rhythm office{0, 0, 0, 0, 0, 0, 1, 8, 40, 75, 85, 80, 45, 70, 85, 80, 65, 35, 15, 10, 8, 5, 2, 0};

const QStringList overSsh{QStringLiteral("ssh"), QStringLiteral("scp"), QStringLiteral("sftp")};

/// How likely one of the program's processes is to meet a new host.
std::uint32_t sociability(Role role)
{
    switch (role) {
    case Role::Browser:
        return 30;
    case Role::Peer:
        return 60;
    case Role::App:
        return 4;
    default:
        return 1;
    }
}

bool isForPeople(Role role)
{
    return role == Role::Browser || role == Role::App || role == Role::WorkTask;
}

bool isAnywhere(Role role)
{
    return role == Role::Browser || role == Role::Peer;
}

struct Carrier {
    std::uint16_t protocol = ip::tcp;
    std::uint16_t service = port::none;
};

Carrier carrierOf(Dice& dice, const Program& program, const Host& host)
{
    const std::uint32_t chance = dice.below(100);
    if (program.role == Role::Watch || (program.role == Role::Kernel && chance < 60))
        return {host.isV6 ? ip::icmp6 : ip::icmp, port::none};
    if (host.resolves || program.name == QLatin1StringView("systemd-resolved"))
        return {chance < 85 ? ip::udp : ip::tcp, port::dns};
    if (program.name == QLatin1StringView("systemd-timesyncd"))
        return {ip::udp, port::ntp};
    switch (program.role) {
    case Role::Kernel: // refuses
    case Role::Peer:
        return {chance < 55 ? ip::udp : ip::tcp, port::none};
    case Role::Browser:
        if (chance < 32)
            return {ip::udp, port::https}; // QUIC
        return {ip::tcp, chance < 94 ? port::https : chance < 98 ? port::http : port::none};
    case Role::App:
        if (chance < 10)
            return {ip::udp, chance < 5 ? port::https : port::none};
        return {ip::tcp, chance < 75 ? port::https : chance < 85 ? port::imaps : port::none};
    case Role::WorkTask:
        return {ip::tcp, overSsh.contains(program.name) ? port::ssh : port::https};
    case Role::Task:
        if (program.name == QLatin1StringView("ntpdate"))
            return {ip::udp, port::ntp};
        return {ip::tcp, program.name == QLatin1StringView("fetchmail") ? port::imaps : port::https};
    default:
        if (chance < 12)
            return {ip::udp, chance < 6 ? port::ntp : port::none};
        return {ip::tcp, chance < 50 ? port::https : chance < 65 ? port::http : chance < 75 ? port::smb : port::none};
    }
}

/// Of what a program exchanges with a host in a minute.
struct Volume {
    double txMedian = 0;
    double rxMedian = 0;
    double octaves = 0;
};

Volume volumeOf(Role role, const Pair& pair)
{
    if (pair.service == port::dns)
        return {45, 130, 0.5};
    if (pair.service == port::ntp)
        return {48, 48, 0};
    if (pair.protocol == ip::icmp || pair.protocol == ip::icmp6)
        return {320, 320, 0.5};
    switch (role) {
    case Role::Browser:
        return {4'000, 30'000, 2.4};
    case Role::App:
        return {900, 4'000, 2.6};
    case Role::Peer:
        return {20'000, 12'000, 2.0};
    case Role::Container:
        return {4'000, 3'000, 1.8};
    case Role::Task:
        return {700, 4'000, 1.8};
    case Role::WorkTask:
        return {6'000, 150'000, 2.8};
    default:
        return {500, 800, 1.5};
    }
}

/// In how many minutes of an hour a pair talks.
std::uint32_t minutesOf(Dice& dice)
{
    const std::uint32_t chance = dice.below(100);
    if (chance < 50)
        return 1;
    if (chance < 75)
        return 2;
    return chance < 93 ? 3 : dice.between(4, 12);
}

} // namespace

/// How busy an hour is, of a hundred.
struct Desktop::Mood {
    std::uint32_t activity = 0;
    std::uint32_t work = 0;
    bool isNight = false;
};

Desktop::Desktop(std::uint64_t seed)
    : m_dice(seed)
    , m_programs(desktopPrograms())
    , m_all(worldReach)
    , m_known(knownReach)
    , m_bonds(bondCount)
{
    const Popularity lasting(lastingReach);
    for (const Program& program : m_programs) {
        if (program.role == Role::WorkTask)
            m_workTasks.push_back(makeTask(program, hostsOfWorkTask));
        for (std::uint32_t i = 0; i < program.processes; ++i) {
            const auto process = static_cast<std::uint32_t>(m_residents.size());
            m_sociable.insert(m_sociable.end(), sociability(program.role), process);
            m_residents.push_back(&program);
            Bond& bond = m_lasting.emplace_back();
            static_cast<void>(bind(bond, process, lasting)); // it has none yet
            bond.isSteady = program.role == Role::App && process % 2 == 0;
        }
    }
    for (Bond& bond : m_bonds)
        rebind(bond);
    for (const Errand& errand : errands) {
        const Program& program = programOf(errand);
        Task task = errand.where == Errand::Where::Machine ? makeLocalTask(program) : makeTask(program, errand.hosts);
        m_timers.push_back({&errand, std::move(task), m_dice.below(errand.everyMinutes * minuteMs)});
    }
}

const Program& Desktop::programOf(const Errand& errand) const
{
    return *std::ranges::find(m_programs, QLatin1StringView(errand.program), &Program::name);
}

Desktop::Task Desktop::makeTask(const Program& program, std::size_t hosts)
{
    const Popularity near(taskReach);
    Task task{&program, {}};
    while (task.destinations.size() < hosts) {
        const Host host = hostOf(near.rank(m_dice));
        const auto isHost = [&host](const Destination& other) { return other.host.address == host.address; };
        if (host.resolves || std::ranges::any_of(task.destinations, isHost))
            continue;
        const Carrier carrier = carrierOf(m_dice, program, host);
        task.destinations.push_back({host, carrier.protocol, carrier.service});
    }
    return task;
}

Desktop::Task Desktop::makeLocalTask(const Program& program)
{
    Task task{&program, {}};
    for (const std::uint32_t rank : localRanks)
        task.destinations.push_back({hostOf(rank), ip::tcp, port::none});
    return task;
}

bool Desktop::bind(Bond& bond, std::uint32_t process, const Popularity& popularity)
{
    const std::uint32_t rank = popularity.rank(m_dice);
    bond.process = process;
    bond.host = hostOf(rank);
    const Carrier carrier = carrierOf(m_dice, *m_residents[process], bond.host);
    bond.protocol = carrier.protocol;
    bond.service = carrier.service;
    bond.identity = (std::uint64_t{rank} << 32) | (std::uint64_t{process} << 16) | bond.protocol;
    return m_bound.insert(bond.identity).second;
}

void Desktop::rebind(Bond& bond)
{
    m_bound.erase(bond.identity);
    for (bool isNew = false; !isNew;) {
        const std::uint32_t process = m_sociable[m_dice.below(static_cast<std::uint32_t>(m_sociable.size()))];
        isNew = bind(bond, process, isAnywhere(m_residents[process]->role) ? m_all : m_known);
    }
}

const Hour& Desktop::next(std::int64_t startMs, bool boots)
{
    constexpr std::int64_t hoursInDay = 24;
    constexpr std::int64_t daysInWeek = 7;
    constexpr std::int64_t workdays = 5;
    const std::int64_t hour = startMs / hourMs;
    const auto ofDay = static_cast<std::size_t>(hour % hoursInDay);
    const bool isWeekend = (hour / hoursInDay + 3) % daysInWeek >= workdays; // 1970 began on a Thursday
    const bool isNight = ofDay >= 1 && ofDay < 6;
    const Mood mood{isWeekend ? weekend.at(ofDay) : workday.at(ofDay), isWeekend ? 0 : office.at(ofDay), isNight};

    m_hour.boots = boots;
    m_hour.firstMinute = boots ? 2 : 0;
    m_hour.link = isWeekend && mood.activity > 30 && m_dice.percent(70) ? Link::Wireless : Link::Cable;
    m_hour.starts.clear();
    m_hour.pairs.clear();
    m_hour.pulses.clear();
    sleep(ofDay);
    if (boots)
        boot();

    const std::uint32_t met = 97 + mood.activity * m_dice.between(40, 60) / 100;
    for (std::uint32_t i = 0; i < met; ++i)
        rebind(m_bonds[m_dice.below(bondCount)]);
    for (const Bond& bond : m_lasting)
        talk(bond, mood);
    std::vector<bool> isQuiet(bondCount);
    for (std::size_t i = 0; i < quietBonds; ++i)
        isQuiet[m_dice.below(bondCount)] = true;
    for (std::size_t i = 0; i < bondCount; ++i) {
        if (!isQuiet[i])
            talk(m_bonds[i], mood);
    }
    runTasks(mood);
    return m_hour;
}

void Desktop::boot()
{
    constexpr std::uint32_t firstPid = 300;
    constexpr std::uint32_t betweenMs = 50;
    m_started = 0;
    m_pid = firstPid;
    for (const Program* program : m_residents) {
        m_hour.starts.push_back({program, m_pid, m_hour.firstMinute * minuteMs + betweenMs * ++m_started});
        m_pid += m_dice.between(1, 20);
    }
}

void Desktop::sleep(std::size_t hourOfDay)
{
    constexpr std::size_t noon = 12;
    constexpr std::size_t evening = 18;
    m_hour.sleepsFrom = m_hour.sleepsUntil = 0;
    if ((hourOfDay == noon || hourOfDay == evening) && m_dice.percent(40)) {
        m_hour.sleepsFrom = m_dice.between(10, 20);
        m_hour.sleepsUntil = m_hour.sleepsFrom + m_dice.between(8, 25);
    }
}

std::uint32_t Desktop::awake(std::uint32_t minute) const
{
    if (minute < m_hour.firstMinute)
        return m_hour.firstMinute;
    if (minute < m_hour.sleepsFrom || minute >= m_hour.sleepsUntil)
        return minute;
    return m_hour.sleepsUntil + (minute - m_hour.sleepsFrom) % (minutesInHour - m_hour.sleepsUntil);
}

void Desktop::talk(const Bond& bond, const Mood& mood)
{
    const Program& program = *m_residents[bond.process];
    m_hour.pairs.push_back({bond.process, bond.host, bond.protocol, bond.service});
    const std::uint32_t minutes = bond.isSteady ? minutesInHour : minutesOf(m_dice);
    const std::uint32_t first = m_dice.below(minutesInHour);
    const std::uint32_t step = m_dice.between(1, minutesInHour / minutes);
    for (std::uint32_t i = 0; i < minutes; ++i)
        pulse(program.role, (first + i * step) % minutesInHour, mood);
}

/// In order of time, so that process numbers are, too.
void Desktop::runTasks(const Mood& mood)
{
    std::vector<Run> runs;
    for (const Timer& timer : m_timers) {
        if (timer.errand->when == Errand::When::Always || mood.isNight)
            addRuns(runs, timer);
    }
    const std::uint32_t byPeople = mood.work * m_dice.between(22, 30) / 100;
    for (std::uint32_t i = 0; i < byPeople; ++i) {
        const Task& task = m_workTasks[m_dice.below(static_cast<std::uint32_t>(m_workTasks.size()))];
        runs.push_back({m_dice.below(minutesInHour * minuteMs), &task, m_dice.between(1, 2), Role::WorkTask});
    }
    constexpr std::uint32_t bootTakesMs = 20'000;
    const std::uint32_t firstMs = m_hour.boots ? m_hour.firstMinute * minuteMs + bootTakesMs : 0;
    for (Run& run : runs)
        run.ms = std::max(firstMs, awake(run.ms / minuteMs) * minuteMs + run.ms % minuteMs);
    std::ranges::stable_sort(runs, {}, &Run::ms);
    for (const Run& one : runs)
        run(one, mood);
}

void Desktop::addRuns(std::vector<Run>& runs, const Timer& timer)
{
    constexpr std::uint32_t jitterMs = 5'000;
    const std::uint32_t every = timer.errand->everyMinutes;
    if (every > minutesInHour && m_dice.below(every) >= minutesInHour)
        return;
    for (std::uint32_t minute = 0; minute < minutesInHour; minute += every)
        runs.push_back({(timer.phaseMs + minute * minuteMs + m_dice.below(jitterMs)) % (minutesInHour * minuteMs),
            &timer.task, timer.errand->visits});
}

/// Looks the hosts' names up, then does what it is for.
void Desktop::run(const Run& run, const Mood& mood)
{
    const std::uint32_t process = m_started++;
    m_pid += m_dice.between(1, 20);
    m_hour.starts.push_back({run.task->program, m_pid, run.ms});
    const std::uint32_t minute = run.ms / minuteMs;
    m_hour.pairs.push_back({process, hostOf(resolverRank), ip::udp, port::dns});
    pulse(run.role, minute, mood);
    const std::vector<Destination>& destinations = run.task->destinations;
    const std::uint32_t first = m_dice.below(static_cast<std::uint32_t>(destinations.size()));
    for (std::uint32_t i = 0; i < run.visits; ++i) {
        const auto& [host, protocol, service] = destinations[(first + i) % destinations.size()];
        m_hour.pairs.push_back({process, host, protocol, service});
        pulse(run.role, minute, mood);
        if (minute + 1 < minutesInHour && m_dice.percent(20))
            pulse(run.role, awake(minute + 1), mood);
    }
}

/// Of the newest pair.
void Desktop::pulse(Role role, std::uint32_t minute, const Mood& mood)
{
    const Pair& pair = m_hour.pairs.back();
    const Volume volume = volumeOf(role, pair);
    const double scale = isForPeople(role) && volume.octaves > 1 ? mood.activity / 100.0 : 1.0;
    const double size = scale * powerOfTwo(volume.octaves * m_dice.normal());
    const auto bytes
        = [size](double median) { return std::max<std::uint64_t>(1, static_cast<std::uint64_t>(median * size)); };
    Exchange moved = carried(m_dice, pair.protocol, pair.host.isV6, bytes(volume.txMedian), bytes(volume.rxMedian));
    if (role == Role::Kernel) { // it has no calls
        for (Moved& side : moved)
            side.bytes = side.calls = 0;
    }
    m_hour.pulses.push_back({awake(minute), static_cast<std::uint32_t>(m_hour.pairs.size() - 1), moved});
}

} // namespace bwt::test
