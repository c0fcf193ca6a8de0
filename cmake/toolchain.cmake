# How everything is compiled: warnings are errors, sanitizers by preset, hardening in the release.
find_program(CCACHE ccache)
if(CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env CCACHE_SLOPPINESS=pch_defines,time_macros ${CCACHE})
endif()

add_compile_options(-Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wnon-virtual-dtor
                    -Wold-style-cast -Woverloaded-virtual -Werror -fno-plt)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # g++ 12 warns of copies and searches inside std::string that cannot be (GCC bugs 105329, 105651); with the
  # sanitizers' instrumentation it sees uninitialised values where there are none.
  add_compile_options(-Wduplicated-cond -Wno-restrict -Wno-array-bounds -Wno-stringop-overflow -Wno-stringop-overread)
  if(UNDERSTUDY_PCH)
    add_compile_options(-fpch-preprocess)  # what ccache needs to see through a precompiled header
  endif()
  if(UNDERSTUDY_SANITIZE)
    add_compile_options(-Wno-maybe-uninitialized)
  endif()
  if(UNDERSTUDY_SANITIZE MATCHES "thread")
    add_compile_options(-Wno-tsan)  # Asio's fences, which the sanitizer does not see; its locks it does
  endif()
else()
  add_compile_options(-Wthread-safety)
  if(UNDERSTUDY_PCH)
    add_compile_options("SHELL:-Xclang -fno-pch-timestamp")  # by which ccache knows a precompiled header again
  endif()
endif()

if(UNDERSTUDY_SANITIZE)
  add_compile_options(-fsanitize=${UNDERSTUDY_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${UNDERSTUDY_SANITIZE})
  add_compile_definitions(_GLIBCXX_ASSERTIONS)
endif()
if(CMAKE_BUILD_TYPE STREQUAL "Debug")
  # Compiled more often than run. Lines are what a sanitizer's report needs; all that a debugger
  # could show makes the build longer. For a debugger: cmake --preset debug -DUNDERSTUDY_DEBUG_INFO=-g3
  set(UNDERSTUDY_DEBUG_INFO -g1 CACHE STRING "How much a debugger is told")
  add_compile_options(-O0 ${UNDERSTUDY_DEBUG_INFO})
endif()
if(CMAKE_BUILD_TYPE STREQUAL "Release")
  # Not optimised at link time: that was measured to take more instructions to answer, and 40 seconds to link.
  add_compile_options(-fstack-protector-strong -D_FORTIFY_SOURCE=2)
  add_link_options(-Wl,-z,relro,-z,now -pie)
  set(CMAKE_POSITION_INDEPENDENT_CODE ON)
endif()
