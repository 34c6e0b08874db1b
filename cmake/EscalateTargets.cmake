# Flags every target of ours shares; warnings are errors when a preset asks for it.
option(ESCALATE_WERROR "Treat compiler warnings as errors" OFF)
option(ESCALATE_SANITIZE "Build with AddressSanitizer and UndefinedBehaviorSanitizer" OFF)
option(ESCALATE_UNITY "Compile several sources of a library as one" ON)
option(ESCALATE_FUZZ "Instrument for libFuzzer and build escalate-fuzz (clang)" OFF)

add_library(escalate_flags INTERFACE)
target_include_directories(escalate_flags INTERFACE "${PROJECT_SOURCE_DIR}")
target_compile_options(escalate_flags INTERFACE -Wall -Wextra -Wpedantic -Wshadow
  $<$<BOOL:${ESCALATE_WERROR}>:-Werror>)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  # GCC 12 warns of "text" + std::string (GCC bug 105651).
  target_compile_options(escalate_flags INTERFACE -Wno-restrict)
endif()
if(ESCALATE_SANITIZE)
  # Instrumented code confuses the warning about uninitialised values, as in <regex>.
  target_compile_options(escalate_flags INTERFACE
    -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
    -Wno-maybe-uninitialized)
  # The sanitizer calls dlopen() for its caller, whose RUNPATH counts for nothing then; an RPATH does.
  target_link_options(escalate_flags INTERFACE -fsanitize=address,undefined
    -Wl,--disable-new-dtags)
endif()
if(ESCALATE_FUZZ)
  if(NOT CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
    message(FATAL_ERROR "ESCALATE_FUZZ wants clang (the preset `fuzz` names it)")
  endif()
  target_compile_options(escalate_flags INTERFACE
    -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_link_options(escalate_flags INTERFACE -fsanitize=address,undefined)
endif()

# A source brings 180,000 lines of headers and 200 of its own: eight as one take a third of the time,
# from nothing and after a change of a header that many include.
function(escalate_compile_as_one target)
  if(ESCALATE_UNITY)
    set_target_properties(${target} PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE 8)
  endif()
endfunction()

# Gives a library escalate::build_identity(), of what these folders hold.
function(escalate_build_identity target)
  set(patterns "")
  foreach(folder IN LISTS ARGN)
    list(APPEND patterns "${folder}/*.h" "${folder}/*.cpp" "${folder}/*.yaml")
  endforeach()
  list(TRANSFORM patterns PREPEND "${PROJECT_SOURCE_DIR}/")
  file(GLOB_RECURSE sources RELATIVE "${PROJECT_SOURCE_DIR}" CONFIGURE_DEPENDS ${patterns})
  list(JOIN sources "\n" lines)
  set(listed "${PROJECT_BINARY_DIR}/embedded/sources.txt")
  file(CONFIGURE OUTPUT "${listed}" CONTENT "${lines}\n" @ONLY)
  string(TOUPPER "${CMAKE_BUILD_TYPE}" type)
  set(made "${PROJECT_BINARY_DIR}/embedded/build_identity.cpp")
  list(TRANSFORM sources PREPEND "${PROJECT_SOURCE_DIR}/")
  add_custom_command(OUTPUT "${made}"
    COMMAND ${CMAKE_COMMAND} "-DOUTPUT=${made}" "-DROOT=${PROJECT_SOURCE_DIR}" "-DSOURCES=${listed}"
      "-DCOMPILER=${CMAKE_CXX_COMPILER_ID} ${CMAKE_CXX_COMPILER_VERSION} ${CMAKE_SYSTEM_PROCESSOR} ${CMAKE_CXX_FLAGS} ${CMAKE_CXX_FLAGS_${type}} ${ESCALATE_SANITIZE}"
      -P "${PROJECT_SOURCE_DIR}/cmake/BuildIdentity.cmake"
    DEPENDS ${sources} "${listed}" "${PROJECT_SOURCE_DIR}/cmake/BuildIdentity.cmake"
    COMMENT "Identity of the build" VERBATIM)
  target_sources(${target} PRIVATE "${made}")
endfunction()

# One static library for each folder: escalate_<folder>. Its sources are all .cpp files in it but those
# named after EXCLUDE.
function(escalate_library folder)
  cmake_parse_arguments(ARG "" "" "DEPS;EXCLUDE" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/${folder}/*.cpp"
    "${PROJECT_SOURCE_DIR}/${folder}/*/*.cpp" "${PROJECT_SOURCE_DIR}/${folder}/*/*/*.cpp")
  list(TRANSFORM ARG_EXCLUDE PREPEND "${PROJECT_SOURCE_DIR}/${folder}/")
  list(REMOVE_ITEM sources ${ARG_EXCLUDE})
  if(sources)
    add_library(escalate_${folder} STATIC ${sources})
    escalate_compile_as_one(escalate_${folder})
    target_link_libraries(escalate_${folder} PUBLIC escalate_flags ${ARG_DEPS})
    # All of them make up libescalate.so, which shows its public interface alone.
    set_target_properties(escalate_${folder} PROPERTIES POSITION_INDEPENDENT_CODE ON
      CXX_VISIBILITY_PRESET hidden VISIBILITY_INLINES_HIDDEN ON)
  else()
    add_library(escalate_${folder} INTERFACE)
    target_link_libraries(escalate_${folder} INTERFACE escalate_flags ${ARG_DEPS})
  endif()
endfunction()

# The program: apps/main.cpp, left as `escalate` in the build folder's root. The commands are a
# library (escalate_apps) so that tests can call them.
function(escalate_program)
  file(GLOB sources CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/apps/*.cpp")
  list(REMOVE_ITEM sources "${PROJECT_SOURCE_DIR}/apps/main.cpp"
       "${PROJECT_SOURCE_DIR}/apps/sc_main.cpp")
  # libsystemc brings a main() that wants an sc_main(); an object library, so that the linker keeps it.
  add_library(escalate_sc_main OBJECT "${PROJECT_SOURCE_DIR}/apps/sc_main.cpp")
  target_link_libraries(escalate_sc_main PRIVATE escalate_flags SystemC::systemc)
  set_target_properties(escalate_sc_main PROPERTIES POSITION_INDEPENDENT_CODE ON)
  if(sources)
    add_library(escalate_apps STATIC ${sources})
    escalate_compile_as_one(escalate_apps)
    target_link_libraries(escalate_apps PUBLIC escalate_flags escalate_escalate
      escalate_study Boost::program_options)
    target_compile_definitions(escalate_apps PRIVATE ESCALATE_VERSION="${PROJECT_VERSION}")
  else()
    add_library(escalate_apps INTERFACE)
    target_link_libraries(escalate_apps INTERFACE escalate_flags escalate_escalate
      Boost::program_options)
  endif()
  add_executable(escalate "${PROJECT_SOURCE_DIR}/apps/main.cpp" $<TARGET_OBJECTS:escalate_sc_main>)
  target_link_libraries(escalate PRIVATE escalate_apps)
endfunction()
