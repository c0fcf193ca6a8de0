#pragma once

namespace understudy {

/// Lets go of the pages of the program's and its libraries' code that are mapped: most of them only the start
/// needed. What is needed again is mapped again, from the page cache. A debugger's breakpoints are lost.
/// Threads: any. Source: madvise(2), MADV_DONTNEED; dl_iterate_phdr(3).
void release_startup_pages();

}  // namespace understudy
