// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>

#ifdef __SANITIZE_ADDRESS__
extern "C" std::size_t __sanitizer_get_current_allocated_bytes(); // GCC comes without the header
#else
#include <malloc.h>
#endif

namespace bwt::test {

/// Bytes of the heap, with what the allocator adds where it tells.
inline std::size_t heapBytes()
{
#ifdef __SANITIZE_ADDRESS__
    return __sanitizer_get_current_allocated_bytes();
#else
    const auto heap = mallinfo2();
    return heap.uordblks + heap.hblkhd; // large blocks are mappings of their own
#endif
}

} // namespace bwt::test
