// SPDX-License-Identifier: GPL-3.0-or-later
#include "helper/source/rowreader.h"

#include <bpf/bpf.h>
#include <read.skel.h>

#include <cerrno>
#include <cstdint>

namespace bwt {

namespace {

/// Over one map, without libbpf's handle for it.
tl::expected<Descriptor, int> iterator(const bpf_program* program, const Descriptor& map)
{
    bpf_iter_link_info target{};
    target.map.map_fd = static_cast<std::uint32_t>(map.get());
    LIBBPF_OPTS(bpf_link_create_opts, options, .iter_info = &target, .iter_info_len = sizeof(target));
    Descriptor link(bpf_link_create(bpf_program__fd(program), 0, BPF_TRACE_ITER, &options));
    if (!link)
        return tl::unexpected<int>(errno);
    return link;
}

} // namespace

tl::expected<RowReader, int> RowReader::make()
{
    Skeleton skeleton(read_bpf__open_and_load());
    if (!skeleton)
        return tl::unexpected<int>(errno);
    return RowReader(std::move(skeleton));
}

RowReader::RowReader(Skeleton skeleton)
    : m_skeleton(std::move(skeleton))
{
}

tl::expected<Descriptor, int> RowReader::flowsOf(const Descriptor& map) const
{
    return iterator(m_skeleton->progs.read_flow, map);
}

tl::expected<Descriptor, int> RowReader::processesOf(const Descriptor& map) const
{
    return iterator(m_skeleton->progs.read_process, map);
}

void RowReader::Deleter::operator()(read_bpf* skeleton) const
{
    read_bpf__destroy(skeleton);
}

} // namespace bwt
