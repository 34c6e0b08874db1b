# escalate-nsga2.so: pagmo's operators, loaded by who searches (sweep/nsga2_operators.h). Programs and
# the library find it through their RUNPATH: the build folder here, lib/escalate once installed.
add_library(escalate_nsga2 MODULE "${PROJECT_SOURCE_DIR}/sweep/nsga2_module.cpp")
target_link_libraries(escalate_nsga2 PRIVATE escalate_flags Pagmo::pagmo)
target_compile_definitions(escalate_nsga2 PRIVATE ESCALATE_VERSION="${PROJECT_VERSION}")
set_target_properties(escalate_nsga2 PROPERTIES PREFIX "" OUTPUT_NAME escalate-nsga2
  CXX_VISIBILITY_PRESET hidden VISIBILITY_INLINES_HIDDEN ON
  LIBRARY_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}")
target_compile_definitions(escalate_sweep PRIVATE ESCALATE_VERSION="${PROJECT_VERSION}")
add_dependencies(escalate_sweep escalate_nsga2)
set(CMAKE_BUILD_RPATH "${PROJECT_BINARY_DIR}")
set(ESCALATE_MODULES "${CMAKE_INSTALL_LIBDIR}/escalate")
file(RELATIVE_PATH modules_from_programs "/${CMAKE_INSTALL_BINDIR}" "/${ESCALATE_MODULES}")
set(ESCALATE_PROGRAM_RPATH "$ORIGIN/${modules_from_programs}")
