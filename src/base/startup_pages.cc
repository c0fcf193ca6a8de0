#include "base/startup_pages.h"

#include <cstddef>
#include <cstdint>
#include <span>

#include <link.h>
#include <sys/mman.h>
#include <unistd.h>

namespace understudy {
namespace {

/// Whether the loader has written into code (DT_TEXTREL): that would be lost.
bool is_relocated_in_place(const dl_phdr_info& object, const ElfW(Phdr) & segment) {
  const auto* entry = reinterpret_cast<const ElfW(Dyn)*>(object.dlpi_addr + segment.p_vaddr);  // NOLINT
  for (; entry->d_tag != DT_NULL; ++entry) {
    if (entry->d_tag == DT_TEXTREL) return true;
    if (entry->d_tag == DT_FLAGS && (entry->d_un.d_val & DF_TEXTREL) != 0) return true;
  }
  return false;
}

/// Segments that may not be written hold what the file holds.
int release_segments(dl_phdr_info* object, std::size_t, void*) {
  const std::span segments(object->dlpi_phdr, object->dlpi_phnum);
  for (const ElfW(Phdr) & segment : segments) {
    if (segment.p_type == PT_DYNAMIC && is_relocated_in_place(*object, segment)) return 0;
  }
  const auto page = static_cast<std::uintptr_t>(::sysconf(_SC_PAGESIZE));
  for (const ElfW(Phdr) & segment : segments) {
    if (segment.p_type != PT_LOAD || (segment.p_flags & PF_W) != 0) continue;
    const std::uintptr_t begin = (object->dlpi_addr + segment.p_vaddr) & ~(page - 1);
    const std::uintptr_t end = object->dlpi_addr + segment.p_vaddr + segment.p_memsz;
    // Advice: where it is refused nothing is lost. The kernel's own vdso comes back like the others.
    ::madvise(reinterpret_cast<void*>(begin), end - begin,
              MADV_DONTNEED);  // NOLINT: an address of the loader's
  }
  return 0;
}

}  // namespace

void release_startup_pages() { ::dl_iterate_phdr(release_segments, nullptr); }

}  // namespace understudy
