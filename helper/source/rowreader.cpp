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

tl::expected<RowReader, int> RowReader::make(const Layout& layout)
{
    constexpr std::uint32_t wordBytes = 8;
    Skeleton skeleton(read_bpf__open());
    if (!skeleton)
        return tl::unexpected<int>(errno);
    skeleton->rodata->flow_key_words = layout.flow.key.bytes / wordBytes;
    skeleton->rodata->flow_value_words = layout.flow.value.bytes / wordBytes;
    skeleton->rodata->process_key_words = layout.process.key.bytes / wordBytes;
    skeleton->rodata->process_value_words = layout.process.value.bytes / wordBytes;
    skeleton->rodata->execs_at = layout.process.value.find("execs")->offset;
    skeleton->rodata->path_at = layout.process.value.find("executable.path")->offset;
    if (const int error = read_bpf__load(skeleton.get()); error != 0)
        return tl::unexpected<int>(-error);
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
