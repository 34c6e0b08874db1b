# The units of rtl/ as C++ models made by Verilator, for tests: the library escalate_verilated, if
# Verilator is installed.
find_package(verilator QUIET HINTS $ENV{VERILATOR_ROOT} /usr/share/verilator
  /usr/local/share/verilator)

# Adds the class V<name> to escalate_verilated: the unit `top` with parameters given as NAME=value.
# Its users see them as macros <NAME>_<PARAMETER>. A test holds it against all lint warnings.
function(escalate_verilate name top)
  if(NOT TARGET escalate_verilated)
    add_library(escalate_verilated STATIC)
  endif()
  set(sources ${PROJECT_SOURCE_DIR}/rtl/${top}.sv)
  set(parameters "")
  string(TOUPPER ${name} prefix)
  foreach(parameter ${ARGN})
    list(APPEND parameters -G${parameter})
    if(parameter MATCHES "^([A-Z_]+)=(.*'.*)$")  # a sized literal: as text
      set(parameter "${CMAKE_MATCH_1}=\"${CMAKE_MATCH_2}\"")
    endif()
    target_compile_definitions(escalate_verilated INTERFACE ${prefix}_${parameter})
  endforeach()
  # Registers that are not reset start at random values (--x-initial).
  verilate(escalate_verilated PREFIX V${name} TOP_MODULE ${top} SOURCES ${sources}
    INCLUDE_DIRS ${PROJECT_SOURCE_DIR}/rtl
    VERILATOR_ARGS --x-initial unique --x-assign unique ${parameters}
    OPT_FAST -O1 OPT_SLOW -O0 OPT_GLOBAL -O1)
  get_target_property(includes escalate_verilated INTERFACE_INCLUDE_DIRECTORIES)
  set_target_properties(escalate_verilated PROPERTIES
    INTERFACE_SYSTEM_INCLUDE_DIRECTORIES "${includes}" CXX_CLANG_TIDY "")
  add_test(NAME Lint.${name} COMMAND ${VERILATOR_BIN} --lint-only -Wall -y rtl --top-module ${top}
    ${parameters} ${sources} WORKING_DIRECTORY ${PROJECT_SOURCE_DIR})
  set_tests_properties(Lint.${name} PROPERTIES LABELS ${label_prefix}rtl)
endfunction()
