#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <new>

#include <sys/mman.h>

namespace understudy {

/// For arrays that are searched at random: from 2 MiB on the kernel is asked for huge pages, without which
/// with very many elements nearly every look misses the processor's table of pages as well (madvise(2),
/// MADV_HUGEPAGE).
template <typename T>
struct LargeAllocator {
  using value_type = T;
  LargeAllocator() = default;
  template <typename U>
  LargeAllocator(const LargeAllocator<U>&) {}  // NOLINT: an allocator converts to its kind for another type

  [[nodiscard]] T* allocate(std::size_t count) {
    constexpr std::size_t kHuge = std::size_t{2} << 20;
    const std::size_t bytes = count * sizeof(T);
    const std::size_t alignment = bytes >= kHuge ? kHuge : std::max(alignof(T), alignof(std::max_align_t));
    const std::size_t rounded = (bytes + alignment - 1) / alignment * alignment;
    void* memory = std::aligned_alloc(alignment, rounded);
    if (memory == nullptr) throw std::bad_alloc();
    if (bytes >= kHuge) ::madvise(memory, rounded, MADV_HUGEPAGE);  // a hint: without it all works as well
    return static_cast<T*>(memory);
  }
  void deallocate(T* memory, std::size_t) { std::free(memory); }  // NOLINT: the other half of aligned_alloc

  friend bool operator==(const LargeAllocator&, const LargeAllocator&) { return true; }
};

}  // namespace understudy
