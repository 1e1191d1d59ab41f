// SPDX-License-Identifier: GPL-3.0-or-later
#include "helper/collector/remotenames.h"

#include <QSet>

#include <algorithm>
#include <tuple>
#include <utility>

namespace bwt {

namespace {

constexpr std::int64_t nsPerMs = 1'000'000;

auto conversationOf(const FlowKey& key)
{
    return std::tie(key.startNs, key.pid, key.netns, key.remote);
}

auto identityOf(const PastName& name)
{
    return std::tie(name.process, name.remote);
}

/// One copy of each text: those of the snapshot before, and what is new.
class Texts {
public:
    explicit Texts(const Snapshot& before)
        : m_before(before)
    {
    }

    void share(QString& text)
    {
        if (m_texts.isEmpty()) {
            for (const RemoteName& name : m_before.names)
                m_texts.insert(name.text);
        }
        text = *m_texts.insert(text);
    }

private:
    const Snapshot& m_before;
    QSet<QString> m_texts; ///< empty until something is new
};

} // namespace

void RemoteNames::resume(std::vector<PastName> past)
{
    m_past = std::move(past);
}

void RemoteNames::learn(const Reading& reading)
{
    for (const NameAnswer& answer : reading.answers)
        m_known.learn(answer);
    m_hasLearnt = m_hasLearnt || !reading.answers.empty();
}

void RemoteNames::name(Snapshot& now, const Snapshot& before, const Reading& reading)
{
    Texts texts(before);
    auto past = before.flows.begin();
    for (auto flow = now.flows.begin(); flow != now.flows.end();) {
        const auto conversation = conversationOf(flow->key);
        const auto end = std::find_if(
            flow, now.flows.end(), [&](const Flow& other) { return conversationOf(other.key) != conversation; });
        while (past != before.flows.end() && conversationOf(past->key) < conversation)
            ++past;
        RemoteName name;
        bool isNew = true;
        for (; past != before.flows.end() && conversationOf(past->key) == conversation; ++past) {
            isNew = false;
            if (const RemoteName* const known = nameOf(before, *past))
                name = *known;
        }
        const bool mayChange = isNew || m_hasLearnt || !m_past.empty();
        if (mayChange && flow->key.remote != Address{} && name.basis != dns::Basis::Asked) {
            const auto firstSeenMs = std::min_element(flow, end, [](const Flow& one, const Flow& other) {
                return one.firstSeenMs < other.firstSeenMs;
            })->firstSeenMs;
            if (RemoteName found = better(*flow, firstSeenMs, name, reading); !found.text.isNull()) {
                name = std::move(found);
                texts.share(name.text);
            }
        }
        if (!name.text.isNull() && now.names.size() < mostNamed) {
            now.names.push_back(name);
            std::for_each(flow, end, [&](Flow& one) { one.name = static_cast<std::uint32_t>(now.names.size()); });
        }
        flow = end;
    }
    m_hasLearnt = false;
    m_past.clear();
}

RemoteName RemoteNames::better(
    const Flow& flow, std::int64_t firstSeenMs, const RemoteName& known, const Reading& reading) const
{
    const bool isYoung = reading.wallMs - firstSeenMs <= youngMs;
    const auto found = m_known.nameOf(flow.key.process(), flow.key.netns, flow.key.remote, reading.bootNs);
    const bool isBetter = found && (known.text.isNull() || found->basis < known.basis);
    if (isBetter && (isYoung || found->basis == dns::Basis::Asked))
        return {QString::fromLatin1(found->name), reading.wallMs - static_cast<std::int64_t>(found->ageNs) / nsPerMs,
            found->basis};
    if (const PastName* const past = pastOf(flow); past && known.text.isNull())
        return {past->text, past->toldMs, dns::Basis::Host};
    return {};
}

const PastName* RemoteNames::pastOf(const Flow& flow) const
{
    const ProcessId process = flow.key.process();
    const auto identity = std::tie(process, flow.key.remote);
    const auto found = std::ranges::lower_bound(m_past, identity, {}, identityOf);
    return found != m_past.end() && identityOf(*found) == identity ? &*found : nullptr;
}

} // namespace bwt
