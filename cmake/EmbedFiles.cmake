# Puts files into a library, so that the program needs nothing beside itself at run time.
# escalate_embed(TARGET FUNCTION FILES...) defines std::string_view escalate::FUNCTION(std::string_view
# name), which returns the contents of the file of that name (without folder), or an empty view.
function(escalate_embed target function)
  set(source "${PROJECT_BINARY_DIR}/embedded/${function}.cpp")
  set(newest "${CMAKE_CURRENT_FUNCTION_LIST_FILE}")
  set(outdated OFF)
  if(NOT EXISTS "${source}" OR "${newest}" IS_NEWER_THAN "${source}")
    set(outdated ON)
  endif()
  foreach(file IN LISTS ARGN)
    set_property(DIRECTORY "${PROJECT_SOURCE_DIR}" APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${file}")
    if(NOT EXISTS "${source}" OR "${file}" IS_NEWER_THAN "${source}")
      set(outdated ON)
    endif()
  endforeach()
  if(outdated)
    set(arrays "")
    set(cases "")
    set(number 0)
    foreach(file IN LISTS ARGN)
      get_filename_component(name "${file}" NAME)
      file(READ "${file}" bytes HEX)
      # Escaped, since a char may not be given by a number above 127.
      string(REGEX REPLACE "([0-9a-f][0-9a-f])" "'\\\\x\\1'," bytes "${bytes}")
      string(APPEND arrays "const char kFile${number}[] = {${bytes}};\n")
      string(APPEND cases
        "  if (name == \"${name}\") return {kFile${number}, sizeof kFile${number}};\n")
      math(EXPR number "${number} + 1")
    endforeach()
    file(WRITE "${source}" "// Written by cmake/EmbedFiles.cmake.
#include <string_view>

namespace escalate {
namespace {
${arrays}}  // namespace

std::string_view ${function}(std::string_view name);
std::string_view ${function}(std::string_view name) {
${cases}  return {};
}
}  // namespace escalate
")
  endif()
  target_sources(${target} PRIVATE "${source}")
endfunction()
