// SPDX-License-Identifier: GPL-3.0-or-later
#include "helper/store/summation.h"

#include <algorithm>
#include <limits>
#include <tuple>
#include <utility>

namespace bwt::store {

Sums sideOf(Sums sums, Side side)
{
    if (side == Side::Rx)
        sums.txBytes = sums.txCalls = sums.txPackets = sums.txWireBytes = 0;
    if (side == Side::Tx)
        sums.rxBytes = sums.rxCalls = sums.rxPackets = sums.rxWireBytes = 0;
    return sums;
}

/// Adds a sheet, as it is read.
class Ranking::Adding {
public:
    Adding(Ranking& ranking, Detail rows, const Slices& slices)
        : m_ranking(ranking)
        , m_rows(rows)
        , m_slices(slices)
    {
    }

    bool group(const GroupKey& key)
    {
        m_program = key.program;
        m_verdict = m_ranking.m_grouping.judge(m_rows, key);
        return m_verdict.isWanted && !m_ranking.m_grouping.identity(m_verdict.identity).isHidden;
    }
    bool flow(qint64 remote)
    {
        if (!m_ranking.m_grouping.wantsRemote(m_verdict, m_program, remote))
            return false;
        m_bytes = nullptr;
        m_subject = m_ranking.m_grouping.subject(m_verdict, remote);
        return true;
    }
    bool wants(qint64 number)
    {
        const auto place = static_cast<std::size_t>(number);
        return place < m_slices.size() && m_slices[place].bucket >= 0;
    }
    void slice(const Sums& sums)
    {
        if (m_bytes == nullptr) {
            m_bytes = &m_ranking.m_bytes[m_subject];
            m_received = m_ranking.m_bySides ? &m_ranking.m_received[m_subject] : m_bytes;
        }
        *m_bytes = plus(*m_bytes, sums.txBytes);
        *m_received = plus(*m_received, sums.rxBytes);
    }

private:
    Ranking& m_ranking;
    const Detail m_rows;
    const Slices& m_slices;
    qint64 m_program = 0; ///< these are of the flow that is read
    Grouping::Verdict m_verdict;
    Subject m_subject;
    qint64* m_bytes = nullptr;
    qint64* m_received = nullptr;
};

void Ranking::add(const Sheet& sheet, const Slices& slices)
{
    Adding adding(*this, sheet.detail, slices);
    unpack(sheet.rows, adding);
}

void Ranking::pick(quint32 limit)
{
    std::vector<Candidate> best;
    const auto add = [&](const Candidate& candidate) {
        best.push_back(candidate);
        if (limit != 0 && best.size() >= 2 * std::size_t{limit})
            keepBest(best, limit);
    };
    for (auto [subject, bytes] : m_bytes.asKeyValueRange())
        add({subject, m_bySides ? Side::Tx : Side::Both, bytes});
    for (auto [subject, bytes] : m_received.asKeyValueRange())
        add({subject, Side::Rx, bytes});
    if (limit != 0)
        keepBest(best, limit);
    m_bytes = {};
    m_received = {};
    for (const Candidate& candidate : best) {
        Sides& sides = m_chosen[candidate.subject];
        sides.tx = sides.tx || candidate.side != Side::Rx;
        sides.rx = sides.rx || candidate.side != Side::Tx;
    }
}

void Ranking::keepBest(std::vector<Candidate>& some, quint32 limit) const
{
    if (some.size() <= limit)
        return;
    const auto end = some.begin() + limit;
    std::ranges::nth_element(some, end, [this](const Candidate& one, const Candidate& other) {
        if (one.total != other.total)
            return one.total > other.total;
        const auto subjects = m_grouping.compare(one.subject, other.subject);
        return subjects != 0 ? subjects < 0 : one.side < other.side;
    });
    some.erase(end, some.end());
}

bool Ranking::has(const Subject& subject, Side side) const
{
    const Sides sides = m_chosen.value(subject);
    return side == Side::Both ? sides.tx || sides.rx : (side == Side::Tx ? sides.tx : sides.rx);
}

/// Adds a sheet, as it is read.
class Summation::Adding {
public:
    Adding(Summation& sums, Detail rows, const Slices& slices)
        : m_sums(sums)
        , m_rows(rows)
        , m_slices(slices)
    {
        m_tables.reserve(slices.size());
        for (const Slice& slice : slices)
            m_tables.push_back(slice.bucket < 0 ? nullptr : &sums.m_tables[slice.bucket]);
    }

    bool group(const GroupKey& key)
    {
        m_program = key.program;
        m_verdict = m_sums.m_grouping.judge(m_rows, key);
        m_table = nullptr;
        return m_verdict.isWanted
            && !(m_sums.m_chosen != nullptr && m_sums.m_grouping.identity(m_verdict.identity).isHidden);
    }

    bool flow(qint64 remote)
    {
        if (!m_sums.m_grouping.wantsRemote(m_verdict, m_program, remote))
            return false;
        const Subject subject = m_sums.m_grouping.subject(m_verdict, remote);
        if (subject != m_subject)
            m_table = nullptr;
        m_subject = subject;
        return m_sums.m_chosen == nullptr || m_sums.m_chosen->hasAnyOf(subject);
    }

    bool wants(qint64 number)
    {
        const auto place = static_cast<std::size_t>(number);
        if (place >= m_tables.size() || m_tables[place] == nullptr)
            return false;
        if (m_tables[place] != m_table) {
            m_table = m_tables[place];
            m_entry = &entryOf(*m_table, m_subject);
        }
        m_span = &m_slices[place].span;
        return true;
    }

    void slice(const Sums& sums)
    {
        m_entry->sums += sums;
        m_entry->firstStart = std::min(m_entry->firstStart, m_span->start);
        m_entry->lastUntil = std::max(m_entry->lastUntil, m_span->until);
        if (std::tie(m_span->start, m_program) >= std::tie(m_entry->lastStart, m_entry->lastProgram)) {
            m_entry->lastStart = m_span->start;
            m_entry->lastProgram = m_program;
        }
    }

private:
    Summation& m_sums;
    const Detail m_rows;
    const Slices& m_slices;
    std::vector<Table*> m_tables; ///< by slice; null where it isn't wanted
    qint64 m_program = 0; ///< these three are of the flow that is read
    Grouping::Verdict m_verdict;
    Subject m_subject;
    Table* m_table = nullptr; ///< that `m_entry` is in; null where the flow has none yet
    Entry* m_entry = nullptr;
    const Span* m_span = nullptr; ///< of the slice that is read
};

void Summation::add(const Sheet& sheet, const Slices& slices)
{
    Adding adding(*this, sheet.detail, slices);
    unpack(sheet.rows, adding);
}

std::vector<Summation::Entry> Summation::take(qsizetype bucket)
{
    auto table = m_tables.extract(bucket);
    return table.empty() ? std::vector<Entry>() : std::move(table.mapped().entries);
}

Summation::Entry& Summation::entryOf(Table& table, const Subject& subject)
{
    quint32& place = table.index[subject];
    if (place == 0) {
        Entry entry;
        entry.subject = subject;
        entry.firstStart = std::numeric_limits<qint64>::max();
        table.entries.push_back(entry);
        place = static_cast<quint32>(table.entries.size());
    }
    return table.entries[place - 1];
}

} // namespace bwt::store
