// SPDX-License-Identifier: GPL-3.0-or-later
#include "helper/source/answerring.h"

#include "bpf/traffic.h"

#include <QLoggingCategory>

#include <bpf/libbpf.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

namespace bwt {

namespace {

Q_LOGGING_CATEGORY(sourceLog, "bwt.source", QtInfoMsg)

static_assert(mostAnswerBytes == BWT_ANSWER_BYTES);

NameAnswer answerFrom(const bwt_answer& header, const char* bytes, std::size_t room)
{
    return {header.at_ns, {header.tgid, header.start_ns}, header.netns, header.is_stream != 0,
        QByteArray(bytes, qsizetype(std::min<std::size_t>(header.length, room)))};
}

} // namespace

AnswerRing::AnswerRing(int map)
    : m_ring(ring_buffer__new(map, add, this, nullptr))
{
    if (!m_ring)
        qCWarning(sourceLog) << "name servers' answers can't be read:" << std::strerror(errno);
}

std::vector<NameAnswer> AnswerRing::take()
{
    if (m_ring)
        ring_buffer__consume(m_ring.get());
    std::ranges::stable_sort(m_taken, {}, &NameAnswer::atNs); // processors take their places and times apart
    return std::exchange(m_taken, {});
}

int AnswerRing::add(void* self, void* record, std::size_t bytes)
{
    auto& taken = static_cast<AnswerRing*>(self)->m_taken;
    bwt_answer header{};
    if (bytes < sizeof(header))
        return 0;
    std::memcpy(&header, record, sizeof(header));
    taken.push_back(answerFrom(header, static_cast<const char*>(record) + sizeof(header), bytes - sizeof(header)));
    return taken.size() < mostAtOnce ? 0 : -ENOBUFS;
}

void AnswerRing::Deleter::operator()(ring_buffer* ring) const
{
    ring_buffer__free(ring);
}

} // namespace bwt
