# understudy_embed(TARGET FILE...): puts files of the repository into a target's binary, read-only and
# byte for byte, to be had through base/embedded.h.
function(understudy_embed target)
  set(files ${ARGN})
  list(SORT files)
  set(assembly "${CMAKE_CURRENT_BINARY_DIR}/embedded_data.S")
  set(index "${CMAKE_CURRENT_BINARY_DIR}/embedded_index.cc")
  set(data "    .section .rodata\n")
  set(declarations "")
  set(entries "")
  set(number 0)
  foreach(file IN LISTS files)
    string(APPEND data "    .global understudy_embedded_${number}_begin, understudy_embedded_${number}_end\n"
                       "understudy_embedded_${number}_begin:\n    .incbin \"${CMAKE_SOURCE_DIR}/${file}\"\n"
                       "understudy_embedded_${number}_end:\n")
    string(APPEND declarations "extern \"C\" const char understudy_embedded_${number}_begin[];\n"
                               "extern \"C\" const char understudy_embedded_${number}_end[];\n")
    file(SHA256 "${CMAKE_SOURCE_DIR}/${file}" digest)
    string(APPEND entries "      {\"${file}\", between(understudy_embedded_${number}_begin, understudy_embedded_${number}_end), \"${digest}\"},\n")
    math(EXPR number "${number} + 1")
  endforeach()
  string(APPEND data "    .section .note.GNU-stack,\"\",@progbits\n")
  file(CONFIGURE OUTPUT "${assembly}" CONTENT "${data}" @ONLY)
  file(CONFIGURE OUTPUT "${index}" @ONLY CONTENT
"// Written by cmake/embed.cmake.
#include <cstddef>
#include <span>
#include <string_view>

#include \"base/embedded.h\"

${declarations}
namespace understudy {
namespace {
std::string_view between(const char* begin, const char* end) { return {begin, static_cast<std::size_t>(end - begin)}; }
}  // namespace

std::span<const EmbeddedFile> all_embedded_files();

std::span<const EmbeddedFile> all_embedded_files() {
  static const EmbeddedFile kFiles[] = {
${entries}  };
  return kFiles;
}

}  // namespace understudy
")
  list(TRANSFORM files PREPEND "${CMAKE_SOURCE_DIR}/")
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${files})  # for the digests
  set_source_files_properties("${assembly}" PROPERTIES OBJECT_DEPENDS "${files}")
  target_sources(${target} PRIVATE "${assembly}" "${index}")
endfunction()
